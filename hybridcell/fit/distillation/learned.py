"""What a hybrid has learned of one rate along its data, and how surely.

A law is judged first without simulating it: as the other rate that it is at the points of the hybrid's own
trajectory. How much that would cost in chi-square follows, to first order, from the hybrid's derivatives: the
likeliest change of its weights that gives the law's rates changes its predictions by so much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from hybridcell.fit.kinetics.free_numbers import FreeNumbers, find_free_numbers
from hybridcell.fit.kinetics.measurements import Measurements
from hybridcell.fit.kinetics.objective import make_objective
from hybridcell.fit.kinetics.settings import NetworkFitSettings
from hybridcell.mechanisms.interpreter import Interpreter
from hybridcell.mechanisms.reactions.network import ReactionNetwork
from hybridcell.simulate import simulate

#: Points along the trajectories, over all conditions.
_POINTS = 160
#: Relative error of rates that nothing can resolve, and the one that is held against a law where the
#: network's weights cannot follow it.
_BLUR, _STRANGE = 0.02, 0.3
#: Rates below this share of the usual one count as equally small.
_SMALL = 0.05
_STEP = 1e-5
#: Change of the logarithm of a rate that stands for one that is not finite.
_LOST = 1e3


@dataclass(frozen=True, eq=False)
class LearnedRate:
    """A learned rate along the trajectories of a hybrid.

    Attributes
    ----------
    points : mapping of id to ndarray, shape (n,)
    rates : ndarray, shape (n,)
    size : float
        Below it, rates are compared as they are; above, by their logarithms.
    offset : ndarray, shape (n,)
    slope : ndarray, shape (n, n)
        Chi-square of a law is about `rest` plus the squared norm of offset + slope @ d, with d the change of
        the rates.
    rest : float
    n_data : int
    """

    points: Mapping[str, np.ndarray]
    rates: Float[np.ndarray, " n"]
    size: float
    offset: Float[np.ndarray, " n"]
    slope: Float[np.ndarray, "n n"]
    rest: float
    n_data: int

    def bent(self, rates: np.ndarray) -> np.ndarray:
        """Return rates on the scale on which they are compared."""
        return np.arcsinh(rates / self.size)

    def residuals(self, rates: Float[np.ndarray, "*lanes n"]) -> Float[np.ndarray, "*lanes n"]:
        """Return numbers whose squares add up to the chi-square of other rates, up to `rest`."""
        change = self.bent(rates) - self.bent(self.rates)
        # where a law has no value it is as wrong as can be
        change = np.nan_to_num(change, nan=_LOST, posinf=_LOST, neginf=-_LOST)
        return self.offset + change @ self.slope.T

    def relative_error(self, rates: np.ndarray) -> float:
        """Return the root mean square difference, relative to the root mean square of the learned rate."""
        size = np.sqrt(np.mean(self.rates**2))
        return float(np.sqrt(np.mean((rates - self.rates) ** 2)) / size) if size > 0 else float("nan")


def learn(
    network: ReactionNetwork,
    measured: Measurements,
    settings: NetworkFitSettings,
    *,
    target: str,
    inputs: Sequence[str],
    free: Sequence[str],
) -> LearnedRate:
    """Return the rate `target` of a fitted hybrid along the conditions of its data.

    Parameters
    ----------
    inputs : sequence of str
        Ids that laws may read.
    free : sequence of str
        Constants of the mechanism that the fit moved.
    """
    numbers = find_free_numbers(network, free)
    objective = make_objective(
        network, numbers, measured, solve=settings.solve, noise=settings.noise, penalty=settings.penalty
    )
    theta = numbers.theta(np.asarray(network.values))
    r, j = objective.linearized(theta)
    n_times = max(8, _POINTS // len(measured.settings))
    trajectory = simulate(
        network, t1=measured.end, n_points=n_times, conditions=measured.conditions, solve=settings.solve
    )
    keep = np.isfinite(np.asarray(trajectory.values)).all(axis=2).reshape(-1)
    points = {id: trajectory[id].reshape(-1)[keep] for id in inputs}
    rates = trajectory[target].reshape(-1)[keep]
    size = _SMALL * float(np.mean(np.abs(rates))) or 1.0
    slopes = _rate_slopes(network, numbers, theta, trajectory, target)[keep]
    slopes = slopes / np.sqrt(size**2 + rates**2)[:, None]
    offset, slope, rest = _cost(r, j, slopes, objective.n_data)
    return LearnedRate(points, rates, size, offset, slope, rest, objective.n_data)


def _rate_slopes(
    network: ReactionNetwork, numbers: FreeNumbers, theta: np.ndarray, trajectory: Any, target: str
) -> Float[np.ndarray, "n q"]:
    """Return the derivative of the rate at each point with respect to the free numbers, states held."""
    evaluate = Interpreter([network.equations.observables[target]], network.equations)
    x = np.asarray(trajectory.values)
    c, t, n = x.shape
    columns, times = x.reshape(c * t, n).T, np.tile(trajectory.ts, c)
    own = np.repeat(np.asarray(trajectory.constants), t, axis=0).T
    at = jnp.asarray(theta)
    around = np.asarray(numbers.values(at)), np.asarray(numbers.slopes(at))
    found = []
    for i, place in enumerate(numbers.places):
        ends = []
        for sign in (1, -1):
            p = own.copy()
            p[place] = around[0][i] + sign * _STEP * around[1][i]
            ends.append(evaluate(times, columns, p)[0])
        found.append((ends[0] - ends[1]) / (2 * _STEP))
    return np.stack(found, axis=1)


def _cost(
    r: np.ndarray, j: np.ndarray, slopes: Float[np.ndarray, "n q"], n_data: int
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return offset, slope and rest of the chi-square as a function of changes of the rate."""
    covariance = np.linalg.pinv(j.T @ j, hermitian=True, rcond=1e-12)
    reach = covariance @ slopes.T
    n = len(slopes)
    follow = reach @ np.linalg.inv(slopes @ reach + _BLUR**2 * np.eye(n))
    strange = (np.eye(n) - slopes @ follow) / (_STRANGE * np.sqrt(n / n_data))
    matrix = np.concatenate([j[:n_data] @ follow, strange])
    constant = np.concatenate([r[:n_data], np.zeros(n)])
    q, slope = np.linalg.qr(matrix)
    offset = q.T @ constant
    return offset, slope, float(constant @ constant - offset @ offset)
