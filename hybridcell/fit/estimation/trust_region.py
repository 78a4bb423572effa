"""Least squares (or any smooth function) in a trust region within bounds, many starts in lock-step.

Gauss-Newton's model of the residuals, or with `quasi_newton` a quadratic model that learns its curvature
from gradients (BFGS), is minimized within a ball and the bounds; the ball grows where the model was right and
shrinks where it was not, or where nothing could be computed.

References
----------
Coleman and Li (1996), SIAM J. Optim. 6:418; Moré and Sorensen (1983), SIAM J. Sci. Stat. Comput. 4:553;
Nocedal and Wright (2006), Numerical Optimization, chapters 4, 10 and 18.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from hybridcell.fit.estimation.lockstep import State
from hybridcell.fit.estimation.objective import Found
from hybridcell.fit.estimation.run import GOING, GRADIENT, NO_START, STEP, VALUE, Tolerances, criticality
from hybridcell.fit.estimation.subproblem import decrease, in_box, triangular

#: Radius at the start, in widths of the bounds.
_FIRST = 0.2
#: Steps in a row that hardly lower the value, before that is the end.
_QUIET = 4
_LEAST_GAIN = 1e-4
#: Relative decrease that rounding hides.
_ROUNDING = 1e-15


@dataclass(frozen=True, kw_only=True, eq=False)
class TrustRegion:
    """A method for `Lockstep`.

    Attributes
    ----------
    lower, upper : ndarray, shape (q,)
    tolerances : Tolerances
    quasi_newton : bool
        The model is made from gradients instead of residuals.
    """

    lower: Float[np.ndarray, " q"]
    upper: Float[np.ndarray, " q"]
    tolerances: Tolerances
    quasi_newton: bool = False

    @property
    def kind(self) -> str:
        """What it evaluates."""
        return "gradients" if self.quasi_newton else "least-squares"

    def begin(self, thetas: np.ndarray, found: Found) -> State:
        """Return the state of runs at their starts."""
        k, q = thetas.shape
        width = self.upper - self.lower
        unit = np.where(np.isfinite(width), width, np.maximum(np.abs(thetas), 1.0))
        # a parameter that its bounds fix has no width
        unit = np.where(unit > 0, unit, 1.0)
        if self.quasi_newton:
            assert found.gradients is not None
            # as if the first step down the slope, as long as the first radius, were the best one
            steep = np.linalg.norm(found.gradients * unit, axis=1) / _FIRST
            size = np.sqrt(np.where(steep > 0, steep, 1.0))
            matrix = size[:, None, None] * np.eye(q)
            c = found.gradients * unit / size[:, None]
        else:
            matrix, c = self._model(found, unit)
        state = {
            "theta": thetas.copy(), "value": found.values.copy(), "unit": unit, "matrix": matrix, "c": c,
            "radius": np.full(k, _FIRST), "quiet": np.zeros(k, int), "fresh": np.ones(k, bool),
            "gradient_norm": np.zeros(k), "code": np.zeros(k, int),
        }  # fmt: skip
        self._judge(state)
        state["code"] = np.where(np.isfinite(found.values), state["code"], NO_START)
        return state

    def propose(self, state: State) -> np.ndarray:
        """Return the points to try."""
        theta, unit = state["theta"], state["unit"]
        least, most = (self.lower - theta) / unit, (self.upper - theta) / unit
        y = in_box(state["matrix"], state["c"], np.minimum(least, 0), np.maximum(most, 0), state["radius"])
        trial = theta + y * unit
        # on a bound to the last bit, where a step ends there
        trial = np.where(y <= least, self.lower, np.where(y >= most, self.upper, trial))
        return np.clip(trial, self.lower, self.upper)

    def update(self, state: State, thetas: np.ndarray, found: Found) -> State:
        """Return the state after the points were tried."""
        y = (thetas - state["theta"]) / state["unit"]
        length = np.linalg.norm(y, axis=1)
        predicted = decrease(state["matrix"], state["c"], y)
        old, new = state["value"], found.values
        scale = np.maximum(np.abs(old), 1.0) if self.quasi_newton else np.abs(old)
        gain = np.where(np.isfinite(new), old - new, -np.inf)
        ratio = np.where(predicted > 0, gain / np.maximum(predicted, 1e-300), -1.0)
        better = (ratio > _LEAST_GAIN) & (gain > 0)
        state = dict(state)
        state["radius"] = _radius(state["radius"], length, ratio)
        little = self.tolerances.value * scale
        quiet = better & (gain <= little) & (predicted <= little)
        state["quiet"] = np.where(better, np.where(quiet, state["quiet"] + 1, 0), state["quiet"])
        self._relearn(state, thetas, y, better, found)
        state["theta"] = np.where(better[:, None], thetas, state["theta"])
        state["value"] = np.where(better, new, old)
        hidden = ~better & np.isfinite(new) & (predicted <= _ROUNDING * scale)
        code = np.where((state["quiet"] >= _QUIET) | hidden, VALUE, GOING)
        small = ~better & (np.minimum(length, state["radius"]) < self.tolerances.step)
        state["code"] = np.where(small, STEP, code)
        self._judge(state)
        return state

    def _relearn(self, state: State, thetas: np.ndarray, y: np.ndarray, better: np.ndarray, found: Found) -> None:
        """Put the model at the new points in place of the old one."""
        if not self.quasi_newton:
            if better.any():
                matrix, c = self._model(found[better], state["unit"][better])
                state["matrix"], state["c"] = state["matrix"].copy(), state["c"].copy()
                state["matrix"][better], state["c"][better] = matrix, c
            return
        assert found.gradients is not None
        slope = found.gradients * state["unit"]
        before = np.matmul(state["c"][:, None], state["matrix"])[:, 0]
        # a point that is no better teaches its curvature, too
        fine = np.isfinite(found.values)
        learned = _bfgs(state["matrix"], y, slope - before, state["fresh"])
        state["matrix"] = np.where(fine[:, None, None], learned, state["matrix"])
        state["fresh"] = state["fresh"] & ~fine
        here = np.where(better[:, None], slope, before)
        state["c"] = np.linalg.solve(np.swapaxes(state["matrix"], 1, 2), here[:, :, None])[:, :, 0]

    def _model(self, found: Found, unit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        assert found.jacobians is not None and found.residuals is not None
        return triangular(found.jacobians * unit[:, None, :], found.residuals)

    def _judge(self, state: State) -> None:
        gradient = np.matmul(state["c"][:, None], state["matrix"])[:, 0] / state["unit"]
        state["gradient_norm"] = criticality(state["theta"], gradient, self.lower, self.upper)
        arrived = (state["gradient_norm"] <= self.tolerances.gradient) & (state["code"] == GOING)
        state["code"] = np.where(arrived, GRADIENT, state["code"])


def _radius(radius: np.ndarray, length: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """Return the next radius: a quarter of a bad step, twice that of a good one that the ball cut off."""
    shrunk = 0.25 * np.minimum(length, radius)
    grown = np.where(length > 0.9 * radius, 2 * radius, radius)
    return np.where(ratio < 0.25, shrunk, np.where(ratio > 0.75, grown, radius))


def _bfgs(matrix: np.ndarray, y: np.ndarray, change: np.ndarray, fresh: np.ndarray) -> np.ndarray:
    """Return factors of the curvatures after Powell's damped update of BFGS."""
    curvature = np.matmul(np.swapaxes(matrix, 1, 2), matrix)
    up = np.sum(y * change, axis=1)
    # the first curvature that is met tells the scale better than the guess
    scale = np.where(fresh & (up > 0), np.sum(change**2, axis=1) / np.maximum(up, 1e-300), 0.0)
    eye = np.eye(y.shape[1])
    curvature = np.where((scale > 0)[:, None, None], scale[:, None, None] * eye, curvature)
    bent = np.matmul(curvature, y[:, :, None])[:, :, 0]
    expected = np.sum(y * bent, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(up >= 0.2 * expected, 1.0, 0.8 * expected / (expected - up))
        change = share[:, None] * change + (1 - share)[:, None] * bent
        up = np.sum(y * change, axis=1)
        added = change[:, :, None] * change[:, None, :] / up[:, None, None]
        new = curvature + added - bent[:, :, None] * bent[:, None, :] / expected[:, None, None]
    fine = np.isfinite(new).all(axis=(1, 2)) & (expected > 0) & (up > 0)
    new = np.where(fine[:, None, None], new, curvature)
    sizes, vectors = np.linalg.eigh(0.5 * (new + np.swapaxes(new, 1, 2)))
    sizes = np.maximum(sizes, 1e-14 * np.maximum(sizes[:, -1:], 1e-300))
    factors = np.sqrt(sizes)[:, :, None] * np.swapaxes(vectors, 1, 2)
    return factors
