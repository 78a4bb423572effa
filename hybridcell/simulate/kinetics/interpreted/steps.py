"""Steps of an integrator between two stops, each one checked; when an integrator gives up, others try."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from hybridcell.simulate.kinetics.interpreted.coordinates import Push
from hybridcell.simulate.kinetics.interpreted.failure import Failure
from hybridcell.simulate.kinetics.interpreted.field import Field
from hybridcell.simulate.kinetics.interpreted.steppers import (
    SCIPY,
    Coordinates,
    Stepper,
    Still,
    make_stepper,
    method_name,
)
from hybridcell.simulate.solve import Solve

#: Steps that a span has at least where comparisons are watched, by steps of no size that was asked for.
_WATCHED_STEPS = 50
#: Tries to get over a place where an integrator has given up.
_TRIES = 6
#: Steps in a row that hardly get anywhere before a run is given up (integrators start with some of them).
_TINY_STEPS = 200
#: LSODA is stuck where this share of all steps (at least so many) brings it less than that share of the span.
_SPELL, _SPELL_STEPS, _WAY = 0.1, 1_000, 1e-3
#: A step of less than this share of the span may be longer than a delay: within it, the past is a straight
#: line.
_SHORTEST = 1e-4


@dataclass(eq=False)
class Step:
    """A step that was taken: the solution between `start` and `end`, and the state at the end."""

    start: float
    end: float
    last: np.ndarray
    _push: Push
    _dense: Callable[[Any], np.ndarray]

    def state(self, t: float) -> np.ndarray:
        """Return x at a time within the step."""
        return self._push(t, self._dense(t))

    def states(self, times: np.ndarray) -> np.ndarray:
        """Return x at times within the step, shape (n, len(times))."""
        y = self._dense(times)
        return np.stack([self._push(t, y[:, k]) for k, t in enumerate(times)], axis=1)


class Steps:
    """Makes the steps of a run, and counts them."""

    def __init__(self, field: Field, coordinates: Coordinates, *, solve: Solve, t0: float, span: float):
        self._field, self._coordinates, self._solve = field, coordinates, solve
        self._span = span
        self._spell = (0, t0)
        self._watched = bool(field.equations.events) or any(s.time is None for s in field.equations.switches)
        self._max_step = span / _WATCHED_STEPS if self._watched else np.inf
        self._lag = self._lag_step = np.inf
        self.method = method_name(solve)
        #: Accuracy of a time at which something is found to happen, in units of the step.
        self.blur = 1e-9 if solve.is_fixed_step else min(10 * solve.rtol, 1e-4)
        self.count = self._tiny = 0

    def until(self, t: float, x: np.ndarray, stop: float) -> Iterator[Step]:
        """Give steps from t to the stop, which the last one reaches exactly."""
        y = self._coordinates.pull(x)
        stepper, tries = self._stepper(t, x, y, stop, 0), 0
        while t < stop:
            if self.count >= self._solve.max_steps:
                raise Failure(f"more than max_steps={self._solve.max_steps} steps, at t={t:g}")
            if self._is_stuck(t):
                self.method, self._tiny = "Radau", 0
                stepper = self._stepper(t, self._coordinates.push(t, y), y, stop, 0)
            self.count += not isinstance(stepper, Still)  # no more than there are events
            trouble = self._try(stepper)
            if trouble is None and not self._ran_ahead(stepper.t - t):
                self._watch_progress(stepper.t - t, stepper.t)
                step = self._taken(stepper, y)
                t, y, tries = step.end, stepper.y, max(tries - 1, 0)
                yield step
                if 2 * self._lag < self._field.lag(t, step.last):
                    stepper = self._stepper(t, step.last, y, stop, 0)
                continue
            if trouble is not None:
                tries += 1
                if tries > _TRIES:
                    raise Failure(f"{self.method} gave up at t={t:g}: {trouble}")
            stepper = self._stepper(t, self._coordinates.push(t, y), y, stop, tries)

    def _stepper(self, t: float, x: np.ndarray, y: np.ndarray, stop: float, tries: int) -> Stepper:
        self._lag = max(self._field.lag(t, x), _SHORTEST * self._span)
        # who fixes the step decides how closely comparisons are watched; where nothing moves there is none
        watched_step = np.inf if self._solve.is_fixed_step and y.size else self._max_step
        max_step = min(watched_step, self._lag_step, self._lag)
        if self._field.history is not None:
            self._field.history.ran_ahead = False
        method = "Radau" if tries > _TRIES // 2 and self.method in SCIPY.values() else self.method
        first = None if tries == 0 else min((stop - t) * 10.0 ** (-2 - 2 * tries), max_step)
        return make_stepper(
            method, self._coordinates, t, y, stop, solve=self._solve, max_step=max_step, first_step=first
        )

    def _try(self, stepper: Stepper) -> str | None:
        try:
            trouble = stepper.step()
        except (ValueError, ArithmeticError) as error:  # linear algebra on what is no longer finite
            return str(error)
        if trouble is None and not np.isfinite(stepper.y).all():
            trouble = "the state is no longer finite"
        return trouble

    def _watch_progress(self, length: float, t: float) -> None:
        """Give up where steps stay as small as the rounding of time: there is no solution beyond."""
        self._tiny = self._tiny + 1 if length <= 1e-13 * max(abs(t), self._span) else 0
        if self._tiny > _TINY_STEPS and self.method != "LSODA":
            raise Failure(f"{self.method} gave up at t={t:g}: the steps it would have to take are too small")

    def _is_stuck(self, t: float) -> bool:
        """Tell whether LSODA gets nowhere: where rates are differences of huge ones, their rounding holds it
        up, which an implicit Runge-Kutta method steps over.
        """
        if self.method != "LSODA":
            return False
        count, start = self._spell
        if self.count - count <= max(_SPELL * self._solve.max_steps, _SPELL_STEPS):
            return self._tiny > _TINY_STEPS
        self._spell = self.count, t
        return t - start < _WAY * self._span

    def _taken(self, stepper: Stepper, y: np.ndarray) -> Step:
        assert stepper.t_old is not None
        dense = stepper.dense_output()
        if self._watched and self.method == "LSODA":
            dense = _joined(dense, stepper.t_old, stepper.t, y)
        return Step(
            start=stepper.t_old,
            end=stepper.t,
            last=self._coordinates.push(stepper.t, stepper.y),
            _push=self._coordinates.pusher(),
            _dense=dense,
        )

    def _ran_ahead(self, length: float) -> bool:
        """Tell whether a step has to be repeated because it was longer than a delay that it read."""
        history = self._field.history
        if history is None or not history.ran_ahead:
            return False
        history.ran_ahead = False
        if length <= _SHORTEST * self._span:
            return False
        self._lag_step = 0.5 * length
        return True


def _joined(
    dense: Callable[[Any], np.ndarray], start: float, end: float, y: np.ndarray
) -> Callable[[Any], np.ndarray]:
    """Make a step begin exactly at y.

    LSODA's polynomial meets the step's start only as closely as the tolerance says; a comparison that has
    flipped there could flip back by that.
    """
    gap = (y - dense(start)) / (end - start)
    return lambda t: dense(t) + np.multiply.outer(gap, end - np.asarray(t))
