"""A step of all lanes in reverse: by hand for Rodas5P without constraints, by reverse mode for the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Protocol

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from hybridcell._core.compiler import loops_are_whole
from hybridcell.mechanisms.program.elimination import Elimination
from hybridcell.mechanisms.program.gather import at, read, sum_by_walking, undo_by_walking
from hybridcell.mechanisms.program.system import System
from hybridcell.simulate.kinetics.compiled.field import Field
from hybridcell.simulate.kinetics.compiled.methods import make_method
from hybridcell.simulate.rodas5p import linear, sparse
from hybridcell.simulate.rodas5p.step import Kept
from hybridcell.simulate.rodas5p.tableau import STAGES
from hybridcell.simulate.rodas5p.undo import Equations, Terms, undo_step


class Undo(Protocol):
    """Undo a step of all lanes."""

    def __call__(
        self,
        p: Float[Array, "c m"],
        modes: Float[Array, "c s"] | None,
        t: Float[Array, " c"],
        x: Float[Array, "c n"],
        h: Float[Array, " c"],
        to_end: Float[Array, "c n"],
        to_dense: Float[Array, "3 c n"],
        kept: tuple[Kept, Int[Array, " one"]] | None = None,
    ) -> tuple[Float[Array, "c m"], Float[Array, "c n"]]:
        """Return the cotangents of p and x, of those of what the step from t, x over h leaves.

        `kept` is what was kept of the first steps of a single lane, (1, steps, ...), and the number of this
        step.
        """
        ...


def is_undone_by_hand(method: str, system: System) -> bool:
    """Tell whether what a step keeps is of use."""
    return method == "rodas5p" and system.mass is None


def keep_nothing(system: System, x: Float[Array, "1 n"]) -> Kept:
    """Return what a step of a single lane keeps, (1, ...), of zeros."""
    elimination, kind = _choose(system, 1)
    h = jnp.ones((), x.dtype)

    def factorize(jacobian: Array) -> Any:
        if elimination is None:
            return linear.prepare(kind, jacobian, None, h)[0]
        return sparse.prepare(elimination, jacobian, h)[0]

    shape = (system.n, system.n) if elimination is None else (elimination.size,)
    factors = jax.eval_shape(factorize, jax.ShapeDtypeStruct(shape, x.dtype))
    factors = jax.tree.map(lambda a: jnp.zeros((1, *a.shape), a.dtype), factors)
    return Kept(jnp.zeros((1, STAGES, system.n), x.dtype), factors)


def _choose(system: System, lanes: int) -> tuple[Elimination | None, str]:
    """Return how matrices are factorized: by elimination, or None and a kind of dense algebra."""
    elimination = system.elimination if loops_are_whole() else None
    return elimination, linear.choose_kind(lanes, system.n, constrained=False)


def make_undo(method: str, system: System, lanes: int) -> Undo:
    """Return what undoes a step of a method, for this many lanes."""
    return _by_hand(system, lanes) if is_undone_by_hand(method, system) else by_vjp(method, system, lanes)


def by_vjp(method: str, system: System, lanes: int) -> Undo:
    """Return what undoes a step by reverse mode, of any method."""
    advance = make_method(method, system, lanes, forward_mode=False)

    def undo(
        p: Array, modes: Any, t: Array, x: Array, h: Array, to_end: Array, to_dense: Array, kept: Any = None
    ) -> tuple[Array, Array]:
        def step(p: Array, x: Array) -> tuple[Array, Array]:
            field = Field(system, p, modes, None)
            made = advance(field, t, x, h)
            return field.by_lane(made.x), field.by_lane(made.dense)

        with undo_by_walking() if loops_are_whole() else nullcontext():
            return jax.vjp(step, p, x)[1]((to_end, to_dense))

    return undo


def _by_hand(system: System, lanes: int) -> Undo:
    elimination, kind = _choose(system, lanes)

    def undo(
        p: Array, modes: Any, t: Array, x: Array, h: Array, to_end: Array, to_dense: Array, kept: Any = None
    ) -> tuple[Array, Array]:
        field = Field(system, p, modes, None)
        equations = _dense(field, kind) if elimination is None else _sparse(field, elimination)
        single = len(x) == 1
        begin, size = (t[0], h[0]) if single else (t, h)
        to_dense = to_dense[:, 0] if single else jnp.swapaxes(to_dense, -1, -2)

        def recall(again: Callable[[], Kept]) -> Kept:
            if kept is None:
                return again()
            steps, number = jax.tree.map(lambda a: a[0], kept)
            return jax.lax.cond(
                number < len(steps.stages),
                lambda: jax.tree.map(lambda of_all: at(of_all, jnp.maximum(number, 0)), steps),
                again,
            )

        with _walking(elimination):
            to_x, to_p = undo_step(
                equations,
                begin,
                field.by_state(x),
                field.by_state(p),
                size,
                field.by_state(to_end),
                to_dense,
                recall,
            )
        return field.by_lane(to_p), field.by_lane(to_x)

    return undo


@contextmanager
def _walking(elimination: Elimination | None) -> Iterator[None]:
    reverse = undo_by_walking() if loops_are_whole() else nullcontext()
    with reverse, nullcontext() if elimination is None else sum_by_walking():
        yield


def _sparse(field: Field, elimination: Elimination) -> Equations:
    """Return the equations with Jacobians by their values in a pattern."""
    system = field.system

    def multiply(left: Array, right: Array) -> Array:
        # what is padding goes nowhere
        rows, columns = elimination.rows, elimination.columns
        found = read(left[0], rows) * read(right[0], columns)
        for a, b in zip(left[1:], right[1:], strict=True):
            found = found + read(a, rows) * read(b, columns)
        return found

    def given(x: Array) -> tuple[None, Array | None]:
        # with delays, nothing is differentiated in reverse
        modes = None if field.modes is None else field.by_state(field.modes)
        if modes is not None and modes.ndim < x.ndim:
            modes = jnp.broadcast_to(modes[:, None], (len(modes), *x.shape[1:]))
        return None, modes

    transposed = system.transposed
    assert transposed is not None  # nothing that networks share is undone

    def terms_and_slopes(t: Array, x: Array, p: Array) -> tuple[Array, Array]:
        terms, entries = system.terms_and_slopes(t, x, p, *given(x))
        return terms, transposed.slopes(entries)

    return Equations(
        rate=lambda t, x, p: system.rhs(t, x, p, *given(x)),
        linearized=lambda t, x, p: system.linearized_sparsely(t, x, p, *given(x)),
        prepare=lambda jacobian, h: sparse.prepare(elimination, jacobian, h),
        solve_transposed=lambda factors, b: sparse.solve_transposed(elimination, factors, b),
        multiply=multiply,
        terms=Terms(terms_and_slopes, transposed.terms, transposed.states),
    )


def _dense(field: Field, kind: str) -> Equations:
    """Return the equations with Jacobians (*b, n, n)."""
    system, modes = field.system, field.modes

    def linearized(t: Array, x: Array, p: Array) -> tuple[Array, Array, Array]:
        here = Field(system, field.by_lane(p), modes, None)
        f, jacobian, slope = here.linearized(jnp.atleast_1d(t), field.by_lane(x))
        return field.by_state(f), jacobian[0] if x.ndim == 1 else jacobian, field.by_state(slope)

    return Equations(
        rate=lambda t, x, p: system.rhs(t, x, p, *field.given(t, x)),
        linearized=linearized,
        prepare=lambda jacobian, h: linear.prepare(kind, jacobian, None, h),
        solve_transposed=lambda factors, b: linear.solve_transposed(kind, factors, b),
        multiply=lambda left, right: jnp.einsum("in...,im...->...nm", left, right),
    )
