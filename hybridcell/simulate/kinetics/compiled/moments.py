"""What may change at one instant, of one lane: the state, the time of the instant, executions that wait.

The time of an event depends on parameters. While time stands still at a stop, the state is carried as it is
at that *moving* time: entering a stop adds dx/dt times the change of the time, leaving it takes the new dx/dt
times it away. Values do not change by this; derivatives get the exact jump (implicit function theorem).
Between stops, time has no derivative.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from hybridcell.mechanisms.program.system import System

#: Executions of one event that can wait for their delay at the same time.
PENDING = 8


class Moment(NamedTuple):
    """The differentiable part.

    Attributes
    ----------
    x : (n,)
    time : ()
        The time of the stop, with its derivative; meaningless between stops.
    due : (e, w)
        When waiting executions are due.
    values : (w, a)
        What they will assign, where fixed when triggered.
    """

    x: Float[Array, " n"]
    time: Float[Array, ""]
    due: Float[Array, "e w"]
    values: Float[Array, "w a"]


class Decision(NamedTuple):
    """What happens in one round at a stop, decided without derivatives.

    Attributes
    ----------
    t : ()
        The time, a plain number.
    root, timed : (s,); queued : (e, w)
        What made the stop: one entry of one of them is true when it is entered, else none.
    enter, leave : ()
        Whether this is the first, the last round.
    before, now : (s,)
        Truth of the switches at the start of the round, and in it.
    place : (e, w)
        Where newly triggered events are put to wait (if only for their turn).
    execute : (e, w)
        The one execution that takes place, if any.
    """

    t: Float[Array, ""]
    root: Bool[Array, " s"]
    timed: Bool[Array, " s"]
    queued: Bool[Array, "e w"]
    enter: Bool[Array, ""]
    leave: Bool[Array, ""]
    before: Float[Array, " s"]
    now: Float[Array, " s"]
    place: Bool[Array, "e w"]
    execute: Bool[Array, "e w"]


def begin_moment(system: System, t: Array, x: Array) -> Moment:
    """Return a moment in which nothing waits."""
    due = jnp.full((system.e, PENDING), jnp.inf, x.dtype)
    return Moment(x, t, due, jnp.zeros((PENDING, system.a), x.dtype))


def happen(
    system: System, p: Array, moment: Moment, decision: Decision, slope: Array, delayed: Array | None
) -> Moment:
    """Do what was decided. `slope` is dx/dt (no derivatives pass through it)."""
    x, time, due, values = moment
    time = jnp.where(decision.enter, _stop_time(system, p, moment, decision, slope, delayed), time)
    moved = slope * (time - jax.lax.stop_gradient(time))
    x = jnp.where(decision.enter, x + moved, x)
    if system.e > 0:
        here = (time, x, p, delayed, decision.now)
        assigned = system.event_values(*here)
        delays = jnp.where(system.event_has_delay, system.event_delays(*here), 0.0)
        due = jnp.where(decision.place, (time + delays)[:, None], due)
        placed = _of_owner(system, decision.place)
        values = jnp.where(placed, assigned, values)
        x = _execute(system, p, x, time, values, assigned, decision, delayed)
    return Moment(jnp.where(decision.leave, x - moved, x), time, due, values)


def _of_owner(system: System, flags: Bool[Array, "e w"]) -> Bool[Array, "w a"]:
    """Return, for each flat assignment, the flags of its event (padded ones: False)."""
    return jnp.take(flags, system.assignment_event, axis=0, mode="fill", fill_value=False).T


def _stop_time(
    system: System, p: Array, moment: Moment, decision: Decision, slope: Array, delayed: Array | None
) -> Array:
    """Return the time of the stop; its value is t, its derivative that of what made the stop."""
    t, still = decision.t, jax.lax.stop_gradient

    def roots(t: Array, x: Array) -> Array:
        return system.roots(t, x, p, delayed, decision.before)

    root, rate = jax.jvp(roots, (t, moment.x), (jnp.ones_like(t), still(slope)))
    usable = decision.root & (rate != 0)
    by_root = jnp.sum(jnp.where(usable, -(root - still(root)) / still(jnp.where(usable, rate, 1.0)), 0.0))
    known = jnp.where(decision.timed, system.switch_times(t, moment.x, p), 0.0)
    by_time = jnp.sum(known - still(known))
    queued = jnp.where(decision.queued, moment.due, 0.0)
    return t + by_root + by_time + jnp.sum(queued - still(queued))


def _execute(
    system: System,
    p: Array,
    x: Array,
    time: Array,
    waiting: Array,
    assigned: Array,
    decision: Decision,
    delayed: Array | None,
) -> Array:
    """Return the state after the execution that takes place; the state itself where none does."""
    which = _of_owner(system, decision.execute)
    taken = jnp.any(which, axis=0)
    owner = jnp.minimum(system.assignment_event, system.e - 1)
    fixed = jnp.sum(jnp.where(which, waiting, 0.0), axis=0)
    value = jnp.where(system.event_uses_trigger_values[owner], fixed, assigned)
    scale = system.event_scales(time, x, p, delayed, decision.now)  # sizes before the event's own assignments
    # selections and sums, no scatter: that keeps XLA from compiling the loop whole
    here = taken & (system.assignment_state == jnp.arange(system.n)[:, None])
    return jnp.where(jnp.any(here, axis=1), jnp.sum(jnp.where(here, value * scale, 0.0), axis=1), x)
