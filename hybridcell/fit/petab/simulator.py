"""From all parameters to observables and noise at the measurements: the part that simulates."""

from __future__ import annotations

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
        How each span went, level by level.
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
        self.method = choose_method(solve.method)

    def run(self, system: System, theta: Float[Array, "b N"], *, room: int = 0) -> Seen:
        """Simulate; with `room` for that many steps, differentiable in reverse mode."""
        before, all_x, all_columns, codes = None, [], [], []
        for level, stage in enumerate(self.stages):
            columns, start = jax.vmap(stage.enter)(theta, before)
            b, c, _ = columns.shape
            p = self._constants(columns, start).reshape(b * c, -1)
            spans = self._spans(level, b)
            x, code = solve_spans(_later(system, level), p, spans, self.method, room=room)
            x = x[..., : start.shape[-1]].reshape(b, c, *x.shape[1:2], -1)
            before = columns, x[:, :, -1]
            all_x.append(x)
            all_columns.append(columns)
            codes.append(code.reshape(b, c))
        found, sigma = jax.vmap(self.rows.compute)(theta, all_x, all_columns)
        return Seen(found, sigma, jnp.concatenate(codes, axis=1))

    def run_along(
        self, system: System, theta: Float[Array, "b N"], directions: Float[Array, "b N q"]
    ) -> tuple[Seen, Float[Array, "b r q"], Float[Array, "b r q"]]:
        """Simulate; return also the derivatives of observables and noise along directions."""
        before, all_x, all_columns, codes = None, [], [], []
        moved_before, moved_x, moved_columns = None, [], []
        q = directions.shape[-1]
        for level, stage in enumerate(self.stages):
            enter = jax.vmap(stage.enter)
            given, moving = (theta, before), (directions, moved_before)
            (columns, start), (columns_dot, start_dot) = _along(enter, given, moving)
            b, c, _ = columns.shape
            p = self._constants(columns, start).reshape(b * c, -1)
            p_dot = jnp.moveaxis(
                self._constants(jnp.moveaxis(columns_dot, -1, 0), jnp.moveaxis(start_dot, -1, 0)), 0, -1
            ).reshape(b * c, -1, q)
            spans = self._spans(level, b)
            x, code, slopes = solve_spans_along(_later(system, level), p, p_dot, spans, self.method)
            n = start.shape[-1]
            x = x[..., :n].reshape(b, c, -1, n)
            slopes = slopes[..., :n, :].reshape(b, c, -1, n, q)
            before, moved_before = (columns, x[:, :, -1]), (columns_dot, slopes[:, :, -1])
            all_x.append(x)
            all_columns.append(columns)
            moved_x.append(slopes)
            moved_columns.append(columns_dot)
            codes.append(code.reshape(b, c))
        compute = jax.vmap(self.rows.compute)
        given, moving = (theta, all_x, all_columns), (directions, moved_x, moved_columns)
        (found, sigma), (found_dot, sigma_dot) = _along(compute, given, moving)
        return Seen(found, sigma, jnp.concatenate(codes, axis=1)), found_dot, sigma_dot

    def _constants(self, columns: Array, start: Array) -> Array:
        return jnp.concatenate([columns[..., : self.binding.own], start], axis=-1)

    def _spans(self, level: int, copies: int) -> Spans:
        spans: list[Span] = self.plan.levels[level]
        tile = lambda values: jnp.asarray(np.tile(np.array(values, float), copies))  # noqa: E731
        rests = [self.plan.length if span.rests else 0.0 for span in spans]
        absolute = np.nan if self.solve.atol is None else self.solve.atol
        return Spans(
            ts=jnp.asarray(self.plan.times),
            begin=tile([span.begin for span in spans]),
            end=tile([span.end for span in spans]),
            rest=tile(rests) if any(rests) else None,
            relative=jnp.asarray(self.solve.rtol),
            absolute=jnp.asarray(absolute),
            max_steps=jnp.asarray(self.solve.max_steps),
        )


def _later(system: System, level: int) -> System:
    """Return the system for spans that go on: an event whose trigger holds already does not fire again."""
    if level == 0 or system.e == 0:
        return system
    from equinox import tree_at

    return tree_at(lambda s: s.event_initial, system, jnp.ones_like(system.event_initial))


def _along(function: Any, given: tuple[Any, ...], moving: tuple[Any, ...]) -> tuple[Any, Any]:
    """Return a function's value and its derivatives along directions, which are the last axis of `moving`."""
    dead = [k for k, each in enumerate(given) if each is None]

    def call(*alive: Any) -> Any:
        args = list(alive)
        for k in dead:
            args.insert(k, None)
        return function(*args)

    primal = tuple(each for each in given if each is not None)

    def one(tangent: Any) -> Any:
        return jax.jvp(call, primal, tangent)

    tangents = tuple(each for each in moving if each is not None)
    return jax.vmap(one, in_axes=-1, out_axes=(None, -1))(tangents)
