"""A run in progress: what the loop carries, and how it begins."""

from __future__ import annotations

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from hybridcell.mechanisms.program.system import System
from hybridcell.simulate.kinetics.compiled import results
from hybridcell.simulate.kinetics.compiled.constraints import onto_constraints
from hybridcell.simulate.kinetics.compiled.control import Tolerance, first_size, make_tolerance
from hybridcell.simulate.kinetics.compiled.decide import Watch, begin_watch
from hybridcell.simulate.kinetics.compiled.field import Field
from hybridcell.simulate.kinetics.compiled.history import History, begin_history
from hybridcell.simulate.kinetics.compiled.lanes import over_lanes
from hybridcell.simulate.kinetics.compiled.methods import Advance, make_method
from hybridcell.simulate.kinetics.compiled.moments import Moment, begin_moment
from hybridcell.simulate.kinetics.compiled.outputs import Rows, begin_rows
from hybridcell.simulate.kinetics.compiled.switches import truth, watched_switches

#: Most steps that the past of a run with delays holds, and most numbers in the past of all lanes together.
_HISTORY, _NUMBERS = 65_536, 8_000_000
#: Steps that a span has at least where comparisons are watched.
_WATCHED_STEPS = 50
#: Time in which a lane must come to rest, in units of its length of time.
_LONG = 1e9
#: Time, in the same unit, up to which its events are told apart; times later than that are coarser.
_FAR = 1e4
#: How many steps over which nothing moves count as one.
_STILL_STEPS = 10


class Setting(eqx.Module):
    """What stays the same during a run, of all lanes.

    Attributes
    ----------
    p : (c, m)
    columns : (m, *c)
        The same, for `Field.columns`.
    tolerance : Tolerance
    t1 : (c,)
        The end.
    resting : (c,) bool, or None
        Lanes that run until nothing moves.
    least : (c,)
        The time before which these cannot be at rest.
    open : (c,) bool, or None
        Lanes at whose end nothing happens: another run goes on from there.
    instant : ()
        Times closer than this are one.
    longest : (c,)
        The longest step.
    max_steps : ()
    """

    system: System
    p: Float[Array, "c m"]
    columns: Float[Array, " m *c"]
    tolerance: Tolerance
    t1: Float[Array, " c"]
    resting: Bool[Array, " c"] | None
    least: Float[Array, " c"]
    open: Bool[Array, " c"] | None
    instant: Float[Array, ""]
    longest: Float[Array, " c"]
    max_steps: Int[Array, ""]
    advance: Advance = eqx.field(static=True)

    @property
    def has_stops(self) -> bool:
        """Whether anything can happen besides steps."""
        return self.system.s > 0 or self.system.e > 0

    def field(self, run: Run) -> Field:
        """Return the equations as the run finds them."""
        return self.field_of(run.watch, run.history)

    def field_of(self, watch: Watch | None, history: History | None = None) -> Field:
        """Return the equations with switches as watched."""
        modes = None if watch is None else truth(self.system, watch.now)
        return Field(self.system, self.p, modes, history, self.columns)


class Run(NamedTuple):
    """A run in progress, of all lanes.

    Attributes
    ----------
    t : (c,)
    h : (c,)
        Step to try.
    error : (c,)
        Of the last accepted step, in units of the tolerance.
    stop : (c,)
        The next time that no step may pass.
    at_stop : (c,)
        Whether the lane stands at a stop with which it is not done.
    aim : (c,)
        Step that ends where a switch flips, infinite if none was seen.
    tries : (c,)
    quiet : (c,)
        Steps in a row over which nothing moved.
    code : (c,)
    moment : Moment
    watch : Watch or None
    times : (c, s) or None
        When timed switches flip, while discrete states stay.
    rows : Rows
    history : History or None
    steps, rounds : Store or None
        Records for reverse-mode differentiation.
    """

    t: Float[Array, " c"]
    h: Float[Array, " c"]
    error: Float[Array, " c"]
    stop: Float[Array, " c"]
    at_stop: Bool[Array, " c"]
    aim: Float[Array, " c"]
    tries: Int[Array, " c"]
    quiet: Int[Array, " c"]
    code: Int[Array, " c"]
    moment: Moment
    watch: Any
    times: Any
    rows: Rows
    history: Any
    steps: Any
    rounds: Any


