"""Reverse-mode differentiation: the steps and rounds of a run, stored on the way, undone one after the other.

This is the derivative of what was computed (a discrete adjoint), with the sizes of steps held.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from hybridcell.mechanisms.program.system import System
from hybridcell.simulate.kinetics.compiled import results
from hybridcell.simulate.kinetics.compiled.lanes import choose, over_lanes
from hybridcell.simulate.kinetics.compiled.loop import finish
from hybridcell.simulate.kinetics.compiled.moments import Decision, Moment, begin_moment
from hybridcell.simulate.kinetics.compiled.outputs import Rows, begin_rows, gather_cotangents
from hybridcell.simulate.kinetics.compiled.rounds import do_round
from hybridcell.simulate.kinetics.compiled.run import Run, Setting, begin_state
from hybridcell.simulate.kinetics.compiled.solution import Solution, Task, collect, start
from hybridcell.simulate.kinetics.compiled.store import (
    RoundRecord,
    StepRecord,
    Store,
    begin_store,
    take,
    with_kept,
)
from hybridcell.simulate.kinetics.compiled.undo import Undo, is_undone_by_hand, keep_nothing, make_undo

#: Room for steps: so many at a tolerance of 1e-6, but no more than this many numbers of all lanes together.
_STEPS, _NUMBERS = 8_192, 16_000_000
_ROUNDS = 4_096
#: Of so many steps, and no more numbers, a lane that runs alone keeps stages and factors, which are more than
#: half the work of a step. Those of a batch would come out of memory as slowly as they are made.
_KEPT_STEPS, _KEPT_NUMBERS = 1_024, 1_000_000


class Tape(NamedTuple):
    """What the backward pass reads."""

    steps: Store
    rounds: Store | None
    next: Int[Array, " c"]
    code: Int[Array, " c"]


def room_for_steps(rtol: float) -> int:
    """Return how many steps to make room for: they grow with the fifth root of the tolerance."""
    return _STEPS * int(2 ** np.ceil(max(0.0, np.log2(1e-6 / rtol) / 5)))


def solve_adjoint(system: System, p: Array, task: Task, method: str, room: int) -> Solution:
    """Integrate; differentiable in reverse mode, with respect to p. The tape has room for so many steps."""
    arrays, static = eqx.partition((system, task), eqx.is_array)
    count = len(task.ts)

    @jax.custom_vjp
    def solve(p: Array, arrays: Any) -> Solution:
        system, task = eqx.combine(arrays, static)
        setting, run = start(system, p, begin_state(system, p, task.t0), task, method)
        return collect(setting, finish(setting, run), count)

    def forward(p: Array, arrays: Any) -> tuple[Any, Any]:
        system, task = eqx.combine(arrays, static)
        solution, tape = solve_with_tape(system, p, task, method, room)
        return solution, (p, arrays, tape)

    def backward(kept: Any, cotangents: Any) -> tuple[Array, None]:
        p, arrays, tape = kept
        system, task = eqx.combine(arrays, static)
        return pull_back(system, p, task, method, tape, cotangents.x), None

    solve.defvjp(forward, backward)
    return solve(p, arrays)


def solve_with_tape(system: System, p: Array, task: Task, method: str, room: int) -> tuple[Solution, Tape]:
    """Integrate, and keep what `pull_back` reads, with room for so many steps."""
    setting, run = start(system, p, begin_state(system, p, task.t0), task, method)
    run = finish(setting, _with_stores(setting, run, method, room))
    full = run.steps.filled > run.steps.size
    if run.rounds is not None:
        full |= run.rounds.filled > run.rounds.size
    code = jnp.where(full & (run.code == results.SUCCESS), results.STORE_FULL, run.code)
    run = run._replace(code=code)
    tape = Tape(run.steps, run.rounds, run.rows.next, run.code)
    solution = collect(setting, run, len(task.ts))
    x = jnp.where(full[:, None, None], jnp.nan, solution.x)
    return solution._replace(x=x), tape


def _with_stores(setting: Setting, run: Run, method: str, room: int) -> Run:
    lanes, n = run.moment.x.shape
    room = max(256, min(room, _NUMBERS // (lanes * n)))
    row, watch = run.rows.next, run.watch
    steps = StepRecord(run.t, run.h, run.moment.x, (row, row), run.tries, None)
    store = begin_store(steps, room)
    if lanes == 1 and is_undone_by_hand(method, setting.system):
        kept = keep_nothing(setting.system, run.moment.x)
        count = max(1, min(room, _KEPT_STEPS, _KEPT_NUMBERS // sum(a.size for a in jax.tree.leaves(kept))))
        store = with_kept(store, begin_store(kept, count).records)
    run = run._replace(steps=store)
    if watch is None:
        return run
    flag = run.at_stop
    decision = Decision(
        run.t,
        watch.root,
        watch.timed,
        watch.queued,
        flag,
        flag,
        watch.now,
        watch.now,
        watch.waiting,
        watch.queued,
    )
    rounds = RoundRecord(run.moment, decision, flag, run.tries, (row, row))
    return run._replace(rounds=begin_store(rounds, max(256, _ROUNDS // lanes)))


def pull_back(
    system: System, p: Array, task: Task, method: str, tape: Tape, cotangent: Float[Array, "c T n"]
) -> Float[Array, "c m"]:
    """Return the cotangent of p."""
    lanes, _, n = cotangent.shape
    rows = begin_rows(task.ts, lanes, n)
    well = (tape.code == results.SUCCESS)[:, None, None]
    values = rows.values.at[:, : cotangent.shape[1]].set(jnp.where(well, cotangent, 0.0))
    rows = rows._replace(values=values)
    number = jnp.arange(values.shape[1])
    last = jnp.where((number >= tape.next[:, None])[..., None], values, 0.0)
    moment = _zero_moment(system, jnp.sum(last, axis=1))
    steps = jnp.where(tape.code == results.SUCCESS, tape.steps.filled, 0)
    rounds = jnp.zeros_like(steps)
    if tape.rounds is not None:
        rounds = jnp.where(tape.code == results.SUCCESS, tape.rounds.filled, 0)
    undo = make_undo(method, system, lanes)

    def going(carry: Any) -> Array:
        return jnp.any((carry[2] > 0) | (carry[3] > 0))

    def back(carry: Any) -> Any:
        if tape.rounds is None:
            return _undo_step(undo, p, tape, rows, carry, carry[2] > 0)
        record = take(tape.rounds, carry[3] - 1)
        turn = (carry[3] > 0) & (record.steps == carry[2])
        stepping = ~turn & (carry[2] > 0)
        carry = jax.lax.cond(
            jnp.any(turn), lambda c: _undo_round(system, p, record, rows, c, turn), lambda c: c, carry
        )
        return jax.lax.cond(
            jnp.any(stepping),
            lambda c: _undo_step(undo, p, tape, rows, c, stepping),
            lambda c: c,
            carry,
        )

    start_ = (moment, jnp.zeros_like(p), steps, rounds)
    moment, sensitivity, _, _ = jax.lax.while_loop(going, back, start_)
    begin = jax.vjp(lambda p: begin_state(system, p, task.t0), p)[1]
    # without the steps nothing is known: 0 would look like a derivative
    failed = (tape.code != results.SUCCESS)[:, None]
    return jnp.where(failed, jnp.nan, sensitivity + begin(moment.x)[0])


def _undo_step(undo: Undo, p: Array, tape: Tape, rows: Rows, carry: Any, turn: Array) -> Any:
    """Carry cotangents from the end of a step to its beginning, in the lanes whose turn it is."""
    moment, sensitivity, steps, rounds = carry
    kept = tape.steps.records.kept
    record = take(with_kept(tape.steps, None), steps - 1)
    t, h, x = record.t, jnp.where(turn, record.h, 1.0), record.x
    modes = None if tape.rounds is None else take(tape.rounds, record.rounds - 1).decision.now
    x0, x1, dense = gather_cotangents(rows, record.rows, turn, t, h)
    to_end = jnp.where(turn[:, None], moment.x + x1, 0.0)
    to_p, to_x = undo(p, modes, t, x, h, to_end, dense, None if kept is None else (kept, steps - 1))
    moment = moment._replace(x=jnp.where(turn[:, None], to_x + x0, moment.x))
    return moment, sensitivity + jnp.where(turn[:, None], to_p, 0.0), steps - turn, rounds


def _undo_round(system: System, p: Array, record: RoundRecord, rows: Rows, carry: Any, turn: Array) -> Any:
    """Carry cotangents from the end of a round at a stop to its beginning, in the lanes whose turn it is."""
    moment, sensitivity, steps, rounds = carry

    def again(p: Array, moment: Moment) -> Moment:
        return do_round(system, p, moment, record.decision, record.solved)

    pull = jax.vjp(again, p, record.moment)[1]
    nothing = jax.tree.map(jnp.zeros_like, moment)
    to_p, before = pull(choose(turn, moment, nothing))
    shown = jnp.arange(rows.values.shape[1])
    shown = (shown >= record.rows[0][:, None]) & (shown < record.rows[1][:, None])
    before = before._replace(x=before.x + jnp.sum(jnp.where(shown[..., None], rows.values, 0.0), axis=1))
    sensitivity = sensitivity + jnp.where(turn[:, None], to_p, 0.0)
    return choose(turn, before, moment), sensitivity, steps, rounds - turn


def _zero_moment(system: System, x: Float[Array, "c n"]) -> Moment:
    """Return the cotangent of a moment of which only the state counts."""
    begun = over_lanes(lambda x: begin_moment(system, jnp.zeros((), x.dtype), x))(x)
    return jax.tree.map(jnp.zeros_like, begun)._replace(x=x)
