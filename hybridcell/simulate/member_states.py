"""States of one model or of all members of an ensemble under conditions."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from hybridcell._core.ensemble import Ensemble, members_in_tiles
from hybridcell._core.model import AbstractModel
from hybridcell.data import Conditions
from hybridcell.simulate.simulate import simulate
from hybridcell.simulate.solve import Solve
from hybridcell.simulate.steady.fixed_point import iterate, residual_norm
from hybridcell.simulate.steady.solve import solve_steady_state
from hybridcell.simulate.tiles import in_tiles

#: How far from the start the iteration begins, so that an unstable start is not taken for a steady state.
_NUDGE = 1e-3


def model_states(
    model: AbstractModel, given: Conditions, *, times: np.ndarray | None = None, solve: Solve | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return states (C, n) of one model, NaN where not solved, and success per condition."""
    if times is None:
        found = solve_steady_state(model, model.inputs(given), solve=solve)
        return np.where(found.success[:, None], found.x, np.nan), found.success
    grid, place = np.unique(times, return_inverse=True)
    trajectory = simulate(model, t1=float(grid[-1]), ts=grid, conditions=given, solve=solve)
    values = np.asarray(trajectory.values)[np.arange(len(times)), place.reshape(-1)]
    # what counts is the condition's own time: it may fail later
    return values, np.asarray(np.isfinite(values).all(axis=1))


@eqx.filter_jit
def _member_states(members: Any, u: Array, x0: Array, n_iterations: int, tol: Any) -> tuple[Array, Array]:
    def one(model: AbstractModel) -> tuple[Array, Array]:
        field = model.field()
        x = iterate(field, u, x0 + _NUDGE, n_iterations=n_iterations, tol=tol)
        residual = residual_norm(field, x, u)
        # A start that is at rest (the control) is the steady state, unless the iteration leaves it.
        at_rest = residual_norm(field, x0, u) <= tol
        came_back = jnp.max(jnp.abs(x - x0), axis=-1) < _NUDGE
        x = jnp.where((at_rest & came_back)[:, None], x0, x)
        return x, jnp.where(at_rest & ~came_back, jnp.inf, residual)

    return members_in_tiles(one, members)


def ensemble_states(
    ensemble: Ensemble, given: Conditions, *, times: np.ndarray | None = None, solve: Solve | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return states (M, C, n), NaN where not solved, and success (M, C).

    Steady states of all members come from one program; a member that the fixed-point iteration does
    not settle everywhere is solved again on its own, with the dearer methods. A member whose fit did not
    succeed is NaN everywhere.
    """
    usable = np.array([result == "success" for result in ensemble.result])
    if times is not None:
        values = np.full((ensemble.n, len(given.names), len(ensemble.names)), np.nan)
        success = np.zeros(values.shape[:2], dtype=bool)
        for m in np.flatnonzero(usable):
            values[m], success[m] = model_states(ensemble.member(int(m)), given, times=times, solve=solve)
        return values, success
    solve = Solve() if solve is None else solve
    first = ensemble.model
    u: Any = first.inputs(given)
    start = np.asarray(first.initial_state(u))

    def run(u: Any, x0: Any) -> tuple[np.ndarray, np.ndarray]:
        x, residual = _member_states(ensemble.members, u, x0, 300, np.asarray(solve.steadiness))
        return np.asarray(x).swapaxes(0, 1), np.asarray(residual).T

    if solve.method == "auto" and solve.backend == "jax" and solve.dt is None:
        x, residual = in_tiles(run, u, start)
        values, success = x.swapaxes(0, 1), solve.steadiness >= residual.T
    else:
        values, success = np.zeros((ensemble.n, *u.shape)), np.zeros((ensemble.n, len(u)), dtype=bool)
    values[~usable], success[~usable] = np.nan, False
    for m in np.flatnonzero(usable & ~success.all(axis=1)):
        rows = np.flatnonzero(~success[m])
        found = solve_steady_state(ensemble.member(int(m)), u[rows], solve=solve)
        values[m, rows] = np.where(found.success[:, None], found.x, np.nan)
        success[m, rows] = found.success
    return values, success
