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
#: A bound is near within this many widths.
_NEAR = 0.01
#: Least cosine between steps that go on the same way, and how much more curvature a longer one meets at most.
_AHEAD, _MOST_BEND = 0.5, 4.0
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
        k = len(thetas)
        width = self.upper - self.lower
        unit = np.where(np.isfinite(width), width, np.maximum(np.abs(thetas), 1.0))
        # a parameter that its bounds fix has no width
        unit = np.where(unit > 0, unit, 1.0)
        if self.quasi_newton:
            assert found.gradients is not None
            matrix, c = _round(found.gradients * unit)
        else:
            matrix, c = self._model(found, unit)
        state = {
            "theta": thetas.copy(), "value": found.values.copy(), "unit": unit, "matrix": matrix, "c": c,
            "radius": np.full(k, _FIRST), "quiet": np.zeros(k, int), "fresh": np.ones(k, bool),
            "gradient_norm": np.zeros(k), "code": np.zeros(k, int),
            "forgot": np.full(k, np.inf),
            "bend": np.zeros_like(thetas),
            "way": np.zeros_like(thetas),
            "shift": np.zeros_like(thetas),
            "straight": np.zeros(k, bool),
        }  # fmt: skip
        if found.residuals is not None:
            state["residuals"] = found.residuals.copy()
        self._judge(state)
        state["code"] = np.where(np.isfinite(found.values), state["code"], NO_START)
        return state

    def propose(self, state: State) -> np.ndarray:
        """Return the points to try."""
        theta, unit = state["theta"], state["unit"]
        least, most = (self.lower - theta) / unit, (self.upper - theta) / unit
        y = _step(state, np.minimum(_halfway(least), 0), np.maximum(_halfway(most), 0))
        trial = theta + y * unit
        # on a bound to the last bit, where a step ends there
        trial = np.where(y <= least, self.lower, np.where(y >= most, self.upper, trial))
        return np.clip(trial, self.lower, self.upper)

    def update(self, state: State, thetas: np.ndarray, found: Found) -> State:
        """Return the state after the points were tried."""
        y = (thetas - state["theta"]) / state["unit"]
        length = np.linalg.norm(y, axis=1)
        predicted = decrease(state["matrix"], state["c"], y, state["shift"])
        old, new = state["value"], found.values
        scale = np.maximum(np.abs(old), 1.0) if self.quasi_newton else np.abs(old)
        gain = np.where(np.isfinite(new), old - new, -np.inf)
        with np.errstate(over="ignore"):
            ratio = np.where(predicted > 0, gain / np.where(predicted > 0, predicted, 1.0), -1.0)
        better = (ratio > _LEAST_GAIN) & (gain > 0)
        state = dict(state)
        # a bent step that fails is tried again straight, before the ball shrinks
        bent = state["shift"].any(axis=1) & ~better
        state["radius"] = np.where(bent, state["radius"], _radius(state["radius"], length, ratio))
        state["straight"] = np.where(better, False, bent | state["straight"])
        little = self.tolerances.value * scale
        # steps that fail count as well: where noise hides what is left, the ball need not shrink to nothing
        quiet = (gain <= little) & (predicted <= little) & ~bent
        state["quiet"] = np.where(quiet, state["quiet"] + 1, np.where(better, 0, state["quiet"]))
        self._relearn(state, thetas, y, better, found)
        state["theta"] = np.where(better[:, None], thetas, state["theta"])
        state["value"] = np.where(better, new, old)
        hidden = ~better & ~bent & np.isfinite(new) & (predicted <= _ROUNDING * scale)
        code = np.where((state["quiet"] >= _QUIET) | hidden, VALUE, GOING)
        small = ~better & ~bent & (np.minimum(length, state["radius"]) < self.tolerances.step)
        state["code"] = np.where(small, STEP, code)
        self._judge(state)
        if self.quasi_newton:
            self._forget(state, little)
        return state

    def _forget(self, state: State, little: np.ndarray) -> None:
        """Begin anew where the model, not the function, may be why there is no progress any more."""
        stuck = (state["code"] == VALUE) | (state["code"] == STEP)
        again = stuck & ~(state["forgot"] - state["value"] <= 10 * little)
        if not again.any():
            return
        slope = np.matmul(state["c"][:, None], state["matrix"])[:, 0]
        matrix, c = _round(slope)
        state["matrix"] = np.where(again[:, None, None], matrix, state["matrix"])
        state["c"] = np.where(again[:, None], c, state["c"])
        for name, value in (("radius", _FIRST), ("quiet", 0), ("fresh", True), ("code", GOING)):
            state[name] = np.where(again, value, state[name])
        state["forgot"] = np.where(again, state["value"], state["forgot"])

    def _relearn(
        self, state: State, thetas: np.ndarray, y: np.ndarray, better: np.ndarray, found: Found
    ) -> None:
        """Put the model at the new points in place of the old one."""
        if not self.quasi_newton:
            if better.any():
                self._relinearize(state, y, better, found[better])
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
        assert found.jacobians is not None
        assert found.residuals is not None
        matrix, c = triangular(found.jacobians * unit[:, None, :], found.residuals)
        return matrix, c

    def _relinearize(self, state: State, y: np.ndarray, better: np.ndarray, found: Found) -> None:
        """Put Gauss-Newton's model at the new points, and what the way there told of the curvature."""
        assert found.jacobians is not None
        assert found.residuals is not None
        way, unit = y[better], state["unit"][better]
        jacobians = found.jacobians * unit[:, None, :]
        # r(before) = r - J y + y' r'' y / 2
        curved = state["residuals"][better] - found.residuals + np.matmul(jacobians, way[:, :, None])[:, :, 0]
        matrix, c, bend = triangular(jacobians, found.residuals, curved)
        parts = {"matrix": matrix, "c": c, "bend": bend, "way": way, "residuals": found.residuals}
        for name, new in parts.items():
            state[name] = state[name].copy()
            state[name][better] = new

    def _judge(self, state: State) -> None:
        gradient = np.matmul(state["c"][:, None], state["matrix"])[:, 0] / state["unit"]
        state["gradient_norm"] = criticality(state["theta"], gradient, self.lower, self.upper)
        arrived = (state["gradient_norm"] <= self.tolerances.gradient) & (state["code"] == GOING)
        state["code"] = np.where(arrived, GRADIENT, state["code"])


