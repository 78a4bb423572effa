"""Any smooth function in a trust region within bounds, many starts in lock-step.

The model is quadratic, with a curvature learned from gradients (BFGS). It is minimized in a ball, which grows
where the model was right and shrinks where it was not, or where nothing could be computed. As Coleman and Li
do it, parameters are measured by the root of their distance to the bound that they are pulled to: one near
bends the way, and does not catch it.

References
----------
Coleman and Li (1996), SIAM J. Optim. 6:418; Branch, Coleman and Li (1999), SIAM J. Sci. Comput. 21:1;
Fröhlich and Sorger (2022), PLoS Comput. Biol. 18:e1010322; Nocedal and Wright (2006), Numerical Optimization,
chapters 4 and 6.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float

from hybridcell.fit.estimation.lockstep import State
from hybridcell.fit.estimation.objective import Found
from hybridcell.fit.estimation.run import GOING, GRADIENT, NO_START, STEP, VALUE, Tolerances, criticality
from hybridcell.fit.estimation.subproblem import rise, within

#: Radius at the start; 1 is the way from one bound to the other.
_FIRST = 0.3
#: Steps in a row that hardly lower the value, before that is the end.
_QUIET = 4
_LEAST_GAIN = 1e-4
#: A bound is near within this many widths.
_NEAR = 0.01
#: A step that goes so much of the way to a bound goes all of it.
_MOST_OF_WAY = 0.95
#: Steps in which the value must go down by more than nothing, or that is the end: a long flat canyon.
_WINDOW = 20
#: Norm of the gradient where a minimum is close.
_CLOSE = 1e-2
#: Relative decrease that rounding hides.
_ROUNDING = 1e-15


@dataclass(frozen=True, kw_only=True, eq=False)
class TrustRegion:
    """A method for `Lockstep`.

    Attributes
    ----------
    lower, upper : ndarray, shape (q,)
    tolerances : Tolerances
    """

    lower: Float[np.ndarray, " q"]
    upper: Float[np.ndarray, " q"]
    tolerances: Tolerances
    #: Steps go this share of the way to a bound at most, unless it is near.
    share: ClassVar[float] = 0.25
    #: So many tolerances of the value are next to nothing over many steps, and why a run then ends.
    crawl: ClassVar[float] = 1e3
    crawling: ClassVar[int] = VALUE

    @property
    def kind(self) -> str:
        """What it evaluates."""
        return "gradients"

    def begin(self, thetas: np.ndarray, found: Found, starts: np.ndarray) -> State:
        """Return the state of runs at their starts."""
        assert found.gradients is not None
        k = len(thetas)
        width = self.upper - self.lower
        unit = np.where(np.isfinite(width), width, np.maximum(np.abs(thetas), 1.0))
        # a parameter that its bounds fix has no width
        unit = np.where(unit > 0, unit, 1.0)
        slope = found.gradients * unit
        state = {
            "theta": thetas.copy(), "value": found.values.copy(), "unit": unit, "slope": slope,
            "curvature": _round(slope),
            "radius": np.full(k, _FIRST), "quiet": np.zeros(k, int), "fresh": np.ones(k, bool),
            "gradient_norm": np.zeros(k), "code": np.zeros(k, int), "forgot": np.full(k, np.inf),
            "age": np.zeros(k, int), "past": found.values.copy(),
        }  # fmt: skip
        self._judge(state)
        state["code"] = np.where(np.isfinite(found.values), state["code"], NO_START)
        return state

    def propose(self, state: State) -> np.ndarray:
        """Return the points to try."""
        theta, unit = state["theta"], state["unit"]
        measure, slope, curvature, _ = self._scaled(state)
        free = measure > 0
        size = np.where(free, measure, 1.0)
        down, up = (self.lower - theta) / unit, (self.upper - theta) / unit
        least, most = (np.where(free, self._part(room) / size, 0.0) for room in (down, up))
        y = within(curvature, slope, least, most, state["radius"])
        trial = np.clip(theta + y * measure * unit, self.lower, self.upper)
        # on a bound to the last bit, where a step ends there
        gone = y * measure
        trial = np.where(free & (gone <= _MOST_OF_WAY * down), self.lower, trial)
        return np.where(free & (gone >= _MOST_OF_WAY * up), self.upper, trial)

    def update(self, state: State, thetas: np.ndarray, found: Found) -> State:
        """Return the state after the points were tried."""
        step = (thetas - state["theta"]) / state["unit"]
        measure, slope, curvature, bent = self._scaled(state)
        y = np.where(measure > 0, step / np.where(measure > 0, measure, 1.0), 0.0)
        length, predicted = np.linalg.norm(y, axis=1), -rise(curvature, slope, y)
        old, new = state["value"], found.values
        scale = np.maximum(np.abs(old), 1.0)
        gain = np.where(np.isfinite(new), old - new, -np.inf)
        # what the bounds add to the model is no part of the value
        expected = gain - 0.5 * np.sum(bent * y**2, axis=1)
        with np.errstate(over="ignore"):
            ratio = np.where(predicted > 0, expected / np.where(predicted > 0, predicted, 1.0), -1.0)
        better = (ratio > _LEAST_GAIN) & (gain > 0)
        state = dict(state)
        state["radius"] = _radius(state["radius"], length, ratio)
        little = self.tolerances.value * scale
        # steps that fail count as well: where noise hides what is left, the ball need not shrink to nothing
        quiet = (gain <= little) & (predicted <= little)
        state["quiet"] = np.where(quiet, state["quiet"] + 1, np.where(better, 0, state["quiet"]))
        self._relearn(state, step, better, found)
        state["theta"] = np.where(better[:, None], thetas, state["theta"])
        state["value"] = np.where(better, new, old)
        hidden = ~better & np.isfinite(new) & (predicted <= _ROUNDING * scale)
        code = np.where(_crawls(state, self.crawl * little), self.crawling, GOING)
        code = np.where((state["quiet"] >= _QUIET) | hidden, VALUE, code)
        small = ~better & (np.minimum(length, state["radius"]) < self.tolerances.step)
        state["code"] = np.where(small, STEP, code)
        self._judge(state)
        self._forget(state, little)
        return state

    def _part(self, room: np.ndarray) -> np.ndarray:
        """Return a part of the way to a bound, all of it where it is near: bounds would catch long steps."""
        return np.where(np.abs(room) > _NEAR, self.share * room, room)

    def _scaled(self, state: State) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return the measures of parameters, the model by these, and what the bounds add to its diagonal."""
        slope, unit = state["slope"], state["unit"]
        room = np.where(slope < 0, self.upper - state["theta"], state["theta"] - self.lower) / unit
        bounded = np.isfinite(room)
        measure = np.sqrt(np.where(bounded, room, 1.0))
        # not where a minimum is close: there the model alone is better
        far = state["gradient_norm"][:, None] > _CLOSE
        bent = np.where(bounded & far, np.abs(slope), 0.0)
        curvature = measure[:, :, None] * state["curvature"] * measure[:, None, :]
        return measure, slope * measure, curvature + bent[:, :, None] * np.eye(slope.shape[1]), bent

    def _forget(self, state: State, little: np.ndarray) -> None:
        """Begin anew where the model, not the function, may be why there is no progress any more."""
        stuck = (state["code"] == VALUE) | (state["code"] == STEP)
        again = stuck & ~(state["forgot"] - state["value"] <= 10 * little)
        if not again.any():
            return
        state["curvature"] = np.where(again[:, None, None], _round(state["slope"]), state["curvature"])
        for name, value in (("radius", _FIRST), ("quiet", 0), ("fresh", True), ("code", GOING)):
            state[name] = np.where(again, value, state[name])
        state["forgot"] = np.where(again, state["value"], state["forgot"])

    def _relearn(self, state: State, step: np.ndarray, better: np.ndarray, found: Found) -> None:
        """Put the model at the new points in place of the old one."""
        assert found.gradients is not None
        slope = found.gradients * state["unit"]
        # a point that is no better teaches its curvature, too
        fine = np.isfinite(found.values)
        new = _bfgs(state["curvature"], step, slope - state["slope"], state["fresh"])
        state["fresh"] = state["fresh"] & ~fine
        state["curvature"] = np.where(fine[:, None, None], new, state["curvature"])
        state["slope"] = np.where(better[:, None], slope, state["slope"])

    def _judge(self, state: State) -> None:
        gradient = state["slope"] / state["unit"]
        state["gradient_norm"] = criticality(state["theta"], gradient, self.lower, self.upper)
        arrived = (state["gradient_norm"] <= self.tolerances.gradient) & (state["code"] == GOING)
        state["code"] = np.where(arrived, GRADIENT, state["code"])


