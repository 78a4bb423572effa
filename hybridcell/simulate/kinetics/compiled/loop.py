"""The loop: steps between stops, rounds at stops, each lane on its own time."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array

from hybridcell.simulate.kinetics.compiled import results
from hybridcell.simulate.kinetics.compiled.control import next_size
from hybridcell.simulate.kinetics.compiled.history import remember
from hybridcell.simulate.kinetics.compiled.lanes import by_lane, by_state, choose
from hybridcell.simulate.kinetics.compiled.outputs import write_rows, write_state
from hybridcell.simulate.kinetics.compiled.positivity import falls_below_zero
from hybridcell.simulate.kinetics.compiled.rounds import make_round
from hybridcell.simulate.kinetics.compiled.run import Run, Setting, still
from hybridcell.simulate.kinetics.compiled.store import StepRecord, append
from hybridcell.simulate.kinetics.compiled.switches import Crossing, find_crossing
from hybridcell.simulate.rodas5p.step import Kept, Step

#: Nothing moves in a step by which no state changes by more than this, in units of the tolerance; so many of
#: these in a row are rest.
_STILL, _QUIET = 1e-2, 5


def finish(setting: Setting, run: Run) -> Run:
    """Run all lanes to their end, and fill the rows that are left: with the last state, or NaN after failure.

    `rows.next` remains the first of these.
    """

    def going(run: Run) -> Array:
        return jnp.any(_active(setting, run))

    def forward(run: Run) -> Run:
        if not setting.has_stops:
            return make_step(setting, run)
        run = jax.lax.cond(jnp.any(run.at_stop), lambda r: make_round(setting, r), lambda r: r, run)
        stepping = _active(setting, run) & ~run.at_stop
        return jax.lax.cond(jnp.any(stepping), lambda r: make_step(setting, r), lambda r: r, run)

    run = jax.lax.while_loop(going, forward, run)
    # a lane whose time is no number goes nowhere, and has not arrived
    lost = (run.code == results.SUCCESS) & ~(run.t >= setting.t1)
    run = run._replace(code=jnp.where(lost, results.STEP_TOO_SMALL, run.code))
    well = run.code == results.SUCCESS
    x = jnp.where(well[:, None], run.moment.x, jnp.nan)
    end = jnp.full_like(run.t, jnp.inf)
    filled = write_state(run.rows, jnp.ones_like(well), end, x)
    return run._replace(rows=filled._replace(next=run.rows.next))


def _active(setting: Setting, run: Run) -> Array:
    return (run.code == results.SUCCESS) & (run.at_stop | (run.t < setting.t1))


def make_step(setting: Setting, run: Run) -> Run:
    """Try one step in all lanes that are between stops."""
    stepping = _active(setting, run) & ~run.at_stop
    h, last = _choose_size(setting, run)
    # a lane that is done must not divide by a step of nothing
    h = jnp.where(stepping, h, 1.0)
    t, x = run.t, run.moment.x
    field = setting.field(run)
    kept = None if run.steps is None else run.steps.records.kept

    def move() -> Step:
        step = setting.advance(field, t, x, h)
        return step if kept is not None else step._replace(kept=None)

    step = jax.lax.cond(jnp.any(setting.tolerance.counts), move, lambda: _stand_still(x, kept))
    begin = by_state(x)
    error = setting.tolerance.error(*still((step.error, begin, step.x)))
    finite = jnp.isfinite(error) & jnp.all(jnp.isfinite(step.x), axis=0)
    well = finite & ~falls_below_zero(field, setting.tolerance, t + h, begin, step.x)
    error = jnp.where(well, error, 1e10)
    accepted = stepping & (error <= 1.0)
    if setting.system.s > 0:
        crossing = find_crossing(still(field), run.watch.sides, *still((t, h, begin, step.x, step.dense)))
    else:
        crossing = Crossing(jnp.zeros_like(accepted), jnp.ones_like(t), jnp.zeros((len(t), 0), x.dtype))
    found = accepted & crossing.found
    arrived = found & ((1 - crossing.share) * h <= 1e-12 * h + setting.instant)
    # a flip so near that no step can lead to it takes place here and now
    here = found & ~arrived & (crossing.share * h <= setting.instant)
    taken = accepted & (~found | arrived)
    after = jnp.where(last, run.stop, t + h)
    following = next_size(h, error, run.error, accepted)
    shortened = taken & (last | jnp.isfinite(run.aim))
    following = jnp.where(shortened, jnp.maximum(following, run.h), following)
    following = jnp.where(stepping, jnp.where(found & ~arrived, run.h, following), run.h)
    code = jnp.where(
        stepping & ~accepted & (following <= setting.instant / 8), results.STEP_TOO_SMALL, run.code
    )
    tries = run.tries + stepping
    code = jnp.where(stepping & (tries >= setting.max_steps) & (code == 0), results.TOO_MANY_STEPS, code)
    free = taken & jnp.isinf(run.aim)
    rested, quiet, code = _find_rest(setting, run, step, (taken, free & (after >= setting.least)), last, code)
    run = _keep(setting, run._replace(code=code), taken, h, after, step)
    run = run._replace(
        t=jnp.where(rested, setting.t1, jnp.where(taken, after, t)),
        quiet=quiet,
        h=following,
        error=jnp.where(taken, jnp.maximum(error, 1e-4), run.error),
        aim=jnp.where(found & ~arrived & ~here, crossing.share * h, jnp.inf),
        tries=tries,
    )
    if not setting.has_stops:
        return run
    return _notice_stops(setting, run, taken & last, arrived | here, crossing)


def _find_rest(
    setting: Setting, run: Run, step: Step, steps: tuple[Array, Array], last: Array, code: Array
) -> tuple[Array, Array, Array]:
    """Return which lanes have come to rest, their quiet steps, and codes of those that never will.

    `steps` are those that were taken, and among them those that tell: late enough, and of their own length.

    At rest is where nothing has moved over several steps, each up to eight times as long as the last: over a
    step that is long beside all relaxation times a state moves by its distance from rest, and a slow drift
    shows once steps have grown to its time. That needs no unit and no Jacobian. More steps would be too many:
    in the end, conserved sums drift by rounding.
    """
    if setting.resting is None:
        return jnp.zeros_like(last), run.quiet, code
    taken, telling = steps
    begin = by_state(still(run.moment.x))
    moved = setting.tolerance.norm(still(step.x) - begin, begin)
    quiet = jnp.where(taken, jnp.where(telling & (moved < _STILL), run.quiet + 1, 0), run.quiet)
    # what is known to happen later would wake it up
    idle = setting.resting & (run.stop >= setting.t1)
    rested = idle & (quiet >= _QUIET)
    late = idle & taken & last & ~rested
    return rested, quiet, jnp.where(late & (code == results.SUCCESS), results.NOT_AT_REST, code)


def _stand_still(x: Array, kept: Kept | None) -> Step:
    """Return the step of a network in which only events change anything, and like `kept` what it keeps."""
    begin = by_state(x)
    nothing = jax.tree.map(lambda of_all: jnp.zeros(of_all.shape[2:], of_all.dtype), kept)
    return Step(begin, jnp.zeros_like(begin), jnp.zeros((3, *begin.shape), x.dtype), nothing)


def _choose_size(setting: Setting, run: Run) -> tuple[Array, Array]:
    """Return the step to try and whether it ends at the next stop."""
    gap = run.stop - run.t
    h = jnp.minimum(jnp.minimum(run.h, run.aim), setting.longest)
    if run.history is not None:
        h = jnp.minimum(h, still(setting.field(run)).shortest_delay(run.t, still(run.moment.x)))
    # neither a sliver before a stop nor a step that would leave one; an aimed step is meant as it is, and one
    # that is bound by a delay may not grow
    free = jnp.isinf(run.aim)
    reach = jnp.where(free & (run.history is None), 1.01, 1.0)
    last = reach * h >= gap
    h = jnp.where(free & (gap < 2 * h), gap / 2, h)
    return jnp.where(last, gap, h), last


def _keep(setting: Setting, run: Run, taken: Array, h: Array, after: Array, step: Step) -> Run:
    """Write down what a step that is taken leaves."""
    t, x, begin = run.t, run.moment.x, by_state(run.moment.x)
    rows = write_rows(run.rows, taken, t, h, after, begin, step.x, step.dense)
    if run.steps is not None:
        rounds = jnp.zeros_like(run.tries) if run.rounds is None else run.rounds.filled
        # of a single lane only
        kept = jax.tree.map(lambda a: a[None], step.kept)
        record = StepRecord(t, h, x, (run.rows.next, rows.next), rounds, kept)
        run = run._replace(steps=append(run.steps, taken, record))
    moment = run.moment._replace(x=jnp.where(taken[:, None], by_lane(step.x, len(t)), x))
    run = run._replace(rows=rows, moment=moment)
    if run.history is not None:
        history = remember(run.history, taken, t, h, begin, step.x, step.dense)
        full = (history.filled > history.t.shape[1]) & (run.code == results.SUCCESS)
        code = jnp.where(full, results.HISTORY_FULL, run.code)
        run = run._replace(history=history, code=code)
    return run


def _notice_stops(setting: Setting, run: Run, at_known: Array, at_root: Array, crossing: Crossing) -> Run:
    """Mark lanes that have come to a stop, and what made it."""
    system, watch = setting.system, run.watch
    instant = setting.instant
    near = at_known[:, None] & system.switch_timed & (jnp.abs(run.times - run.t[:, None]) <= instant)
    due = still(run.moment.due) <= run.t[:, None, None] + instant
    due = at_known[:, None, None] & watch.waiting & due
    flipping = jnp.where(at_root[:, None], crossing.target, 0.0)
    target = jnp.where(flipping != 0, flipping, jnp.where(near, -watch.sides, 0.0))
    by_time = jnp.any(near, axis=1) & ~at_root
    by_queue = jnp.any(due, axis=(1, 2)) & ~at_root & ~by_time
    stopped = at_root | by_time | by_queue
    if setting.open is not None:
        stopped &= ~(setting.open & (run.t >= setting.t1))
    noticed = watch._replace(
        target=target,
        root=_first(flipping != 0),
        timed=_first(near) & by_time[:, None],
        queued=_first(due.reshape(len(due), -1)).reshape(due.shape) & by_queue[:, None, None],
    )
    return run._replace(at_stop=run.at_stop | stopped, watch=choose(stopped, noticed, watch))


def _first(flags: Array) -> Array:
    """Return only the first flag that is set in each lane."""
    return flags & (jnp.cumsum(flags, axis=1) == 1)
