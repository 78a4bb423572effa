"""`hc.infer.identifiability`: what the data can tell, and what would let them tell more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float, PRNGKeyArray

from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError
from hybridcell._core.number_checks import is_whole
from hybridcell.fit.estimation import Estimation
from hybridcell.fit.estimation.estimation import SAME
from hybridcell.fit.kinetics.result import NetworkFit
from hybridcell.fit.result import Fit
from hybridcell.infer.identifiability.directions import freedom_in_words, in_words
from hybridcell.infer.identifiability.edges import EdgeIdentifiability, edge_identifiability
from hybridcell.infer.identifiability.far_points import value_at
from hybridcell.infer.identifiability.fixing import Goal, fixing_advice
from hybridcell.infer.identifiability.information import spectrum_of, spread_where
from hybridcell.infer.identifiability.measuring import measuring_advice
from hybridcell.infer.identifiability.reach import Reach, reach_of
from hybridcell.infer.identifiability.result import Identifiability
from hybridcell.infer.identifiability.structural import CLEAR, Structure, structure_of
from hybridcell.infer.identifiability.verdicts import (
    YES,
    Verdicts,
    add_bounds,
    add_optima,
    add_profiles,
    add_structure,
    at_bounds,
    check_far,
    linear_verdicts,
)
from hybridcell.infer.target import Target, as_target


def identifiability(
    given: Any,
    *,
    at: Any = None,
    profiles: Any = None,
    factor: float = 2.0,
    n_points: int = 6,
    check_iterations: int = 30,
    progress: bool | None = None,
    key: PRNGKeyArray,
) -> Identifiability | EdgeIdentifiability:
    """Say which parameters the data tell, on what that rests, and what to fix or measure for the others.

    Parameters
    ----------
    given : PetabProblem, NetworkFit, Objective, or Fit or Ensemble of a network of interactions
        For the last two see `edge_identifiability`: verdicts are on edges then, and `key` alone counts of
        the options.
    at : Estimation, mapping or array of shape (q,), optional
        Where to look: the best of an estimation, linear values by name, or a vector on the scales. All runs
        of an estimation count: optima that describe the data as well belong to the intervals.
    profiles : Profiles, optional
        Of `hc.infer.profiles`: verdicts on their parameters are then those of their intervals.
    factor : float
        A parameter whose 95 % interval stays within this factor of its estimate is called identifiable.
    n_points : int
        Random points at which sensitivities are taken, besides the point itself, for the structural rank.
    check_iterations : int
        Steps that the refits take at most, by which the verdicts of the linearization are checked; 0: none.
    progress : bool, optional
        As for `hc.fit`.
    key : PRNGKeyArray
        Of the random points.

    Returns
    -------
    Identifiability
        Or `EdgeIdentifiability`.

    Raises
    ------
    InvalidValueError
        If the point cannot be simulated, the bounds fix all parameters, or an option is out of its range.

    Notes
    -----
    "Structurally not": sensitivities at the point and at random ones leave a direction without any trace in
    what is measured (these readouts at these times under these conditions). "Practically not": the interval
    is wider than the factor, has no end, ends at a bound, or another optimum disagrees. Intervals are those
    of the linearization, widened by what refits with the parameter held at the factor find.

    References
    ----------
    Raue et al. (2009), Bioinformatics 25:1923; Gutenkunst et al. (2007), PLoS Comput. Biol. 3:e189.

    Examples
    --------
    >>> import jax.numpy as jnp, jax.random as jr, hybridcell as hc
    >>> from hybridcell.fit.estimation import FunctionObjective
    >>> late = jnp.linspace(5.0, 6.0, 9)
    >>> decay = FunctionObjective(["rate", "rest"], [0.0, 0.0], [10.0, 10.0],
    ...                           residuals=lambda p: (jnp.exp(-p[0] * late) + p[1] - 5.0) / 0.05)
    >>> found = hc.infer.identifiability(decay, at={"rate": 2.0, "rest": 5.0}, key=jr.key(0))
    >>> found.verdicts.to_dict()
    {'rate': 'practically not', 'rest': 'identifiable'}
    """
    if isinstance(given, Ensemble) or (isinstance(given, Fit) and not isinstance(given, NetworkFit)):
        return edge_identifiability(given)
    for name, value in (("n_points", n_points), ("check_iterations", check_iterations)):
        if not is_whole(value) or value < 0:
            raise InvalidValueError(f"{name} is {value!r}; wanted a whole number, 0 or more.")
    target = as_target(given, at=at)
    reach = reach_of(target, factor)
    if not target.free.any():
        raise InvalidValueError("The bounds leave no parameter any room: there is nothing to identify.")
    measured, prior = target.fisher(), target.prior_information()
    here, gain = value_at(target, target.at)
    if not (np.isfinite(here) and np.isfinite(measured + prior).all()):
        raise InvalidValueError(
            "There is no information matrix where you look: the model cannot be simulated there, or its "
            "derivatives are no numbers. Look elsewhere with at=, such as the best of an Estimation."
        )
    # what its bounds fix makes up for nothing
    free = target.free
    measured, prior = (np.where(np.outer(free, free), part, 0.0) for part in (measured, prior))
    spread = spread_where(measured + prior, free)
    structure = structure_of(target, reach, n_points=n_points, key=key)
    found = linear_verdicts(target, reach, spread)
    found.notes += _notes(target, structure, spread.singular, prior, gain)
    done = set() if profiles is None else add_profiles(found, target, reach, profiles)
    if isinstance(at, Estimation):
        add_optima(found, target, reach, at)
    add_structure(found, target, structure)
    where = at_bounds(target)
    add_bounds(found, where)
    if check_iterations > 0:
        check_far(found, target, reach, spread, done, here, check_iterations, progress)
    unknown = np.array([v != YES for v in found.verdict])
    size, direction = _spectrum(measured, reach.unit, free)
    goal = Goal.of(measured + prior, reach, unknown)
    advice = [*fixing_advice(target.names, goal, structure.groups), *measuring_advice(target, goal)]
    return Identifiability(
        table=_table(target, found, spread.se),
        factor=factor,
        spectrum=size,
        directions=pd.DataFrame(direction, index=pd.Index(target.names, name="parameter")),
        sloppy=_sloppy(target, reach, size, direction),
        structure=structure,
        advice=tuple(advice),
        notes=tuple(found.notes),
    )


def _table(target: Target, found: Verdicts, se: np.ndarray) -> pd.DataFrame:
    ends = np.stack([target.at, found.low, found.high])
    with np.errstate(all="ignore"):
        value, lower, upper = target.linear(ends)
    frame = {
        "value": value, "lower": lower, "upper": upper, "scale": target.scales, "se": se,
        "verdict": found.verdict, "by": found.by, "why": found.why,
    }  # fmt: skip
    return pd.DataFrame(frame, index=pd.Index(target.names, name="parameter"))


def _spectrum(
    measured: np.ndarray, unit: np.ndarray, free: np.ndarray
) -> tuple[Float[np.ndarray, " q"], Float[np.ndarray, "q q"]]:
    """Return the spectrum of those that are free, and then zeros along the others."""
    q, m = len(unit), int(np.sum(free))
    size, direction = np.zeros(q), np.zeros((q, q))
    size[:m], direction[free, :m] = spectrum_of(measured[np.ix_(free, free)], unit[free])
    direction[~free, m:] = np.eye(q - m)
    return size, direction


def _sloppy(target: Target, reach: Reach, size: np.ndarray, direction: np.ndarray) -> tuple[str, ...]:
    with np.errstate(divide="ignore"):
        sd = 1.0 / np.sqrt(size)
    # along what bounds fix, which come last, nothing is free
    last = int(np.sum(target.free))
    loose = [k for k in range(last)[::-1] if 1.96 * sd[k] > np.log(reach.factor)]
    return tuple(f"{in_words(target.names, direction[:, k])}: {freedom_in_words(sd[k])}" for k in loose)


def _notes(target: Target, structure: Structure, singular: int, prior: np.ndarray, gain: float) -> list[str]:
    notes = []
    q = len(target)
    if gain > SAME:
        notes.append(
            f"This is not the optimum: a step from here would gain about {gain:.3g}. Verdicts may change; "
            "fit first, and give at= the estimation."
        )
    if singular:
        notes.append(
            f"The Fisher matrix{' with the priors' if prior.any() else ''} is singular: {singular} of {q} "
            "directions are determined by nothing. Standard errors of parameters in them are infinite."
        )
    if structure.here < structure.rank:
        notes.append(
            f"The point is a special one: sensitivities have rank {structure.here} here and "
            f"{structure.rank} elsewhere. Other values would be told by the same measurements."
        )
    if structure.points < 2:
        notes.append("No random point could be simulated: the structural rank is that of the point alone.")
    if structure.gap < CLEAR:
        notes.append(
            "Sensitivities get weaker and weaker without a gap: what is very weak cannot be told from what "
            "is structurally not identifiable, and is called practically not."
        )
    if prior.any():
        notes.append("Priors take part in errors and intervals; the spectrum is that of the measurements.")
    return notes
