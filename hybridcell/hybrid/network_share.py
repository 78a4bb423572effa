"""How much of a reaction network's dynamics its neural pieces supply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell.mechanisms.reactions.network import ReactionNetwork

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class NeuralShare:
    """Fractions of |dx/dt| that neural pieces supply.

    Attributes
    ----------
    total : float
    by_species, by_reaction, by_condition : Series
    """

    total: float
    by_species: pd.Series
    by_reaction: pd.Series
    by_condition: pd.Series


def neural_share(network: ReactionNetwork, trajectory: Any) -> NeuralShare:
    """Return what share of all change the learned fluxes and terms have along a trajectory.

    Each reaction counts with its flux times its stoichiometry, each rate rule with its rate, in absolute
    numbers, relative to the largest value of the state that it changes.

    Parameters
    ----------
    network : ReactionNetwork
    trajectory : Trajectory
        Of that network.
    """
    import pandas as pd

    if not hasattr(trajectory, "observe"):
        raise InvalidValueError("neural_share wants a trajectory of the network, as hc.simulate gives it.")
    equations = network.equations
    learned = {id for hole in network.holes for id in (*hole.targets, *hole.terms.values())}
    values = np.asarray(trajectory.values)
    size = np.maximum(np.nanmax(np.abs(values), axis=(0, 1)), 1e-300)
    flux = np.abs(trajectory.observe(list(equations.fluxes)))  # reactions x conditions x times
    is_learned = np.array([id in learned for id in equations.reactions], bool)
    weights = np.zeros((equations.n, len(equations.reactions)))
    np.add.at(weights, (equations.rows, equations.columns), np.abs(equations.coefficients))
    weights /= size[:, None]
    per_state = np.einsum("nr,rct->nrc", weights, np.nan_to_num(flux))
    neural = per_state[:, is_learned].sum(axis=1)
    everything = per_state.sum(axis=1)
    share = lambda a, b: np.divide(a, b, out=np.zeros_like(a), where=b > 0)  # noqa: E731
    return NeuralShare(
        total=float(neural.sum() / everything.sum()) if everything.sum() > 0 else 0.0,
        by_species=pd.Series(share(neural.sum(1), everything.sum(1)), index=list(equations.states)),
        by_reaction=pd.Series(is_learned.astype(float), index=list(equations.reactions)),
        by_condition=pd.Series(share(neural.sum(0), everything.sum(0)), index=list(trajectory.conditions)),
    )
