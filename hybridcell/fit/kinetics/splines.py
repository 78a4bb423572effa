"""States of a network between measurements, from smoothing splines, where enough is measured to know them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float
from scipy.interpolate import make_smoothing_spline

from hybridcell.fit.kinetics.measurements import Measurements
from hybridcell.mechanisms.interpreter import Interpreter
from hybridcell.mechanisms.reactions.conservation import conserved_moieties
from hybridcell.mechanisms.reactions.network import ReactionNetwork

#: Points between two measurements, at which rates are integrated.
_BETWEEN = 6
#: Measurements of one readout that a spline needs.
_FEWEST = 5
#: The known start counts as much as a measurement this many times as exact.
_START_WEIGHT = 20.0


@dataclass(frozen=True, eq=False)
class SmoothedStates:
    """States of one condition over time.

    Attributes
    ----------
    t : ndarray, shape (g,)
    x : ndarray, shape (g, n)
    edges : ndarray of int, shape (w + 1,)
        Positions in t between which changes are compared.
    sd : ndarray, shape (n,)
        Error of a state, as far as measurements tell.
    """

    t: Float[np.ndarray, " g"]
    x: Float[np.ndarray, "g n"]
    edges: np.ndarray
    sd: Float[np.ndarray, " n"]


def smooth_states(network: ReactionNetwork, measured: Measurements) -> list[SmoothedStates] | None:
    """Return the states of every condition, None where the measurements do not determine them."""
    equations = network.equations
    if equations.events or equations.has_delays or equations.residuals:
        return None
    rows = _linear_rows(network, measured)
    if rows is None:
        return None
    constants = measured.constants(network)
    found = []
    for c, p in enumerate(constants):
        one = _smooth_condition(network, measured.subset(measured.condition == c), p, rows)
        if one is None:
            return None
        found.append(one)
    return found


def _linear_rows(network: ReactionNetwork, measured: Measurements) -> Float[np.ndarray, "r n"] | None:
    """Return what each readout is as a weighted sum of states; None where one is not."""
    equations, p = network.equations, np.asarray(network.values, dtype=float)
    read = Interpreter([equations.observables[id] for id in measured.readouts], equations)
    n = equations.n
    with np.errstate(all="ignore"):
        base = np.asarray(read(0.0, np.zeros(n), p), dtype=float)
        rows = np.stack([np.asarray(read(0.0, np.eye(n)[i], p), float) - base for i in range(n)], axis=1)
        probe = np.linspace(0.5, 1.5, n)
        right = np.allclose(np.asarray(read(0.0, probe, p), float), rows @ probe, rtol=1e-9, atol=1e-12)
    return rows if right and np.isfinite(rows).all() and np.allclose(base, 0.0) else None


def _smooth_condition(
    network: ReactionNetwork, measured: Measurements, p: np.ndarray, rows: np.ndarray
) -> SmoothedStates | None:
    equations = network.equations
    with np.errstate(all="ignore"):
        start = np.asarray(Interpreter(equations.initial, equations)(0.0, np.zeros(equations.n), p), float)
    if not np.isfinite(start).all():
        return None
    times = np.unique(np.concatenate([[0.0], measured.time]))
    if len(times) < _FEWEST:
        return None
    t = np.unique(np.concatenate([np.linspace(a, b, _BETWEEN + 1) for a, b in pairwise(times)]))
    values = np.full((len(rows), len(t)), np.nan)
    errors = np.full(len(rows), np.nan)
    for r in range(len(rows)):
        mine = measured.subset(measured.readout == r)
        # replicates of one time are one point
        if len(mine) < _FEWEST or len(np.unique(np.append(mine.time, 0.0))) < _FEWEST:
            return None
        values[r] = _spline(mine.time, mine.value, mine.sd, float(rows[r] @ start), t)
        errors[r] = float(np.median(mine.sd))
    moieties = conserved_moieties(equations)
    sums = np.zeros((len(moieties), equations.n))
    for i, moiety in enumerate(moieties):
        sums[i, list(moiety.indices)] = moiety.coefficients
    fixed = np.eye(equations.n)[equations.discrete]
    matrix = np.concatenate([rows, sums, fixed])
    if np.linalg.matrix_rank(matrix) < equations.n:
        return None
    constant = np.concatenate([sums @ start, fixed @ start])
    known = np.concatenate([values, np.repeat(constant[:, None], len(t), axis=1)])
    inverse = np.linalg.pinv(matrix)
    x = (inverse @ known).T
    x = np.where(start[None] >= 0, np.maximum(x, 1e-9 * np.abs(x).max(axis=0, initial=1e-300)), x)
    sd = np.sqrt((inverse[:, : len(rows)] ** 2) @ errors**2)
    return SmoothedStates(
        t=t, x=x, edges=np.searchsorted(t, times), sd=np.maximum(sd, 1e-6 * np.abs(x).max(axis=0))
    )


def _spline(t: np.ndarray, y: np.ndarray, sd: np.ndarray, start: float, at: np.ndarray) -> np.ndarray:
    distinct, inverse = np.unique(t, return_inverse=True)
    weight = np.zeros(len(distinct))
    np.add.at(weight, inverse, 1.0 / sd**2)
    mean = np.zeros(len(distinct))
    np.add.at(mean, inverse, y / sd**2)
    mean = mean / weight
    if distinct[0] > 0:
        distinct, mean = np.append(0.0, distinct), np.append(start, mean)
        weight = np.append(_START_WEIGHT * weight.max(), weight)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of rounding where the spline is nearly a straight line
        return make_smoothing_spline(distinct, mean, w=weight / weight.mean())(at)