class Times(NamedTuple):
    """When lanes begin and end, and what is asked for; as in `solution.Task`."""

    t0: Float[Array, "*c"]
    ts: Float[Array, " t"]
    end: Float[Array, " c"] | None
    rest: Float[Array, " c"] | None
    triggered: Bool[Array, "c e"] | None
    open: Bool[Array, " c"] | None

    def ends(self, t: Float[Array, " c"]) -> tuple[Float[Array, " c"], Float[Array, ""]]:
        """Return where lanes that begin at `t` end, and how close two times are one."""
        if self.end is None:
            # the largest finite time: shorter lists of times are padded with infinity
            t1 = jnp.broadcast_to(jnp.max(jnp.where(jnp.isfinite(self.ts), self.ts, t[:1])), t.shape)
        else:
            t1 = self.end
        far = jnp.maximum(jnp.max(jnp.abs(t)), jnp.max(jnp.abs(t1)))
        if self.rest is not None:
            far = jnp.maximum(far, _FAR * jnp.max(self.rest))
            t1 = jnp.where(self.rest > 0, t + _LONG * self.rest, t1)
        return t1, 16 * jnp.finfo(t.dtype).eps * far


def begin_state(system: System, p: Float[Array, "c m"], t0: Float[Array, ""]) -> Float[Array, "c n"]:
    """Return the states at the start, on their constraints; differentiable in p."""
    t = jnp.broadcast_to(t0, p.shape[:1])
    x = over_lanes(system.initial)(t, p)
    if system.mass is None:
        return x
    history = begin_history(t, x, 1) if system.k > 0 else None
    field = Field(system, p, None, history)
    return onto_constraints(field, t, x)


def begin_run(
    system: System,
    p: Float[Array, "c m"],
    x: Float[Array, "c n"],
    active: Bool[Array, " c"],
    times: Times,
    tolerances: tuple[Array, Array],
    max_steps: Array,
    keys: Array,
    method: str,
    *,
    forward_mode: bool,
) -> tuple[Setting, Run]:
    """Return what stays and what moves; lanes that are not active are at their end."""
    ts, lanes = times.ts, len(p)
    t = jnp.broadcast_to(times.t0, (lanes,))
    t1, instant = times.ends(t)
    room = min(_HISTORY, max(1024, _NUMBERS // max(1, 5 * x.size)))
    history = begin_history(t, x, room) if system.k > 0 else None
    tolerance = make_tolerance(system, x, *tolerances)
    # a state on a straight line would allow steps over which sin(t) > 0.9 turns true and false again
    longest = jnp.where(jnp.any(watched_switches(system)), (t1 - t) / _WATCHED_STEPS, jnp.inf)
    # where nothing moves, steps only lead from event to event
    max_steps = jnp.where(jnp.any(tolerance.counts), max_steps, _STILL_STEPS * max_steps)
    advance = make_method(method, system, lanes, forward_mode=forward_mode)
    resting = None if times.rest is None else times.rest > 0
    if resting is not None:
        longest = jnp.where(resting, jnp.inf, longest)
    least = t if times.rest is None else t + times.rest
    setting = Setting(
        system, p, Field(system, p, None, None).by_state(p), tolerance, t1, resting, least, times.open,
        instant, longest, max_steps, advance,
    )  # fmt: skip
    watch = _begin_watch(setting, history, t, x, times.triggered, keys) if setting.has_stops else None
    moment = over_lanes(lambda t, x: begin_moment(system, t, x))(t, x)
    h = jnp.ones_like(t)
    if watch is None:
        field, begun = still(setting.field_of(None, history)), still(x)
        h = first_size(field, tolerance, t, begun, field.derivative(t, begun), t1 - t)
    run = Run(
        t=jnp.where(active, t, t1), h=h, error=jnp.full_like(t, 1e-4), stop=t1,
        at_stop=active & setting.has_stops, aim=jnp.full_like(t, jnp.inf),
        tries=jnp.zeros(lanes, int), quiet=jnp.zeros(lanes, int), code=jnp.full(lanes, results.SUCCESS),
        moment=moment, watch=watch, times=None if watch is None else jnp.full_like(watch.sides, jnp.inf),
        rows=begin_rows(ts, lanes, x.shape[1]), history=history, steps=None, rounds=None,
    )  # fmt: skip
    return setting, run


def _begin_watch(
    setting: Setting, history: History | None, t: Array, x: Array, triggered: Array | None, keys: Array
) -> Watch:
    system = setting.system
    if triggered is None:
        triggered = jnp.broadcast_to(system.event_initial, (len(t), system.e))
    compare = Field(system, setting.p, None, history).compare(t, x)
    sides = jnp.sign(Field(system, setting.p, compare, history).roots(t, x))
    return over_lanes(lambda sides, before, key: begin_watch(system, sides, before, key, x.dtype))(
        jax.lax.stop_gradient(sides), triggered, keys
    )


def still(tree: Any) -> Any:
    """Return the tree without derivatives."""
    return jax.tree.map(lambda a: jax.lax.stop_gradient(a) if eqx.is_inexact_array(a) else a, tree)