def _crawls(state: State, least: np.ndarray) -> np.ndarray:
    """Return whether a window of steps has passed and brought next to nothing."""
    state["age"] = state["age"] + 1
    due = state["age"] % _WINDOW == 0
    crawls = due & (state["past"] - state["value"] <= least)
    state["past"] = np.where(due, state["value"], state["past"])
    return crawls


def _round(slope: np.ndarray) -> np.ndarray:
    """Return a curvature that is the same in all directions, with the least value at the first radius."""
    steep = np.linalg.norm(slope, axis=1) / _FIRST
    return np.where(steep > 0, steep, 1.0)[:, None, None] * np.eye(slope.shape[1])


def _radius(radius: np.ndarray, length: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """Return the next radius: a quarter of a bad step, or twice a good one if that is more."""
    shrunk, grown = 0.25 * np.minimum(length, radius), np.maximum(radius, 2 * length)
    return np.where(ratio < 0.25, shrunk, np.where(ratio > 0.75, grown, radius))


def _bfgs(curvature: np.ndarray, y: np.ndarray, change: np.ndarray, fresh: np.ndarray) -> np.ndarray:
    """Return the curvatures after Powell's damped update of BFGS."""
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
    return np.where(fine[:, None, None], 0.5 * (new + np.swapaxes(new, 1, 2)), curvature)
