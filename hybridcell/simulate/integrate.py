"""Integration of many conditions by any method; each has its own verdict."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.model import AbstractField
from hybridcell.simulate.adaptive import IMPLICIT, LIMIT, integrate_compiled
from hybridcell.simulate.fixed_step import count_steps, fixed_step_trajectory
from hybridcell.simulate.scipy_backend import numpy_trajectory
from hybridcell.simulate.solve import GAVE_UP, Solve
from hybridcell.simulate.tiles import in_tiles

DIVERGED = f"diverged: the state grew beyond {LIMIT:g} or is not a number"


def integrate_conditions(
    field: AbstractField,
    x0: Float[np.ndarray, "c n"],
    u: Float[np.ndarray, "c n"],
    *,
    t0: float,
    ts: Float[np.ndarray, " t"],
    solve: Solve,
) -> tuple[Float[np.ndarray, "c t n"], list[str]]:
    """Return states at `ts` and, per condition, "success" or why not; lost states are NaN from there on."""
    if solve.is_fixed_step:
        check_step_count(t0, float(ts[-1]), solve)
    if ts[-1] == t0:
        values, results = np.repeat(np.asarray(x0)[:, None], len(ts), axis=1), ["success"] * len(x0)
    elif solve.backend == "numpy":
        values, results = numpy_trajectory(field, x0, u, t0=t0, ts=ts, solve=solve)
    elif solve.is_fixed_step:
        values, results = _fixed(field, x0, u, t0, ts, solve), ["success"] * len(x0)
    else:
        values, results = _adaptive(field, x0, u, t0, ts, solve)
    values = values.astype(float)  # a copy that can be written to; in single precision LIMIT would overflow
    with np.errstate(invalid="ignore"):
        lost = np.maximum.accumulate(~(np.abs(values).max(axis=2, initial=0.0) < LIMIT), axis=1)
    values[lost] = np.nan
    return values, [DIVERGED if bad and r == "success" else r for bad, r in zip(lost[:, -1], results)]


def check_step_count(t0: float, t1: float, solve: Solve) -> None:
    """Refuse a span that takes more steps than the settings allow."""
    n_steps = count_steps(t0, t1, solve.step)
    if n_steps > solve.max_steps:
        raise InvalidValueError(
            f"From {t0:g} to {t1:g} with dt={solve.step:g} takes {n_steps:,} steps; Solve.max_steps is "
            f"{solve.max_steps:,}. Choose a larger dt or max_steps, or an adaptive method."
        )


def _fixed(field: Any, x0: np.ndarray, u: np.ndarray, t0: float, ts: np.ndarray, solve: Solve) -> np.ndarray:
    def run(x0: np.ndarray, u: np.ndarray) -> tuple[np.ndarray]:
        states = fixed_step_trajectory(
            field, x0, u, t0=t0, ts=ts, dt=solve.step, method=solve.resolved_method
        )
        return (np.asarray(states).transpose(1, 0, 2),)

    return in_tiles(run, x0, u)[0]


def _adaptive(
    field: Any, x0: np.ndarray, u: np.ndarray, t0: float, ts: np.ndarray, solve: Solve
) -> tuple[np.ndarray, list[str]]:
    """Integrate in tiles; one that takes too many steps is taken apart, so that only the culprit is lost."""

    def run(x0: np.ndarray, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        ys, reached = integrate_compiled(
            field,
            x0,
            u,
            np.asarray(t0),
            ts,
            solve.resolved_method,
            np.asarray(solve.rtol),
            np.asarray(solve.absolute_tolerance),
            solve.max_steps,
        )
        return np.asarray(ys).transpose(1, 0, 2), np.full(len(x0), bool(reached))

    if solve.resolved_method in IMPLICIT:
        values, reached = np.zeros((len(x0), len(ts), x0.shape[1])), np.zeros(len(x0), dtype=bool)
    else:
        values, reached = in_tiles(run, x0, u)
    for row in np.flatnonzero(~reached):
        one, ok = run(x0[[row]], u[[row]])
        values[row], reached[row] = one[0], ok[0]
    return values, ["success" if ok else GAVE_UP for ok in reached]
