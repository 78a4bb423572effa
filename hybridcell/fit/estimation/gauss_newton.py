"""Least squares in a trust region within bounds, many starts in lock-step.

The model of Gauss and Newton is minimized in a ball, in all directions. Parameters that a step would take out
of their bounds are put onto these, and the step of the others is found again. Two things let steps be long in
the narrow, bent valleys of sloppy models: a step that fails is tried once more with the bend of the residuals
that it met taken into account, and a step may climb a little, up to the worst of the last values.

References
----------
Moré (1978), Lecture Notes in Mathematics 630:105; Transtrum and Sethna (2012), arXiv:1201.5885 (bends and
climbing); Grippo, Lampariello and Lucidi (1986), SIAM J. Numer. Anal. 23:707.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from hybridcell.fit.estimation.lockstep import State
from hybridcell.fit.estimation.objective import Found
from hybridcell.fit.estimation.run import (
    GOING,
    GRADIENT,
    NO_START,
    SLOW,
    STEP,
    VALUE,
    Tolerances,
    criticality,
)
from hybridcell.fit.estimation.subproblem import in_box, rise

#: Radius at the start; 1 is the way from one bound to the other.
_FIRST = 0.1
#: Steps in a row that hardly lower the value, before that is the end.
_QUIET = 4
#: Least share of the predicted decrease, of steps that descend and of those that climb.
_LEAST_GAIN, _LEAST_FALL = 1e-4, 0.1
#: Values of which the worst may be climbed to.
_MEMORY = 5
#: Longest correction of a bend, in lengths of the step.
_BEND = 0.75
#: Steps in which the value must go down by this part of it, or the run is slow; and for patient runs, by so
#: many tolerances.
_WINDOW, _CRAWL, _PATIENT = 15, 1e-4, 1e3
#: A bound is near within this many widths; else steps go this share of the way there at most.
_NEAR, _HALT = 0.01, 0.5
#: Relative decrease that rounding hides.
_ROUNDING = 1e-15


@dataclass(frozen=True, kw_only=True, eq=False)
class GaussNewton:
    """A method for `Lockstep`.

    Attributes
    ----------
    lower, upper : ndarray, shape (q,)
    tolerances : Tolerances
    patient : bool
        Runs go on though they are slow, until next to nothing is gained.
    """

    lower: Float[np.ndarray, " q"]
    upper: Float[np.ndarray, " q"]
    tolerances: Tolerances
    patient: bool = False

    @property
    def kind(self) -> str:
        """What it evaluates."""
        return "least-squares"

    def begin(self, thetas: np.ndarray, found: Found, starts: np.ndarray) -> State:
        """Return the state of runs at their starts."""
        assert found.residuals is not None
        assert found.jacobians is not None
        k = len(thetas)
        width = self.upper - self.lower
        unit = np.where(np.isfinite(width), width, np.maximum(np.abs(thetas), 1.0))
        # a parameter that its bounds fix has no width
        unit = np.where(unit > 0, unit, 1.0)
        state = {
            "theta": thetas.copy(), "value": found.values.copy(), "unit": unit,
            "at": thetas.copy(), "residuals": found.residuals, "jacobians": found.jacobians * unit[:, None],
            "last": np.tile(found.values[:, None], (1, _MEMORY)), "radius": np.full(k, _FIRST),
            "failed_step": np.zeros_like(thetas), "bend": np.zeros_like(thetas), "bent": np.zeros(k, bool),
            "quiet": np.zeros(k, int), "age": np.zeros(k, int), "past": found.values.copy(),
            "gradient_norm": np.zeros(k), "code": np.zeros(k, int),
        }  # fmt: skip
        self._judge(state)
        state["code"] = np.where(np.isfinite(found.values), state["code"], NO_START)
        return state

    def propose(self, state: State) -> np.ndarray:
        """Return the points to try."""
        unit, at = state["unit"], state["at"]
        slope, curvature = _model(state)
        least, most = (self.lower - at) / unit, (self.upper - at) / unit
        y = in_box(curvature, slope, _part(least), _part(most), state["radius"])
        y = np.where(state["bent"][:, None], state["failed_step"] + state["bend"], y)
        trial = np.clip(at + y * unit, self.lower, self.upper)
        # on a bound to the last bit, where a step ends there
        trial = np.where(y <= least, self.lower, trial)
        return np.where(y >= most, self.upper, trial)

    def update(self, state: State, thetas: np.ndarray, found: Found) -> State:
        """Return the state after the points were tried."""
        assert found.residuals is not None
        assert found.jacobians is not None
        state = dict(state)
        y = (thetas - state["at"]) / state["unit"]
        again = state["bent"]
        slope, curvature = _model(state)
        # a step that was corrected is judged by what was predicted without the correction
        main = np.where(again[:, None], state["failed_step"], y)
        length, predicted = np.linalg.norm(main, axis=1), -rise(curvature, slope, main)
        here, new, worst = state["last"][:, -1], found.values, np.max(state["last"], axis=1)
        gain = np.where(np.isfinite(new), here - new, -np.inf)
        positive = np.where(predicted > 0, predicted, 1.0)
        with np.errstate(over="ignore"):
            ratio = np.where(predicted > 0, gain / positive, -1.0)
            fall = np.where(predicted > 0, (worst - np.where(np.isfinite(new), new, np.inf)) / positive, -1.0)
        better = (gain > 0) & (ratio > _LEAST_GAIN)
        moved = better | (np.isfinite(new) & (fall > _LEAST_FALL))
        little = self.tolerances.value * np.abs(here)
        self._bend(state, y, found, ~moved & ~again & np.isfinite(new) & (predicted > little), length)
        waits = state["bent"]
        shrunk = np.where(moved, 0.5, 0.25) * np.minimum(length, state["radius"])
        radius = np.where(ratio > 0.75, np.maximum(state["radius"], 2 * length), state["radius"])
        state["radius"] = np.where(waits, state["radius"], np.where(ratio < 0.25, shrunk, radius))
        quiet = (gain <= little) & (predicted <= little)
        state["quiet"] = np.where(quiet, state["quiet"] + 1, np.where(moved, 0, state["quiet"]))
        hidden = ~moved & np.isfinite(new) & (predicted <= _ROUNDING * np.abs(here))
        state["at"] = np.where(moved[:, None], thetas, state["at"])
        state["residuals"] = np.where(moved[:, None], found.residuals, state["residuals"])
        jacobians = found.jacobians * state["unit"][:, None]
        state["jacobians"] = np.where(moved[:, None, None], jacobians, state["jacobians"])
        last = np.concatenate([state["last"][:, 1:], new[:, None]], axis=1)
        state["last"] = np.where(moved[:, None], last, state["last"])
        best = moved & (new < state["value"])
        state["theta"] = np.where(best[:, None], thetas, state["theta"])
        state["value"] = np.where(best, new, state["value"])
        code = np.where((state["quiet"] >= _QUIET) | hidden, VALUE, GOING)
        short = ~moved & ~waits & (np.minimum(length, state["radius"]) < self.tolerances.step)
        code = np.where(short, STEP, code)
        least = _PATIENT * self.tolerances.value
        slow = _slow(state, least if self.patient else max(least, _CRAWL))
        state["code"] = np.where((code == GOING) & slow, SLOW, code)
        self._judge(state)
        return state

    def _bend(
        self, state: State, y: np.ndarray, found: Found, wanted: np.ndarray, length: np.ndarray
    ) -> None:
        """Find what the step lacked: the residuals bent away from the line that was expected."""
        bend, bent = np.zeros_like(y), wanted.copy()
        if wanted.any():
            assert found.residuals is not None
            rows = np.flatnonzero(wanted)
            some = {name: state[name][rows] for name in ("residuals", "jacobians", "at", "unit")}
            step = y[rows]
            slope, curvature = _model(some)
            line = some["residuals"] + np.matmul(some["jacobians"], step[:, :, None])[:, :, 0]
            away = np.matmul((found.residuals[rows] - line)[:, None], some["jacobians"])[:, 0]
            ahead = slope + np.matmul(curvature, step[:, :, None])[:, :, 0]
            damping = np.linalg.norm(ahead, axis=1) / np.maximum(length[rows], 1e-300)
            damping += 1e-12 * np.trace(curvature, axis1=1, axis2=2) + 1e-300
            eye = np.eye(y.shape[1])
            back = -np.linalg.solve(curvature + damping[:, None, None] * eye, away[:, :, None])[:, :, 0]
            bound = [(b - some["at"]) / some["unit"] for b in (self.lower, self.upper)]
            bend[rows] = np.clip(step + back, *bound) - step
            size = np.linalg.norm(back, axis=1)
            bent[rows] = (size < _BEND * length[rows]) & (size > 0)
        state["failed_step"], state["bend"], state["bent"] = y, bend, bent

    def _judge(self, state: State) -> None:
        slope = np.matmul(state["residuals"][:, None], state["jacobians"])[:, 0] / state["unit"]
        norm = criticality(state["at"], slope, self.lower, self.upper)
        state["gradient_norm"] = norm
        arrived = (norm <= self.tolerances.gradient) & (state["code"] == GOING)
        state["code"] = np.where(arrived, GRADIENT, state["code"])


def _part(room: np.ndarray) -> np.ndarray:
    """Return a part of the way to a bound, all of it where it is near: bounds would catch long steps."""
    return np.where(np.abs(room) > _NEAR, _HALT * room, room)


def _model(state: State) -> tuple[np.ndarray, np.ndarray]:
    """Return slope and curvature."""
    jacobians = state["jacobians"]
    slope = np.matmul(state["residuals"][:, None], jacobians)[:, 0]
    return slope, np.matmul(np.swapaxes(jacobians, 1, 2), jacobians)


def _slow(state: State, least: float) -> np.ndarray:
    """Return whether a window of steps has passed and brought next to nothing."""
    state["age"] = state["age"] + 1
    due = state["age"] % _WINDOW == 0
    slow = due & (state["past"] - state["value"] <= least * np.abs(state["value"]))
    state["past"] = np.where(due, state["value"], state["past"])
    return slow
