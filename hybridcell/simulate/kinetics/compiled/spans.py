"""Lanes that begin and end at times of their own, or run until nothing moves: the stages of experiments."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from hybridcell.mechanisms.program.system import System
from hybridcell.simulate.kinetics.compiled import results
from hybridcell.simulate.kinetics.compiled.adjoint import pull_back, solve_with_tape
from hybridcell.simulate.kinetics.compiled.solution import Task, solve_forward

#: Lanes that run side by side on an accelerator. On a CPU one runs after the other: scalar code compiles in a
#: third of the time and is no slower (36 lanes of 25 states, AVX-512).
_TILE = 4096


class Spans(NamedTuple):
    """When lanes run, and how exactly.

    Attributes
    ----------
    ts : (t,)
        Ascending times at which states are wanted, the last of them infinite: there stands the state at the
        end of each lane. Rows before a lane's start or after its end mean nothing.
    begin, end : (c,)
    rest : (c,) or None
        Where positive, the lane runs until nothing moves, and this is a length of time that it knows.
    open : (c,) bool
        Another lane goes on from the end, and what happens at that very time is its affair.
    triggered : (c, e) bool, or None
        Triggers before the start, at the end of what a lane goes on from; None: as the model says.
    relative, absolute : ()
    max_steps : ()
    """

    ts: Float[Array, " t"]
    begin: Float[Array, " c"]
    end: Float[Array, " c"]
    rest: Float[Array, " c"] | None
    open: Bool[Array, " c"]
    triggered: Bool[Array, "c e"] | None
    relative: Float[Array, ""]
    absolute: Float[Array, ""]
    max_steps: Int[Array, ""]

    def take(self, tile: int) -> Any:
        """Return the arrays of lanes, cut into tiles."""
        lanes = self.lanes
        return jax.tree.map(lambda a: a.reshape(len(a) // tile, tile, *a.shape[1:]), lanes)

    @property
    def lanes(self) -> tuple[Any, ...]:
        """What each lane has of its own."""
        return self.begin, self.end, self.rest, self.open, self.triggered

    def task(self, begin: Array, end: Array, rest: Any, open: Array, triggered: Any) -> Task:
        """Return what is asked of some of the lanes."""
        keys = jax.random.split(jax.random.key(0), len(begin))
        active = jnp.isfinite(end)
        numbers = (self.relative, self.absolute, self.max_steps)
        end = jnp.where(active, end, begin)
        return Task(begin, self.ts, *numbers, active, keys, end, rest, triggered, open)


def solve_spans(
    system: System, p: Float[Array, "c m"], spans: Spans, method: str, *, room: int = 0
) -> tuple[Float[Array, "c t n"], Int[Array, " c"], Bool[Array, "c e"]]:
    """Return states, codes and triggers at the end of all lanes.

    With `room` for that many steps the result can be differentiated in reverse mode, otherwise not at all.
    """
    if room:
        return _solve_and_undo(system, system.pad_constants(p), spans, method, room)

    def one(p: Array, *lanes: Any) -> tuple[Array, Array, Array]:
        x, _, code, triggered = solve_forward(system, p, spans.task(*lanes), method)
        return jnp.where((code == results.SUCCESS)[:, None, None], x, jnp.nan), code, triggered

    return in_tiles(one, system.pad_constants(p), spans)


def _solve_and_undo(
    system: System, p: Array, spans: Spans, method: str, room: int
) -> tuple[Array, Array, Array]:
    """Solve; the rule of differentiation stands around the loop over lanes, whose own is long to trace."""
    arrays, static = eqx.partition((system, spans), eqx.is_array)

    @jax.custom_vjp
    def solve(p: Array, arrays: Any) -> tuple[Array, Array, Array]:
        return forward(p, arrays)[0]

    def forward(p: Array, arrays: Any) -> tuple[Any, Any]:
        system, spans = eqx.combine(arrays, static)

        def one(p: Array, *lanes: Any) -> tuple[Any, Any]:
            solution, tape = solve_with_tape(system, p, spans.task(*lanes), method, room)
            x = jnp.where((solution.code == results.SUCCESS)[:, None, None], solution.x, jnp.nan)
            return (x, solution.code, solution.triggered), tape

        found, tape = in_tiles(one, p, spans)
        return found, (p, arrays, tape)

    def backward(kept: Any, cotangents: Any) -> tuple[Array, None]:
        p, arrays, tape = kept
        system, spans = eqx.combine(arrays, static)

        def one(given: Any, *lanes: Any) -> Array:
            p, tape, cotangent = given
            return pull_back(system, p, spans.task(*lanes), method, tape, cotangent)

        return in_tiles(one, (p, tape, cotangents[0]), spans), None

    solve.defvjp(forward, backward)
    return solve(p, arrays)


def solve_spans_along(
    system: System, p: Float[Array, "c m"], directions: Float[Array, "c m q"], spans: Spans, method: str
) -> tuple[Float[Array, "c t n"], Int[Array, " c"], Bool[Array, "c e"], Float[Array, "c t n q"]]:
    """Return also the derivatives of states along q directions of the constants, other ones in each lane."""

    def one(given: tuple[Array, Array], *lanes: Any) -> tuple[Array, ...]:
        p, moved = given
        task = spans.task(*lanes)

        def along(direction: Array) -> tuple[Any, Any]:
            run = partial(solve_forward, system, task=task, method=method, forward_mode=True)
            return jax.jvp(run, (p,), (direction,))

        # directions as the last axis: the processor works on several at once
        (x, _, code, triggered), (slopes, *_) = jax.vmap(along, in_axes=-1, out_axes=(None, -1))(moved)
        well = (code == results.SUCCESS)[:, None, None]
        return jnp.where(well, x, jnp.nan), code, triggered, jnp.where(well[..., None], slopes, jnp.nan)

    padded = jnp.moveaxis(system.pad_constants(jnp.moveaxis(directions, -1, 0)), 0, -1)
    return in_tiles(one, (system.pad_constants(p), padded), spans)


def in_tiles(function: Callable[..., Any], given: Any, spans: Spans) -> Any:
    """Run a function of lanes on as many of them at once as run well side by side."""
    lanes = len(spans.begin)
    most = 1 if jax.default_backend() == "cpu" else _TILE
    if lanes <= most:
        return function(given, *spans.lanes)
    count = -(-lanes // most)
    tile = -(-lanes // count)
    missing = count * tile - lanes

    def pad(a: Array) -> Array:
        return jnp.pad(a, [(0, missing), *[(0, 0)] * (a.ndim - 1)], mode="edge")

    begin, end, rest, open_, triggered = jax.tree.map(pad, spans.lanes)
    # lanes that fill up the last tile take no part
    end = jnp.where(jnp.arange(len(end)) < lanes, end, jnp.inf)
    filled = spans._replace(begin=begin, end=end, rest=rest, open=open_, triggered=triggered)
    cut = jax.tree.map(lambda a: pad(a).reshape(count, tile, *a.shape[1:]), given)
    found = jax.lax.map(lambda part: function(part[0], *part[1]), (cut, filled.take(tile)))
    return jax.tree.map(lambda a: a.reshape(count * tile, *a.shape[2:])[:lanes], found)
