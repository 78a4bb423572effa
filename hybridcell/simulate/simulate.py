"""`hc.simulate`: a model over time."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.model import AbstractModel, make_field
from hybridcell.data import as_conditions
from hybridcell.simulate.adaptive import integrate_compiled
from hybridcell.simulate.fixed_step import fixed_step_trajectory
from hybridcell.simulate.scipy_backend import numpy_trajectory
from hybridcell.simulate.solve import Solve
from hybridcell.simulate.trajectory import Trajectory

_GAVE_UP = "the solver gave up: more than max_steps steps, or steps below the smallest size"
_DIVERGED = "diverged: the state is no longer finite"
#: Conditions integrated together. More share one step size for no gain and leave the cache.
_TILE = 512


def simulate(
    model: AbstractModel,
    *,
    t1: float,
    t0: float = 0.0,
    ts: ArrayLike | None = None,
    n_points: int = 101,
    conditions: Any = None,
    solve: Solve | None = None,
) -> Trajectory:
    """Integrate a model from t0 to t1 under one or more conditions.

    Parameters
    ----------
    model
        A CellBox network or a hybrid.
    t1, t0 : float
        End and start, in the model's unit of time.
    ts : array_like, shape (T,), optional
        Times to report, increasing, between t0 and t1. Default: `n_points` evenly spaced.
    n_points : int
        Number of times when `ts` is not given.
    conditions
        AnnData, PerturbationData, Conditions, a DataFrame of doses, a dict ``{"drug": dose}`` or a list of
        dicts. None: the control.
    solve : Solve, optional
        Method and tolerances.

    Returns
    -------
    Trajectory
        One condition that fails does not stop the others: see `Trajectory.result`.

    Raises
    ------
    InvalidValueError
        On times that are not finite and increasing or lie outside [t0, t1].
    UnknownNameError
        On a perturbation that the model does not have.

    Examples
    --------
    >>> import hybridcell as hc
    >>> model = hc.CellBox(["a", "d"], ["protein", "drug"], [[0, 1.0], [0, 0]])
    >>> both = hc.simulate(model, t1=50.0, ts=[0, 50.0], conditions=[{"d": -1.0}, {}])
    >>> both["a"].round(3).tolist()
    [[0.0, -0.642], [0.0, 0.0]]
    """
    solve = Solve() if solve is None else solve
    times = _check_times(t0, t1, ts, n_points)
    given = as_conditions(conditions)
    u = model.inputs(given)
    field = make_field(model)
    x0 = np.asarray(model.initial_state(u))
    if solve.backend == "numpy":
        values, results = numpy_trajectory(field, x0, u, t0=float(t0), ts=times, solve=solve)
    elif solve.is_fixed_step:
        states = fixed_step_trajectory(
            field, jnp.asarray(x0), jnp.asarray(u), t0=float(t0), ts=times, dt=solve.step, method=solve.resolved_method
        )
        values = np.asarray(states)
        results = ["success" if ok else _DIVERGED for ok in np.isfinite(values).all(axis=(0, 2))]
    else:
        values, results = _adaptive(field, x0, u, float(t0), times, solve)
    return Trajectory(
        ts=times,
        values=jnp.asarray(values.transpose(1, 0, 2)),
        names=model.names,
        kinds=model.kinds,
        conditions=given.names,
        result=tuple(results),
        method=solve.resolved_method,
    )


def _adaptive(
    field: Any, x0: np.ndarray, u: np.ndarray, t0: float, ts: np.ndarray, solve: Solve
) -> tuple[np.ndarray, list[str]]:
    """Integrate in tiles; a tile that fails is taken apart, so that only the culprit is lost."""

    def run(rows: np.ndarray) -> tuple[np.ndarray, bool]:
        ys, reached = integrate_compiled(
            field, jnp.asarray(x0[rows]), jnp.asarray(u[rows]), t0, jnp.asarray(ts),
            solve.resolved_method, solve.rtol, solve.atol, solve.max_steps,
        )  # fmt: skip
        return np.asarray(ys), bool(reached)

    values = np.empty((len(ts), *x0.shape))
    results = ["success"] * len(x0)
    if ts[-1] == t0:
        values[:] = x0
        return values, results
    for start in range(0, len(x0), _TILE):
        tile = np.arange(start, min(start + _TILE, len(x0)))
        values[:, tile], reached = run(tile)
        if reached and np.isfinite(values[:, tile]).all():
            continue
        for row in tile:
            values[:, [row]], reached = run(np.array([row]))
            failed = ~np.isfinite(values[:, row]).all(axis=1)
            if not reached or failed.any():
                results[row] = _GAVE_UP if not reached else _DIVERGED
                values[np.cumsum(failed) > 0, row] = np.nan
    return values, results


def _check_times(t0: float, t1: float, ts: ArrayLike | None, n_points: int) -> np.ndarray:
    if not (np.isfinite([t0, t1]).all() and t1 >= t0):
        raise InvalidValueError(f"t0 is {t0} and t1 is {t1}; wanted finite times with t1 >= t0.")
    if ts is None:
        if n_points < 2:
            raise InvalidValueError(f"n_points is {n_points}; wanted at least 2.")
        return np.linspace(t0, t1, n_points)
    times = np.atleast_1d(np.asarray(ts, dtype=float))
    if times.ndim != 1 or times.size == 0 or not np.isfinite(times).all() or (np.diff(times) <= 0).any():
        raise InvalidValueError("ts must be a list of finite, increasing times with at least one entry.")
    if times[0] < t0 or times[-1] > t1:
        raise InvalidValueError(f"ts spans {times[0]:g} to {times[-1]:g}, outside t0={t0:g} to t1={t1:g}.")
    return times
