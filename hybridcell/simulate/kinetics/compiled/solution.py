"""From constants to states at the wanted times, for one tile of lanes."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from hybridcell.mechanisms.program.system import System
from hybridcell.simulate.kinetics.compiled.loop import finish
from hybridcell.simulate.kinetics.compiled.run import Run, Setting, begin_run, begin_state


class Task(NamedTuple):
    """All but the constants: times, tolerances (an absolute one may be NaN), most steps, who takes part."""

    t0: Float[Array, ""]
    ts: Float[Array, " t"]
    relative: Float[Array, ""]
    absolute: Float[Array, ""]
    max_steps: Int[Array, ""]
    active: Bool[Array, " c"]
    keys: Array


def start(
    system: System, p: Array, x: Array, task: Task, method: str, *, forward_mode: bool = False
) -> tuple[Setting, Run]:
    """Return a run at its start."""
    times, tolerances = (task.t0, task.ts), (task.relative, task.absolute)
    return begin_run(
        system, p, x, task.active, times, tolerances, task.max_steps, task.keys, method,
        forward_mode=forward_mode,
    )  # fmt: skip


def collect(setting: Setting, run: Run, count: int) -> tuple[Array, Array, Array]:
    """Return states, values of delay nodes, and codes."""
    x = run.rows.values[:, :count]
    if run.history is None:
        return x, jnp.zeros((*x.shape[:2], 0), x.dtype), run.code
    field = setting.field_of(None, run.history)

    def at(t: Array, x: Array) -> Any:
        return field.delayed(jnp.broadcast_to(t, x.shape[:1]), x)

    times = run.rows.times[:count]
    # what stands in padding is dropped, but a NaN there would come back through derivatives as 0 * NaN
    times = jnp.where(jnp.isfinite(times), times, setting.t1)
    delayed = jax.vmap(at, in_axes=(0, 1), out_axes=1)(times, x)
    return x, delayed, run.code


def solve_forward(
    system: System, p: Array, task: Task, method: str, *, forward_mode: bool = False
) -> tuple[Array, Array, Array]:
    """Integrate; differentiable in forward mode if asked for, which is slower."""
    state = begin_state(system, p, task.t0)
    setting, run = start(system, p, state, task, method, forward_mode=forward_mode)
    return collect(setting, finish(setting, run), len(task.ts))
