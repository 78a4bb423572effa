"""One round at a stop, of all lanes that stand at one."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from hybridcell.mechanisms.program.system import System
from hybridcell.simulate.kinetics.compiled import results
from hybridcell.simulate.kinetics.compiled.constraints import onto_constraints
from hybridcell.simulate.kinetics.compiled.control import first_size
from hybridcell.simulate.kinetics.compiled.decide import Verdict, decide
from hybridcell.simulate.kinetics.compiled.field import Field
from hybridcell.simulate.kinetics.compiled.history import History
from hybridcell.simulate.kinetics.compiled.lanes import by_state, choose, over_lanes
from hybridcell.simulate.kinetics.compiled.moments import Decision, Moment, happen
from hybridcell.simulate.kinetics.compiled.outputs import Rows, write_rows
from hybridcell.simulate.kinetics.compiled.run import Run, Setting, still
from hybridcell.simulate.kinetics.compiled.store import RoundRecord, append

#: Rounds at one instant, after which events are said to go on forever.
_ENDLESS = 2000


def do_round(
    system: System,
    p: Array,
    moment: Moment,
    decision: Decision,
    solved: Array,
    history: History | None = None,
) -> Moment:
    """Do what was decided, in all lanes; differentiable in the moment and p."""
    before = Field(system, p, decision.before, history)
    slope = still(before).derivative(*still((decision.t, moment.x)))
    delayed = before.delayed(decision.t, moment.x)

    def one(p: Array, moment: Moment, decision: Decision, slope: Array, delayed: Any) -> Moment:
        return happen(system, p, moment, decision, slope, delayed)

    moment = over_lanes(one)(p, moment, decision, slope, delayed)
    if system.mass is None:
        return moment
    after = Field(system, p, decision.now, history)
    x = jnp.where(solved[:, None], onto_constraints(after, decision.t, moment.x), moment.x)
    return moment._replace(x=x)


def make_round(setting: Setting, run: Run) -> Run:
    """Do one round in all lanes that stand at a stop."""
    system, watch = setting.system, run.watch
    standing = run.at_stop & (run.code == results.SUCCESS)
    field = still(setting.field(run))
    x, t = still(run.moment.x), run.t
    slope = field.derivative(t, x)
    verdict = _decide_all(setting, run, field, slope)
    decision = verdict.decision
    solved = jnp.any(decision.execute, axis=(1, 2)) | jnp.any(decision.now != decision.before, axis=1)
    moment = do_round(system, setting.p, run.moment, decision, solved, run.history)
    rows = _show(run.rows, standing & verdict.report, t, run.moment.x)
    if run.rounds is not None:
        record = RoundRecord(run.moment, decision, solved, run.steps.filled, (run.rows.next, rows.next))
        run = run._replace(rounds=append(run.rounds, standing, record))
    moment = choose(standing, moment, run.moment)
    watch = choose(standing, verdict.watch, watch)
    code = jnp.where(standing & verdict.overflow, results.QUEUE_FULL, run.code)
    code = jnp.where(standing & (watch.rounds > _ENDLESS) & (code == 0), results.ENDLESS_EVENTS, code)
    leaving = standing & decision.leave
    times, stop = next_stops(setting, t, still(moment), watch.waiting, run.rows.times)
    h = first_size(field, setting.tolerance, t, x, slope, stop - t)
    return run._replace(
        moment=moment, watch=watch, rows=rows, code=code,
        at_stop=run.at_stop & ~leaving,
        times=jnp.where(leaving[:, None], times, run.times),
        stop=jnp.where(leaving, stop, run.stop),
        h=jnp.where(leaving, h, run.h),
        error=jnp.where(leaving, 1e-4, run.error),
        aim=jnp.where(leaving, jnp.inf, run.aim),
    )  # fmt: skip


def _show(rows: Rows, wanted: Array, t: Array, x: Array) -> Rows:
    """Fill rows at exactly this time, as a step does in which nothing moves: most often there are none."""
    just_after, x = jnp.nextafter(t, jnp.inf), by_state(x)
    return write_rows(rows, wanted, t, jnp.ones_like(t), just_after, x, x, jnp.zeros((3, *x.shape), x.dtype))


def _decide_all(setting: Setting, run: Run, field: Field, slope: Array) -> Verdict:
    system = setting.system

    def one(p: Array, t: Array, moment: Moment, watch: Any, slope: Array, delayed: Any) -> Verdict:
        return decide(system, p, t, moment, watch, slope, delayed, setting.instant)

    moment = still(run.moment)
    delayed = field.delayed(run.t, moment.x)
    return over_lanes(one)(field.p, run.t, moment, run.watch, slope, delayed)


def next_stops(
    setting: Setting, t: Float[Array, " c"], moment: Moment, waiting: Array, output_times: Array
) -> tuple[Float[Array, "c s"], Float[Array, " c"]]:
    """Return when timed switches flip, and the next time that steps must not pass."""
    system = setting.system
    later = t + setting.instant
    times = over_lanes(system.switch_times)(t, moment.x, still(setting.p))
    times = jnp.where(system.switch_timed & (times > later[:, None]), times, jnp.inf)
    due = jnp.where(waiting, moment.due, jnp.inf)
    stop = jnp.minimum(jnp.min(times, axis=1, initial=jnp.inf), jnp.min(due, axis=(1, 2), initial=jnp.inf))
    # a stop within rounding of an output time is at it: the output shows the state after the stop
    place = jnp.searchsorted(output_times, stop)
    for near in (place - 1, place):
        candidate = jnp.take(output_times, near, mode="clip")
        stop = jnp.where(jnp.abs(candidate - stop) <= setting.instant, candidate, stop)
    return times, jnp.clip(stop, t, setting.t1)
