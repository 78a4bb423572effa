"""The backend without compilation: the same right-hand side on NumPy arrays, integrated by SciPy."""

from __future__ import annotations

import jax
import numpy as np

from hybridcell._core.model import AbstractField
from hybridcell.simulate.fixed_step import STEPPERS
from hybridcell.simulate.solve import Solve

_SCIPY = {"tsit5": "LSODA", "dopri8": "DOP853", "kvaerno5": "BDF"}


def numpy_trajectory(
    field: AbstractField, x0: np.ndarray, u: np.ndarray, *, t0: float, ts: np.ndarray, solve: Solve
) -> tuple[np.ndarray, list[str]]:
    """Return states (T, C, n) and a result per condition; each condition is integrated on its own."""
    plain = jax.tree.map(np.asarray, field)
    values = np.full((len(ts), *x0.shape), np.nan)
    results = []
    for c in range(x0.shape[0]):
        values[:, c], result = _one(plain, x0[c : c + 1], u[c : c + 1], t0, ts, solve)
        results.append(result)
    return values, results


def _one(
    field: AbstractField, x0: np.ndarray, u: np.ndarray, t0: float, ts: np.ndarray, solve: Solve
) -> tuple[np.ndarray, str]:
    from scipy.integrate import solve_ivp

    def f(t: float, x: np.ndarray) -> np.ndarray:
        return field(t, x[None], u)[0]

    if solve.is_fixed_step:
        return _march(f, x0[0], t0, ts, solve)
    if ts[-1] == t0:
        return np.repeat(x0, len(ts), axis=0), "success"
    with np.errstate(over="ignore", invalid="ignore"):
        solution = solve_ivp(
            f, (t0, ts[-1]), x0[0], method=_SCIPY[solve.resolved_method], t_eval=ts, rtol=solve.rtol, atol=solve.atol
        )
    out = np.full((len(ts), x0.shape[1]), np.nan)
    reached = solution.y.T
    out[: len(reached)] = reached
    if solution.success and np.isfinite(out).all():
        return out, "success"
    return out, solution.message if not solution.success else "diverged: the state is no longer finite"


def _march(f, x0: np.ndarray, t0: float, ts: np.ndarray, solve: Solve) -> tuple[np.ndarray, str]:
    from scipy.interpolate import CubicHermiteSpline

    stepper, dt = STEPPERS[solve.resolved_method], solve.step
    n_steps = max(int(np.ceil((ts[-1] - t0) / dt - 1e-9)), 1)
    grid, states = t0 + dt * np.arange(n_steps + 1), [x0]
    for t in grid[:-1]:
        states.append(stepper(f, t, states[-1], dt))
    x = np.stack(states)
    slopes = np.stack([f(t, y) for t, y in zip(grid, x)])
    if not np.isfinite(x).all():
        return np.full((len(ts), x0.size), np.nan), "diverged: the state is no longer finite"
    return CubicHermiteSpline(grid, x, slopes)(np.minimum(ts, grid[-1])), "success"
