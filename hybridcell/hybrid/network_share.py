"""How much of a reaction network's dynamics its neural pieces supply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.hole import Hole
from hybridcell._core.html import card
from hybridcell.mechanisms.reactions.network import ReactionNetwork

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class NeuralShare:
    """Fractions of |dx/dt| that neural pieces supply, between 0 (all mechanism) and 1 (all neural).

    Attributes
    ----------
    total : float
    by_species : Series
        By state of the network.
    by_reaction : Series
        Of each reaction's own flux, and of each rate rule, by the variable that it moves.
    by_condition : Series
    table : DataFrame
        Conditions x states.
    """

    total: float
    by_species: pd.Series
    by_reaction: pd.Series
    by_condition: pd.Series
    table: pd.DataFrame

    def __repr__(self) -> str:
        learned = [f"{id} {share:.0%}" for id, share in self.by_reaction.items() if share > 0]
        return f"NeuralShare({self.total:.1%} of all change{': ' if learned else ''}{', '.join(learned)})"

    def _repr_html_(self) -> str:
        facts = {"all change": f"{self.total:.1%}"}
        facts |= {f"reaction {id}": f"{share:.1%}" for id, share in self.by_reaction.items() if share > 0}
        return card("Neural share", facts) + self.table.to_html(float_format="{:.1%}".format)


def neural_share(network: ReactionNetwork, trajectory: Any) -> NeuralShare:
    """Return what share of all change the learned fluxes and terms have along a trajectory.

    Each reaction counts with its flux times its stoichiometry, each rate rule with its rate, in absolute
    numbers, relative to the largest value of the state that it changes: fluxes in and out add up and do not
    cancel, so that a steady state has a share too.

    Parameters
    ----------
    network : ReactionNetwork
    trajectory : Trajectory
        Of that network.

    Returns
    -------
    NeuralShare
        A learned law counts as a whole. Of a law that a network multiplies (``around="law"``) the change
        counts that the factor makes; of a law with residuals, each of them beside the rest. Learned
        parameters and readouts are no flux: they have no share.

    Raises
    ------
    InvalidValueError
        If `trajectory` is none of a reaction network.

    Examples
    --------
    >>> import hybridcell as hc, jax.random as jr
    >>> from hybridcell.hybrid import neural_share
    >>> network = hc.read_sbml(hc.networks.load("predator_prey"))
    >>> hybrid = network.replace(network.reactions[0].id, hc.NeuralRate(["prey"], key=jr.key(0)))
    >>> found = hc.simulate(hybrid, t1=1.0, solve=hc.Solve(backend="numpy"))
    >>> neural_share(hybrid, found).by_reaction.iloc[0].item()
    1.0
    """
    import pandas as pd

    if not hasattr(trajectory, "observe"):
        raise InvalidValueError(
            f"neural_share was given a {type(trajectory).__name__}; wanted a trajectory of the network, as "
            "hc.simulate(network, t1=...) gives it."
        )
    equations = network.equations
    values = np.asarray(trajectory.values)
    size = np.maximum(np.nanmax(np.abs(values), axis=(0, 1), initial=0.0, where=np.isfinite(values)), 1e-300)
    known, learned, moves = _parts(network, trajectory)
    weights = moves / size[:, None]
    neural = np.einsum("nr,rct->nc", weights, np.nan_to_num(learned))
    everything = neural + np.einsum("nr,rct->nc", weights, np.nan_to_num(known))
    changing = ~equations.discrete
    states = [id for id, moving in zip(equations.states, changing) if moving]
    neural, everything = neural[changing], everything[changing]
    conditions = pd.Index(trajectory.conditions)
    own = [np.nansum(part, axis=(1, 2)) for part in (learned, known)]
    names = [*equations.reactions, *(equations.states[row] for row in equations.rates)]
    return NeuralShare(
        total=float(_share(neural.sum(), everything.sum())),
        by_species=pd.Series(_share(neural.sum(1), everything.sum(1)), index=pd.Index(states)),
        by_reaction=pd.Series(_share(own[0], own[0] + own[1]), index=pd.Index(names)),
        by_condition=pd.Series(_share(neural.sum(0), everything.sum(0)), index=conditions),
        table=pd.DataFrame(_share(neural, everything).T, index=conditions, columns=pd.Index(states)),
    )


def _share(part: Any, whole: Any) -> np.ndarray:
    part, whole = np.asarray(part, float), np.asarray(whole, float)
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _parts(
    network: ReactionNetwork, trajectory: Any
) -> tuple[Float[np.ndarray, "k c t"], Float[np.ndarray, "k c t"], Float[np.ndarray, "n k"]]:
    """Return what is known and what is learned of each flux and rate rule, and how they move the states."""
    equations = network.equations
    flux = trajectory.observe([*equations.fluxes, *equations.rates.values()])
    learned = np.zeros_like(flux)
    place = {id: i for i, id in enumerate(equations.reactions)}
    ruled = {equations.states[row]: len(place) + i for i, row in enumerate(equations.rates)}
    rest = np.array(flux)
    replaced: set[int] = set()
    # what was put in last is taken out first: a factor also multiplies the terms that were there before it
    for hole in reversed(network.holes.holes):
        if hole.kind == "rate":
            (id,) = hole.targets
            i = place[id]
            before = _without_factor(hole, rest[i], trajectory)
            learned[i] += np.abs(rest[i] - before)
            rest[i] = before
            if getattr(hole.piece, "around", "") != "law":
                replaced.add(i)
        for target, term in hole.terms.items() if hole.kind == "residual" else ():
            i = place.get(term, place.get(target, ruled.get(target, -1)))
            if i in replaced:  # the term went with the law that a network took the place of
                continue
            added = trajectory[term]
            learned[i] += np.abs(added)
            rest[i] = rest[i] - added
    known = np.abs(rest)
    moves = np.zeros((equations.n, len(flux)))
    np.add.at(moves, (equations.rows, equations.columns), np.abs(equations.coefficients))
    for i, row in enumerate(equations.rates):
        moves[row, len(place) + i] = 1.0
    return known, learned, moves


def _without_factor(hole: Hole, flux: np.ndarray, trajectory: Any) -> np.ndarray:
    """Return what a reaction's flux would be without the factor that a network puts before its law."""
    piece: Any = hole.piece
    if piece.around != "law":
        return np.zeros_like(flux)
    most = np.inf if piece.saturation is None else piece.saturation
    with np.errstate(all="ignore"):
        law = flux / (1 - flux / most) / np.exp(trajectory[hole.outputs[0]])
        return law / (1 + law / most)
