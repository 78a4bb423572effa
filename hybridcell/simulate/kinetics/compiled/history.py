"""The past of a run with delays: the polynomials of its steps, looked up by time."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from hybridcell.mechanisms.program.system import System
from hybridcell.simulate.kinetics.compiled.lanes import by_lane, put
from hybridcell.simulate.rodas5p.step import interpolate


class History(NamedTuple):
    """Steps so far; entry 0 is the state at the start, as it was before.

    Attributes
    ----------
    t, h : (c, d)
        Where steps begin (infinite where there is none yet) and how long they are.
    parts : (c, d, 5, n)
        Both ends and the vectors of the dense output.
    filled : (c,)
    """

    t: Float[Array, "c d"]
    h: Float[Array, "c d"]
    parts: Float[Array, "c d 5 n"]
    filled: Int[Array, " c"]


def begin_history(t: Float[Array, " c"], x: Float[Array, "c n"], size: int) -> History:
    """Return a history in which nothing has happened yet."""
    lanes, n = x.shape
    times = jnp.full((lanes, size), jnp.inf, x.dtype).at[:, 0].set(t)
    parts = jnp.zeros((lanes, size, 5, n), x.dtype).at[:, 0, :2].set(x[:, None])
    return History(times, jnp.ones_like(times), parts, jnp.ones(lanes, int))


def remember(
    history: History, keep: Array, t: Array, h: Array, x0: Array, x1: Array, dense: Array
) -> History:
    """Add a step, given by state, to the lanes that keep it."""
    fits = keep & (history.filled < history.t.shape[1])
    parts = jnp.stack([by_lane(part, len(t)) for part in (x0, x1, *dense)], axis=1)
    return History(
        put(history.t, fits, history.filled, t),
        put(history.h, fits, history.filled, h),
        put(history.parts, fits, history.filled, parts),
        history.filled + keep,
    )


def state_at(history: History, t: Float[Array, ""]) -> Float[Array, " n"]:
    """Return the state of one lane at a time of its past; before its start, the state at the start."""
    place = jnp.searchsorted(jax.lax.stop_gradient(history.t), jax.lax.stop_gradient(t), side="right") - 1
    place = jnp.maximum(place, 0)
    x0, x1, *dense = history.parts[place]
    share = jnp.where(place == 0, 0.0, (t - history.t[place]) / history.h[place])
    return interpolate(x0, x1, jnp.stack(dense), share)


def shortest(system: System, t: Array, x: Array, p: Array, delayed: Array, modes: Array | None) -> Array:
    """Return the shortest delay of one lane now: a step that is no longer only looks at what is written."""
    ago = system.delay_times(t, x, p, delayed, modes)
    return jnp.min(jnp.where(ago > 0, ago, jnp.inf), initial=jnp.inf)


def look_back(
    system: System, history: History, t: Array, x: Array, p: Array, modes: Array | None
) -> Float[Array, " k"]:
    """Return the values of the delay nodes of one lane at (t, x); a node may look at nodes before it.

    Before the start, a state has the value that its initial expression has at that time.
    """
    start = history.t[0]

    def past(t: Array, x: Array, depth: int) -> Array:
        if depth == 0:
            return jnp.zeros(system.k, x.dtype)
        inner = past(t, x, depth - 1)
        ago = system.delay_times(t, x, p, inner, modes)

        times = jnp.where(ago > 0, t - ago, t)
        early = times < start
        initial = jax.vmap(lambda then: system.initial(then, p))(times)

        def one(ago: Array, then: Array, early: Array, initial: Array) -> Array:
            before = jnp.where(early, initial, state_at(history, then))
            state = jnp.where(ago > 0, before, x)
            return system.delay_arguments(then, state, p, past(then, state, depth - 1), modes)

        return jnp.diagonal(jax.vmap(one)(ago, times, early, initial))

    return past(t, x, system.delay_depth)
