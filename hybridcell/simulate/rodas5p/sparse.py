"""Linear systems of a known sparse pattern: lists of operations, fast in a loop that is compiled whole.

Differentiable in reverse mode.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hybridcell.mechanisms.program.elimination import Elimination
from hybridcell.mechanisms.program.sparse import put
from hybridcell.simulate.rodas5p import tableau


def prepare(
    elimination: Elimination, jacobian: Float[Array, " entries *b"], h: Float[Array, "*b"]
) -> Callable[[Float[Array, " n *b"]], Float[Array, " n *b"]]:
    """Return what solves with 1 / (h GAMMA) - Jacobian, given by its values in the pattern."""
    n = len(elimination.pivots)
    over_h = jnp.broadcast_to(1.0 / (h * tableau.GAMMA), (n, *h.shape))
    padding = ((0, elimination.size - n), *((0, 0),) * h.ndim)
    matrix = jnp.pad(over_h, padding) - jacobian
    factors = _factorize(elimination, jax.lax.stop_gradient(matrix))
    return lambda b: _solve(elimination, factors, matrix, b)


def _factorize(plan: Elimination, values: Array) -> Array:
    def pivot(i: Array, values: Array) -> Array:
        k = plan.pivots[i]
        inverse = 1.0 / _get(values, k)

        def divide(j: Array, values: Array) -> Array:
            return put(values, plan.lower[j], -inverse * _get(values, plan.lower[j]))

        values = put(values, k, inverse)
        values = jax.lax.fori_loop(plan.lower_start[i], plan.lower_start[i + 1], divide, values)
        return jax.lax.fori_loop(plan.factor_start[i], plan.factor_start[i + 1], subtract, values)

    def subtract(i: Array, values: Array) -> Array:
        target, left, right = plan.factor[i]
        return put(values, target, _get(values, target) + _get(values, left) * _get(values, right))

    values = jax.lax.fori_loop(0, len(plan.pivots), pivot, values)
    # right of the diagonal, rows are divided by their pivots; others by -1, twice
    minus_one = jnp.full((1, *values.shape[1:]), -1.0)
    return -values * jnp.concatenate([values, minus_one])[plan.upper_row]


@jax.custom_vjp
def _solve(plan: Elimination, factors: Array, matrix: Array, b: Array) -> Array:
    del matrix  # known by its factors; here for its derivative
    x = _operate(plan.forward, plan.forward_count, b, factors)
    return _operate(plan.backward, plan.backward_count, x * factors[: len(b)], factors)


def _solve_forward(plan: Elimination, factors: Array, matrix: Array, b: Array) -> tuple[Array, Any]:
    x = _solve(plan, factors, matrix, b)
    return x, (plan, factors, x)


def _solve_backward(kept: Any, cotangent: Array) -> tuple[None, None, Array, Array]:
    plan, factors, x = kept
    b = _operate(plan.backward, plan.backward_count, cotangent, factors, transpose=True)
    b = _operate(plan.forward, plan.forward_count, b * factors[: len(b)], factors, transpose=True)
    rows, columns = jnp.divmod(plan.places, len(x))
    return None, None, -b[jnp.minimum(rows, len(x) - 1)] * x[columns], b


_solve.defvjp(_solve_forward, _solve_backward)


def _operate(steps: Array, count: Array, vector: Array, factors: Array, *, transpose: bool = False) -> Array:
    """Run through a list of products to add; transposed: from its end, with target and source exchanged."""

    def add(i: Array, vector: Array) -> Array:
        target, entry, source = steps[count - 1 - i] if transpose else steps[i]
        target, source = (source, target) if transpose else (target, source)
        row = _get(vector, target) + _get(factors, entry) * _get(vector, source)
        return put(vector, target, row)

    return jax.lax.fori_loop(0, count, add, vector)


def _get(rows: Array, place: Array) -> Array:
    return jax.lax.dynamic_index_in_dim(rows, place, keepdims=False)
