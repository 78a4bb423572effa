"""From constants to states at the wanted times, for one tile of lanes."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from hybridcell.mechanisms.program.system import System
from hybridcell.simulate.kinetics.compiled.loop import finish
from hybridcell.simulate.kinetics.compiled.run import Run, Setting, Times, begin_run, begin_state


class Task(NamedTuple):
    """All but the constants: times, tolerances (an absolute one may be NaN), most steps, who takes part.

    Lanes may begin at times of their own (`t0` of shape (c,)) and end at their own (`end`; None: all at the
    last finite time of `ts`). `rest`, where given, is the length of time of which a lane that runs until
    nothing moves any more has 1e9; 0 for lanes that run to their end. A lane that goes on from another run
    has the triggers from its end (`triggered`), and one from whose end another run goes on (`open`) leaves to
    that one what happens at that very time.
    """

    t0: Float[Array, "*c"]
    ts: Float[Array, " t"]
    relative: Float[Array, ""]
    absolute: Float[Array, ""]
    max_steps: Int[Array, ""]
    active: Bool[Array, " c"]
    keys: Array
    end: Float[Array, " c"] | None = None
    rest: Float[Array, " c"] | None = None
    triggered: Bool[Array, "c e"] | None = None
    open: Bool[Array, " c"] | None = None


class Solution(NamedTuple):
    """What a run leaves: states and delay nodes at the wanted times, codes, and the triggers at the end."""

    x: Float[Array, "c t n"]
    delayed: Float[Array, "c t k"]
    code: Int[Array, " c"]
    triggered: Bool[Array, "c e"]


def start(
    system: System, p: Array, x: Array, task: Task, method: str, *, forward_mode: bool = False
) -> tuple[Setting, Run]:
    """Return a run at its start."""
    times, tolerances = (
        Times(task.t0, task.ts, task.end, task.rest, task.triggered, task.open),
        (task.relative, task.absolute),
    )
    return begin_run(
        system, p, x, task.active, times, tolerances, task.max_steps, task.keys, method,
        forward_mode=forward_mode,
    )  # fmt: skip


def collect(setting: Setting, run: Run, count: int) -> Solution:
    """Return what a run leaves."""
    x = run.rows.values[:, :count]
    triggered = jnp.zeros((len(x), 0), bool) if run.watch is None else run.watch.triggered
    if run.history is None:
        return Solution(x, jnp.zeros((*x.shape[:2], 0), x.dtype), run.code, triggered)
    field = setting.field_of(None, run.history)

    def at(t: Array, x: Array) -> Any:
        return field.delayed(jnp.broadcast_to(t, x.shape[:1]), x)

    times = run.rows.times[:count]
    # what stands in padding is dropped, but a NaN there would come back through derivatives as 0 * NaN
    times = jnp.where(jnp.isfinite(times), times, jnp.max(setting.t1))
    delayed = jax.vmap(at, in_axes=(0, 1), out_axes=1)(times, x)
    return Solution(x, delayed, run.code, triggered)


def solve_forward(
    system: System, p: Array, task: Task, method: str, *, forward_mode: bool = False
) -> Solution:
    """Integrate; differentiable in forward mode if asked for, which is slower."""
    state = begin_state(system, p, task.t0)
    setting, run = start(system, p, state, task, method, forward_mode=forward_mode)
    return collect(setting, finish(setting, run), len(task.ts))
