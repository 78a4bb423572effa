"""The backend without compilation: the same right-hand side on NumPy arrays, integrated by SciPy."""

from __future__ import annotations

import warnings
from typing import Any

import jax
import numpy as np

from hybridcell._core.model import AbstractField
from hybridcell.simulate.fixed_step import STEPPERS, grid_places, hermite
from hybridcell.simulate.solve import GAVE_UP, Solve

_SCIPY = {"tsit5": "LSODA", "dopri8": "DOP853", "kvaerno5": "BDF", "rodas5p": "Radau"}


def method_name(solve: Solve) -> str:
    """Return what integrates under these settings."""
    return solve.resolved_method if solve.is_fixed_step else _SCIPY[solve.resolved_method]


def numpy_trajectory(
    field: AbstractField, x0: np.ndarray, u: np.ndarray, *, t0: float, ts: np.ndarray, solve: Solve
) -> tuple[np.ndarray, list[str]]:
    """Return states (C, T, n) and a result per condition; values after a failure are NaN."""
    plain: Any = jax.tree.map(np.asarray, field)
    with np.errstate(all="ignore"):
        if solve.is_fixed_step:
            return _march(plain, x0, u, t0, ts, solve), ["success"] * len(x0)
        solved = [_one(plain, x0[c : c + 1], u[c : c + 1], t0, ts, solve) for c in range(len(x0))]
    return np.stack([values for values, _ in solved]), [result for _, result in solved]


def _one(
    field: Any, x0: np.ndarray, u: np.ndarray, t0: float, ts: np.ndarray, solve: Solve
) -> tuple[np.ndarray, str]:
    import scipy.integrate

    out = np.full((len(ts), x0.shape[1]), np.nan)
    out[ts == t0] = x0
    method = method_name(solve)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # integrators warn of what the result says anyway
        try:
            solver = getattr(scipy.integrate, method)(
                lambda t, x: field(t, x[None], u)[0], t0, x0[0], ts[-1],
                rtol=solve.rtol, atol=solve.absolute_tolerance,
            )  # fmt: skip
            for _ in range(solve.max_steps):
                message = solver.step()
                if solver.status == "failed":
                    return out, f"{method} gave up: {message}"
                inside = (ts > solver.t_old) & (ts <= solver.t)
                if inside.any():
                    out[inside] = solver.dense_output()(ts[inside]).T
                if solver.status == "finished":
                    return out, "success"
        except ValueError as error:  # the linear algebra of BDF refuses a state that is no longer finite
            return out, f"diverged: {error}"
    return out, GAVE_UP


def _march(field: Any, x0: np.ndarray, u: np.ndarray, t0: float, ts: np.ndarray, solve: Solve) -> np.ndarray:
    """Take the steps of all conditions at once, as the compiled backend does."""
    stepper, dt = STEPPERS[solve.resolved_method], solve.step

    def rate(t: float, x: np.ndarray) -> np.ndarray:
        return field(t, x, u)

    states, x, done = [], np.asarray(x0), 0
    for k, share in zip(*grid_places(ts, t0, dt)):
        for step in range(done, k):
            x = stepper(rate, t0 + step * dt, x, dt)
        done, state = k, x
        if share > 0:
            t, after = t0 + k * dt, stepper(rate, t0 + k * dt, x, dt)
            state = hermite(x, after, rate(t, x), rate(t + dt, after), dt, share)
        states.append(state)
    return np.stack(states, axis=1)