def _round(slope: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a model that is as curved in all directions, with its least value at the first radius."""
    steep = np.linalg.norm(slope, axis=1) / _FIRST
    size = np.sqrt(np.where(steep > 0, steep, 1.0))
    return size[:, None, None] * np.eye(slope.shape[1]), slope / size[:, None]


def _halfway(room: np.ndarray) -> np.ndarray:
    """Return half of the way to a bound, all of it where it is near: long steps would be caught at bounds."""
    return np.where(np.abs(room) > _NEAR, 0.5 * room, room)


def _step(state: State, least: np.ndarray, most: np.ndarray) -> np.ndarray:
    """Minimize the model; on the way of the last step, with the curvature that was met there."""
    matrix, c, radius, way = state["matrix"], state["c"], state["radius"], state["way"]
    y = in_box(matrix, c, least, most, radius)
    size, along = np.linalg.norm(way, axis=1), np.sum(y * way, axis=1)
    rows = np.flatnonzero((along > _AHEAD * size * np.linalg.norm(y, axis=1)) & ~state["straight"])
    state["shift"] = np.zeros_like(y)
    if len(rows):
        share = np.minimum((along[rows] / size[rows] ** 2) ** 2, _MOST_BEND)
        state["shift"][rows] = share[:, None] * state["bend"][rows]
        y[rows] = in_box(matrix[rows], c[rows] + state["shift"][rows], least[rows], most[rows], radius[rows])
    return y


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
    scale = np.where(fresh & (up > 0), np.sum(change**2, axis=1) / np.where(up > 0, up, 1.0), 0.0)
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
