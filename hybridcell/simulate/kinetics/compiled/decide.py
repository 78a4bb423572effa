"""What happens at a stop, decided round after round for one lane: what flips, what triggers, what runs.

A stop has two phases. In the first, switches that flip there stand exactly at their root (``t >= 5`` holds at
5, ``t > 5`` does not, ``t == 5`` does); in the second they have passed it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from hybridcell.mechanisms.program.system import System
from hybridcell.simulate.kinetics.compiled.moments import PENDING, Decision, Moment
from hybridcell.simulate.kinetics.compiled.switches import truth

_AT, _AFTER = 0, 1
_NOISE = 1e4


class Watch(NamedTuple):
    """What a lane remembers for its stops (no derivatives).

    Attributes
    ----------
    sides : (s,)
        Held sides of all switches (those before the stop, until it is left).
    now : (s,)
        Sides in the latest round of this stop.
    reference : (s,)
        Roots when the stop was entered.
    target : (s,)
        Side after the stop of switches that flip at it, 0 of others.
    root, timed : (s,); queued : (e, w)
        What made the stop.
    triggered : (e,)
        Truth of the triggers.
    waiting : (e, w)
        Executions that wait.
    phase, rounds : ()
    key : PRNG key
    """

    sides: Float[Array, " s"]
    now: Float[Array, " s"]
    reference: Float[Array, " s"]
    target: Float[Array, " s"]
    root: Bool[Array, " s"]
    timed: Bool[Array, " s"]
    queued: Bool[Array, "e w"]
    triggered: Bool[Array, " e"]
    waiting: Bool[Array, "e w"]
    phase: Int[Array, ""]
    rounds: Int[Array, ""]
    key: Array


def begin_watch(
    system: System, compared: Float[Array, " s"], triggered: Bool[Array, " e"], key: Array, dtype: Any
) -> Watch:
    """Return what to remember at the start: roots as compared, triggers as they were before."""
    nothing = jnp.zeros(system.s, dtype)
    none, no_queue = jnp.zeros(system.s, bool), jnp.zeros((system.e, PENDING), bool)
    start = jnp.asarray(_AT)
    return Watch(
        compared, compared, nothing, nothing, none, none, no_queue,
        triggered, no_queue, start, start, key,
    )  # fmt: skip


class Verdict(NamedTuple):
    """A decision, and what follows from it for the lane."""

    decision: Decision
    watch: Watch
    overflow: Bool[Array, ""]
    #: Whether values at exactly this time are those before this round
    report: Bool[Array, ""]


def decide(
    system: System,
    p: Array,
    t: Array,
    moment: Moment,
    watch: Watch,
    slope: Array,
    delayed: Array | None,
    tolerance: Array,
) -> Verdict:
    """Decide one round."""
    before, enter = truth(system, watch.now), watch.rounds == 0
    now, reference = _sides(system, p, moment.x, watch, slope, delayed, (t, tolerance, before))
    modes = truth(system, now)
    place = execute = jnp.zeros((system.e, PENDING), bool)
    triggered, waiting, overflow = watch.triggered, watch.waiting, jnp.asarray(False)
    if system.e > 0:
        here = (t, moment.x, p, delayed, modes)
        triggered = (system.triggers(*here) != 0) & system.event_mask
        new = triggered & ~watch.triggered
        waiting &= (triggered | system.event_persistent)[:, None]
        free = jax.nn.one_hot(jnp.argmin(waiting, axis=1), PENDING, dtype=bool)
        overflow = jnp.any(new & jnp.all(waiting, axis=1))
        place = new[:, None] & free
        soon = jnp.where(system.event_has_delay, system.event_delays(*here), 0.0)
        due = jnp.where(place, t + soon[:, None], moment.due)
        waiting |= place
        execute = _pick(system.event_priorities(*here), waiting & (due <= t + tolerance), watch)
        waiting &= ~execute
    runs = jnp.any(execute)
    settled = ~enter & ~runs & jnp.all(now == watch.now)
    leave = settled & (watch.phase == _AFTER)
    report = runs & (watch.phase == _AFTER)
    none, no_queue = jnp.zeros_like(watch.root), jnp.zeros_like(watch.queued)
    decision = Decision(
        t, enter & watch.root, enter & watch.timed, enter & watch.queued, enter, leave,
        before, modes, place, execute,
    )  # fmt: skip
    following = Watch(
        sides=jnp.where(leave, now, watch.sides),
        now=now,
        reference=reference,
        target=jnp.where(leave, 0.0, watch.target),
        root=jnp.where(leave, none, watch.root),
        timed=jnp.where(leave, none, watch.timed),
        queued=jnp.where(leave, no_queue, watch.queued),
        triggered=triggered,
        waiting=waiting,
        phase=jnp.where(leave, _AT, jnp.where(runs, watch.phase, _AFTER)),
        rounds=jnp.where(leave, 0, watch.rounds + 1),
        key=jax.random.split(watch.key, 1)[0] if system.e > 0 else watch.key,
    )
    return Verdict(decision, following, overflow, report)


def _sides(
    system: System,
    p: Array,
    x: Array,
    watch: Watch,
    slope: Array,
    delayed: Array | None,
    now: tuple[Array, Array, Array],
) -> tuple[Array, Array]:
    """Return the side of every switch in this round, and the roots to compare with in the next."""
    t, tolerance, modes = now

    def roots(t: Array, x: Array) -> Array:
        return system.roots(t, x, p, delayed, modes)

    root, rate = jax.jvp(roots, (t, x), (jnp.ones_like(t), slope))
    enter = watch.rounds == 0
    reference = jnp.where(enter, root, watch.reference)
    # constraints that are solved again move roots by rounding errors: less than the clock can tell is nothing
    unmoved = jnp.abs(root - reference) <= _NOISE * tolerance * jnp.abs(rate)
    flips = unmoved & (watch.target != 0)
    # a root that did not move is where it was held: its sign may be noise
    sides = jnp.where(unmoved & (watch.sides != 0), watch.sides, jnp.sign(root))
    passed = jnp.where(flips, watch.target, jnp.sign(rate))
    on_root = flips | (root == 0)
    return jnp.where(on_root, jnp.where(watch.phase == _AT, 0.0, passed), sides), reference


def _pick(priorities: Array, ready: Bool[Array, "e w"], watch: Watch) -> Bool[Array, "e w"]:
    """Return the one execution that comes first: of the highest priority, by lot among equals."""
    rank = jnp.where(jnp.isnan(priorities), -jnp.inf, priorities)[:, None]
    first = (ready & (rank == jnp.max(jnp.where(ready, rank, -jnp.inf)))).ravel()
    number = jnp.cumsum(first)
    # one random number, whatever the number of events: they take time
    lot = 1 + jnp.floor(jax.random.uniform(watch.key) * number[-1])
    return (first & (number == lot)).reshape(ready.shape)
