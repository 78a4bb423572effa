"""From all parameters to observables and noise at the measurements: the part that simulates."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from hybridcell.fit.petab.binding import Binding
from hybridcell.fit.petab.plan import Plan, Span
from hybridcell.fit.petab.rows import Rows
from hybridcell.fit.petab.stage import Stage
from hybridcell.mechanisms.program.system import System
from hybridcell.simulate.kinetics.compiled.methods import choose_method
from hybridcell.simulate.kinetics.compiled.spans import Spans, solve_spans, solve_spans_along
from hybridcell.simulate.solve import Solve


class Seen(NamedTuple):
    """What a simulation gives, for a batch of parameter vectors.

    Attributes
    ----------
    found, sigma : (b, r)
        Observables and the size of their noise.
    codes : (b, s)
        How each span went, level by level (with entries for spans that a level has less than others: 0).
    """

    found: Float[Array, "b r"]
    sigma: Float[Array, "b r"]
    codes: Int[Array, "b s"]


class Simulator:
    """Simulates all spans of a plan.

    Parameters
    ----------
    binding, plan, stages, rows
    solve : Solve
        Tolerances and method.
    """

    def __init__(self, binding: Binding, plan: Plan, stages: list[Stage], rows: Rows, solve: Solve):
        self.binding, self.plan, self.stages, self.rows, self.solve = binding, plan, stages, rows, solve
        self.method = choose_method(solve)
        self._lanes = max(map(len, plan.levels))

    def run(self, system: System, theta: Float[Array, "b N"], *, room: int = 0) -> Seen:
        """Simulate; with `room` for that many steps, differentiable in reverse mode.

        Vectors that hold NaN cost nothing and give NaN: batches can be filled up with them.
        """
        lost = jnp.any(jnp.isnan(theta), axis=1)

        def level(before: Any, given: Any) -> tuple[Any, Any]:
            number, spans = given
            columns, start = self._enter(number, theta, before[:2])
            spans = spans._replace(triggered=self._triggered(number, system, before[2]))
            spans = _without(lost, spans)
            own, (b, c, n) = self.binding.own, start.shape
            p = jnp.concatenate([columns[..., :own], start], axis=-1).reshape(b * c, own + n)
            x, code, triggered = solve_spans(system, p, spans, self.method, room=room)
            x = x[..., :n].reshape(b, c, x.shape[1], n)
            return (columns, x[:, :, -1], triggered), (x, columns, code.reshape(b, c))

        b = len(theta)
        x, columns, codes = self._over_levels(level, (*self._nothing(b), self._no_triggers(system, b)), b)
        found, sigma = jax.vmap(self.rows.compute, in_axes=(0, 1, 1))(theta, x, columns)
        found = jnp.where(lost[:, None], jnp.nan, found)
        return Seen(found, sigma, _by_copy(codes))

    def run_along(
        self, system: System, theta: Float[Array, "b N"], directions: Float[Array, "b N q"]
    ) -> tuple[Seen, Float[Array, "b r q"], Float[Array, "b r q"]]:
        """Simulate; return also the derivatives of observables and noise along directions."""
        b, q = len(theta), directions.shape[-1]
        lost = jnp.any(jnp.isnan(theta), axis=1)

        def level(before: Any, given: Any) -> tuple[Any, Any]:
            number, spans = given
            now, moved, triggered = before
            spans = spans._replace(triggered=self._triggered(number, system, triggered))
            spans = _without(lost, spans)
            enter = partial(self._enter, number)
            (columns, start), (columns_dot, start_dot) = _along(enter, (theta, now), (directions, moved))
            own, (_, c, n) = self.binding.own, start.shape
            p = jnp.concatenate([columns[..., :own], start], axis=-1).reshape(b * c, own + n)
            p_dot = jnp.concatenate([columns_dot[..., :own, :], start_dot], axis=-2).reshape(
                b * c, own + n, q
            )
            x, code, triggered, slopes = solve_spans_along(system, p, p_dot, spans, self.method)
            x, slopes = (
                x[..., :n].reshape(b, c, x.shape[1], n),
                slopes[..., :n, :].reshape(b, c, slopes.shape[1], n, q),
            )
            after = (columns, x[:, :, -1]), (columns_dot, slopes[:, :, -1]), triggered
            return after, (x, columns, slopes, columns_dot, code.reshape(b, c))

        nothing = self._nothing(b)
        still = jax.tree.map(lambda a: jnp.zeros((*a.shape, q)), nothing)
        begun = nothing, still, self._no_triggers(system, b)
        x, columns, x_dot, columns_dot, codes = self._over_levels(level, begun, b)
        compute = jax.vmap(self.rows.compute, in_axes=(0, 1, 1))
        (found, sigma), (found_dot, sigma_dot) = _along(
            compute, (theta, x, columns), (directions, x_dot, columns_dot)
        )
        found = jnp.where(lost[:, None], jnp.nan, found)
        return Seen(found, sigma, _by_copy(codes)), found_dot, sigma_dot

    def _over_levels(self, level: Any, begun: Any, copies: int) -> Any:
        """Go through the levels by one program, compiled once."""
        count = len(self.stages)
        numbers, spans = jnp.arange(count), self._spans(copies)
        if count == 1:
            _, found = level(begun, (numbers[0], jax.tree.map(lambda a: a[0], spans)))
            return jax.tree.map(lambda a: a[None], found)
        return jax.lax.scan(level, begun, (numbers, spans))[1]

    def _enter(self, number: Array, theta: Array, before: Any) -> tuple[Array, Array]:
        """Return columns and states at the start of all lanes of a level; those it lacks are copies."""

        def one(stage: Stage, theta: Array, before: Any) -> tuple[Array, Array]:
            columns, x = stage.enter(theta, None if stage.first else before)
            missing = self._lanes - len(x)
            padding = ((0, missing), (0, 0))
            return jnp.pad(columns, padding, mode="edge"), jnp.pad(x, padding, mode="edge")

        branches = [jax.vmap(partial(one, stage)) for stage in self.stages]
        if len(branches) == 1:
            return branches[0](theta, before)
        return jax.lax.switch(number, branches, theta, before)

    def _triggered(self, number: Array, system: System, before: Array) -> Array:
        """Return the triggers before the start of all lanes: those at the end of what they go on from."""
        parents = np.zeros((len(self.stages), self._lanes), int)
        for level, stage in enumerate(self.stages):
            parents[level, : len(stage.parents)] = stage.parents
        copies = before.reshape(len(before) // self._lanes, self._lanes, system.e)
        later = jnp.take(copies, jnp.asarray(parents)[number], axis=1).reshape(before.shape)
        return jnp.where(number > 0, later, system.event_initial)

    def _no_triggers(self, system: System, copies: int) -> Array:
        return jnp.zeros((copies * self._lanes, system.e), bool)

    def _nothing(self, copies: int) -> tuple[Array, Array]:
        shape = copies, self._lanes
        return jnp.zeros((*shape, len(self.binding.columns))), jnp.zeros((*shape, self.binding.equations.n))

    def _spans(self, copies: int) -> Spans:
        """Return when the lanes of each level run, levels along the first axis of everything."""
        levels, lanes = self.plan.levels, self._lanes

        def table(value: Callable[[Span], float], missing: float) -> np.ndarray:
            rows = [[value(s) for s in level] + [missing] * (lanes - len(level)) for level in levels]
            return np.tile(np.array(rows, float), (1, copies))

        followed = {span.parent for level in levels for span in level}
        rest = table(lambda span: self.plan.length if span.rests else 0.0, 0.0)
        absolute = np.nan if self.solve.atol is None else self.solve.atol
        numbers = (self.solve.rtol, absolute, self.solve.max_steps)
        return Spans(
            jnp.asarray(np.tile(self.plan.times, (len(levels), 1))),
            jnp.asarray(table(lambda span: span.begin, 0.0)),
            # lanes that a level lacks have no end: they take no part
            jnp.asarray(table(lambda span: span.end, np.inf)),
            jnp.asarray(rest) if rest.any() else None,
            jnp.asarray(table(lambda span: float(not span.rests and span in followed), 0.0) > 0),
            None,
            *(jnp.full(len(levels), number) for number in numbers),
        )


def _without(lost: Array, spans: Spans) -> Spans:
    """Return the spans in which the lanes of lost copies take no part."""
    lanes = len(spans.end) // len(lost)
    return spans._replace(end=jnp.where(jnp.repeat(lost, lanes), jnp.inf, spans.end))


def _by_copy(codes: Int[Array, "k b c"]) -> Int[Array, "b s"]:
    return jnp.moveaxis(codes, 1, 0).reshape(codes.shape[1], codes.shape[0] * codes.shape[2])


def _along(function: Any, given: tuple[Any, ...], moving: tuple[Any, ...]) -> tuple[Any, Any]:
    """Return a function's value and its derivatives along directions, which are the last axis of `moving`."""
    one = lambda tangent: jax.jvp(function, given, tangent)  # noqa: E731
    return jax.vmap(one, in_axes=-1, out_axes=(None, -1))(moving)
