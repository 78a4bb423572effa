"""Solutions together with their derivatives along given directions of the constants."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from hybridcell.mechanisms.program.system import System
from hybridcell.simulate.kinetics.compiled.methods import choose_method
from hybridcell.simulate.kinetics.compiled.solution import Task, solve_forward
from hybridcell.simulate.solve import Solve


def solve_task(ts: Array, active: Bool[Array, " c"], solve: Solve) -> Task:
    """Return what is asked of all lanes: times from 0 on, tolerances, most steps."""
    absolute = jnp.nan if solve.atol is None else solve.atol
    keys = jax.random.split(jax.random.key(0), len(active))
    numbers = (jnp.asarray(solve.rtol), jnp.asarray(absolute, float), jnp.asarray(solve.max_steps))
    return Task(jnp.zeros(()), ts, *numbers, active, keys)


def states(
    system: System, p: Float[Array, "c m"], ts: Float[Array, " t"], solve: Solve
) -> Float[Array, "c t n"]:
    """Return the states of all lanes at the times, NaN from where a lane failed."""
    task = solve_task(ts, jnp.ones(len(p), bool), solve)
    method = choose_method(solve)
    x, _, code, _ = solve_forward(system, system.pad_constants(p), task, method)
    return jnp.where((code == 0)[:, None, None], x, jnp.nan)


def states_along(
    system: System,
    p: Float[Array, "c m"],
    directions: Float[Array, "q c m"],
    ts: Float[Array, " t"],
    solve: Solve,
) -> tuple[Float[Array, "c t n"], Float[Array, "q c t n"]]:
    """Return the states and their derivatives along q directions, which differ from lane to lane.

    The steps are those of the states alone: derivatives are exact ones of what is computed.
    """
    task = solve_task(ts, jnp.ones(len(p), bool), solve)
    method = choose_method(solve)
    padded = system.pad_constants(p)

    def along(direction: Array) -> tuple[Any, Any]:
        run = partial(solve_forward, system, task=task, method=method, forward_mode=True)
        return jax.jvp(run, (padded,), (system.pad_constants(direction),))

    # directions as the last axis: the processor works on several at once
    trailing = jnp.moveaxis(directions, 0, -1)
    (x, _, code, _), (slopes, *_) = jax.vmap(along, in_axes=-1, out_axes=(None, -1))(trailing)
    well = (code == 0)[:, None, None]
    return jnp.where(well, x, jnp.nan), jnp.moveaxis(jnp.where(well[..., None], slopes, jnp.nan), -1, 0)
