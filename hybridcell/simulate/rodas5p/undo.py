"""One step of Rodas5P in reverse: from the cotangents of what it leaves to those of where it began.

Written by hand, as reverse mode of a whole step keeps more than it needs: here the matrix is factorized once
at most, its cotangent, a sum of one product of two vectors per stage, is made once, and goes through second
derivatives once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hybridcell.simulate.rodas5p import tableau
from hybridcell.simulate.rodas5p.step import WEIGHTS, Kept, combine, find_stages, stages_from_left


class Terms(NamedTuple):
    """Terms that dx/dt is the sum of, each of few states: a shorter way back than through its Jacobian.

    Attributes
    ----------
    linearized
        (t, x, p) -> terms, their slopes in the states in a form of its own; lanes in the last axis.
    to_terms
        Cotangent of dx/dt of one lane -> those of the terms.
    to_states
        (slopes, cotangents of the terms) of one lane -> cotangent of x.
    """

    linearized: Callable[[Array, Array, Array], tuple[Array, Array]]
    to_terms: Callable[[Array], Array]
    to_states: Callable[[Array, Array], Array]


class Equations(NamedTuple):
    """Equations dx/dt = rate, of constants p; lanes stand side by side, in trailing axes.

    Attributes
    ----------
    rate
        (t, x, p) -> (n, *b)
    linearized
        (t, x, p) -> rate, Jacobian in a form of its own, partial derivative of the rate with respect to time.
    prepare
        (Jacobian, h) -> factors of 1 / (h GAMMA) - Jacobian, and what solves with it.
    solve_transposed
        (factors, b) -> what the transposed of that matrix takes to b.
    multiply
        (left (8, n, *b), right (8, n, *b)) -> sum of left[i] right[i]^T, in the form of the Jacobian.
    terms
        None where it takes longer to go back through them than through the rate.
    """

    rate: Callable[[Array, Array, Array], Array]
    linearized: Callable[[Array, Array, Array], tuple[Array, Array, Array]]
    prepare: Callable[[Array, Array], tuple[Any, Callable[[Array], Array]]]
    solve_transposed: Callable[[Any, Array], Array]
    multiply: Callable[[Array, Array], Array]
    terms: Terms | None = None


def undo_step(
    equations: Equations,
    t: Float[Array, "*b"],
    x: Float[Array, " n *b"],
    p: Float[Array, " m *b"],
    h: Float[Array, "*b"],
    to_end: Float[Array, " n *b"],
    to_dense: Float[Array, "3 n *b"],
    recall: Callable[[Callable[[], Kept]], Kept] = lambda again: again(),
) -> tuple[Float[Array, " n *b"], Float[Array, " m *b"]]:
    """Return the cotangents of x and p, of those of a step's end and of its vectors for in between.

    `recall` is given what takes the step again, for where nothing of it was kept.
    """
    (f, jacobian, slope), pull = jax.vjp(lambda x, p: equations.linearized(t, x, p), x, p)

    def again() -> Kept:
        factors, solve = equations.prepare(jacobian, h)
        stages = find_stages(lambda t, x: equations.rate(t, x, p), (f, slope), solve, None, t, x, h)
        return Kept(stages, factors)

    stages, factors = recall(again)
    solve_transposed = partial(equations.solve_transposed, factors)

    begun = stages_from_left(to_end, to_dense)
    undo_stages = partial(_undo_one_by_one, equations.rate)
    if x.ndim == 1 and equations.terms is not None:
        undo_stages = partial(_undo_side_by_side, equations.terms)
    found, to_x, to_p = undo_stages(t, x, p, h, stages, begun, solve_transposed)
    first = solve_transposed(found[0])
    found = jax.lax.dynamic_update_index_in_dim(found, first, 0, 0)
    to_slope = h * combine(jnp.asarray(tableau.SLOPE[None], x.dtype), found)[0]
    more_x, more_p = pull((first, equations.multiply(found, stages), to_slope))
    return to_end + to_x + more_x, to_p + more_p


def _undo_one_by_one(
    rate: Callable[[Array, Array, Array], Array],
    t: Array,
    x: Array,
    p: Array,
    h: Array,
    stages: Array,
    begun: Array,
    solve_transposed: Callable[[Array], Array],
) -> tuple[Array, Array, Array]:
    """Return the cotangents of right-hand sides, of x and of p: go back through the rate at each stage."""

    def undo_stage(carry: tuple[Array, ...], row: tuple[Array, ...]) -> tuple[Any, None]:
        found, to_x, to_p = carry
        i, weights, node = row
        to_rate = solve_transposed(jax.lax.dynamic_index_in_dim(found, i, keepdims=False))
        at = x + combine(weights[:1], stages)[0]
        to_at, more = jax.vjp(lambda x, p: rate(t + node * h, x, p), at, p)[1](to_rate)
        return (_with_stage(found, i, weights, to_at, to_rate, h), to_x + to_at, to_p + more), None

    rows = (jnp.arange(1, tableau.STAGES), *(jnp.asarray(r, x.dtype) for r in (WEIGHTS, tableau.NODES[1:])))
    carry = (begun, jnp.zeros_like(x), jnp.zeros_like(p))
    return jax.lax.scan(undo_stage, carry, rows, reverse=True)[0]


def _undo_side_by_side(
    terms: Terms,
    t: Array,
    x: Array,
    p: Array,
    h: Array,
    stages: Array,
    begun: Array,
    solve_transposed: Callable[[Array], Array],
) -> tuple[Array, Array, Array]:
    """Return the same of a single lane: terms and slopes of all stages at once, as if they were lanes."""
    weights, nodes = jnp.asarray(WEIGHTS, x.dtype), jnp.asarray(tableau.NODES[1:], x.dtype)
    at = x[:, None] + jnp.stack([combine(w[:1], stages)[0] for w in weights], axis=-1)
    times, many = t + nodes * h, (len(p), len(nodes))

    # what terms and slopes have in common is computed once; of the slopes, no derivative is asked for
    _, pull, slopes = jax.vjp(
        lambda p: terms.linearized(times, at, jnp.broadcast_to(p[:, None], many)), p, has_aux=True
    )

    def undo_stage(carry: tuple[Array, Array], row: tuple[Array, ...]) -> tuple[Any, Array]:
        found, to_x = carry
        i, weights, slopes = row
        to_rate = solve_transposed(jax.lax.dynamic_index_in_dim(found, i, keepdims=False))
        to_terms = terms.to_terms(to_rate)
        to_at = terms.to_states(slopes, to_terms)
        return (_with_stage(found, i, weights, to_at, to_rate, h), to_x + to_at), to_terms

    rows = (jnp.arange(1, tableau.STAGES), weights, jnp.moveaxis(slopes, -1, 0))
    (found, to_x), to_terms = jax.lax.scan(undo_stage, (begun, jnp.zeros_like(x)), rows, reverse=True)
    return found, to_x, pull(to_terms.T)[0]


def _with_stage(found: Array, i: Array, weights: Array, to_at: Array, to_rate: Array, h: Array) -> Array:
    """Add to the cotangents of the stages before; its own place then holds that of its right-hand side."""
    both = weights.reshape(*weights.shape, *(1,) * to_at.ndim)
    found = found + both[0] * to_at + both[1] * (to_rate / h)
    return jax.lax.dynamic_update_index_in_dim(found, to_rate, i, 0)
