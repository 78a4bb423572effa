"""Integrators, one step at a time with dense output: SciPy's, fixed steps, and none where nothing moves.

All have `t`, `t_old`, `y`, `step()` -> None or why it failed, and `dense_output()`, as SciPy's have.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from hybridcell.simulate.fixed_step import STEPPERS, hermite
from hybridcell.simulate.kinetics.interpreted.coordinates import BoundCoordinates, FreeCoordinates
from hybridcell.simulate.solve import Solve

Coordinates = FreeCoordinates | BoundCoordinates
#: SciPy's integrator for each method. The stiff ones of the compiled backend are implicit Runge-Kutta
#: methods.
SCIPY = {"auto": "LSODA", "tsit5": "RK45", "dopri8": "DOP853", "kvaerno5": "Radau", "rodas5p": "Radau"}


class Stepper(Protocol):
    """One step at a time."""

    t: float
    t_old: float | None
    y: np.ndarray

    def step(self) -> str | None:
        """Take a step; return why it failed, None when it did not."""
        ...

    def dense_output(self) -> Callable[[Any], np.ndarray]:
        """Return y at times within the step."""
        ...


def method_name(solve: Solve) -> str:
    """Return what integrates under these settings."""
    return solve.resolved_method if solve.is_fixed_step else SCIPY[solve.method]


def make_stepper(
    method: str,
    coordinates: Coordinates,
    t: float,
    y: np.ndarray,
    stop: float,
    *,
    solve: Solve,
    max_step: float,
    first_step: float | None = None,
) -> Stepper:
    """Return an integrator from t to `stop`, which it does not pass."""
    if not y.size:
        return Still(t, y, stop, max_step)
    if solve.is_fixed_step:
        return FixedStep(method, coordinates.rates, t, y, stop, min(solve.step, max_step))
    import scipy.integrate

    options: dict[str, Any] = {"max_step": max_step, "first_step": first_step}
    if method in ("LSODA", "Radau"):
        options["jac"] = coordinates.slopes
    return getattr(scipy.integrate, method)(
        coordinates.rates, t, y, stop, rtol=max(solve.rtol, 1e-13), atol=coordinates.atol, **options
    )


class Still:
    """Nothing moves but the time."""

    def __init__(self, t: float, y: np.ndarray, stop: float, max_step: float):
        self.t, self.y, self._stop, self._max_step = t, y, stop, max_step
        self.t_old: float | None = None

    def step(self) -> None:
        """Go on by one step."""
        self.t_old = self.t
        ahead = self.t + self._max_step
        self.t = ahead if ahead < self._stop else self._stop

    def dense_output(self) -> Callable[[Any], np.ndarray]:
        """Return y at times within the step."""
        return lambda t: np.zeros((0, *np.shape(t)))


class FixedStep:
    """Steps of one size, the last one cut to end at the stop; between steps a cubic."""

    def __init__(
        self,
        method: str,
        rates: Callable[[float, np.ndarray], np.ndarray],
        t: float,
        y: np.ndarray,
        stop: float,
        dt: float,
    ):
        self._stepper, self._rates = STEPPERS[method], rates
        self._start, self._stop, self._dt, self._done = t, stop, dt, 0
        self.t, self.y = t, y
        self.t_old: float | None = None
        self._y_old = y

    def step(self) -> None:
        """Take one step."""
        self._done += 1
        ahead = self._start + self._done * self._dt
        if ahead > self._stop - 1e-9 * self._dt:  # no last step of almost nothing
            ahead = self._stop
        self.t_old, self._y_old = self.t, self.y
        self.y = np.asarray(self._stepper(self._rates, self.t, self.y, ahead - self.t))
        self.t = ahead

    def dense_output(self) -> Callable[[Any], np.ndarray]:
        """Return y at times within the step."""
        assert self.t_old is not None
        start, h, first, last = self.t_old, self.t - self.t_old, self._y_old, self.y
        slopes: list[np.ndarray] = []

        def cubic(t: Any) -> np.ndarray:
            if not slopes:
                slopes.extend((self._rates(start, first), self._rates(start + h, last)))
            share = (np.asarray(t) - start) / h
            if share.ndim:
                y0, y1, f0, f1 = (column[:, None] for column in (first, last, *slopes))
                return hermite(y0, y1, f0, f1, h, share)
            return hermite(first, last, slopes[0], slopes[1], h, share)

        return cubic
