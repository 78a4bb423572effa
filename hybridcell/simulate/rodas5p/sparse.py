"""Linear systems of a known sparse pattern: lists of operations, fast in a loop that is compiled whole.

Nothing here is made to be differentiated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hybridcell.mechanisms.program.elimination import Elimination
from hybridcell.simulate.rodas5p import tableau


def prepare(
    elimination: Elimination, jacobian: Float[Array, " entries *b"], h: Float[Array, "*b"]
) -> Callable[[Float[Array, " n *b"]], Float[Array, " n *b"]]:
    """Return what solves with 1 / (h GAMMA) - Jacobian, given by its values in the pattern."""
    n = len(elimination.pivots)
    over_h = jnp.broadcast_to(1.0 / (h * tableau.GAMMA), (n, *h.shape))
    padding = ((0, elimination.size - n), *((0, 0),) * h.ndim)
    factors = _factorize(elimination, jnp.pad(over_h, padding) - jacobian)
    return lambda b: _solve(elimination, factors, b)


def _factorize(plan: Elimination, values: Array) -> Array:
    def pivot(i: Array, values: Array) -> Array:
        k = plan.pivots[i]
        inverse = 1.0 / _get(values, k)

        def divide(j: Array, values: Array) -> Array:
            return _put(values, plan.lower[j], -inverse * _get(values, plan.lower[j]))

        values = _put(values, k, inverse)
        values = jax.lax.fori_loop(plan.lower_start[i], plan.lower_start[i + 1], divide, values)
        return _operate(plan.factor, plan.factor_start[i], plan.factor_start[i + 1], values)

    values = jax.lax.fori_loop(0, len(plan.pivots), pivot, values)
    # right of the diagonal, rows are divided by their pivots; others by -1, twice
    minus_one = jnp.full((1, *values.shape[1:]), -1.0)
    return -values * jnp.concatenate([values, minus_one])[plan.upper_row]


def _solve(plan: Elimination, factors: Array, b: Array) -> Array:
    x = _operate(plan.forward, 0, plan.forward_count, b, factors)
    return _operate(plan.backward, 0, plan.backward_count, x * factors[: len(b)], factors)


def _operate(steps: Array, start: Any, stop: Any, vector: Array, factors: Array | None = None) -> Array:
    """Run through a list of products to add; left factors are those of another vector, or of the same."""

    def add(i: Array, vector: Array) -> Array:
        target, left, right = steps[i]
        product = _get(vector if factors is None else factors, left) * _get(vector, right)
        return _put(vector, target, _get(vector, target) + product)

    return jax.lax.fori_loop(start, stop, add, vector)


def _get(rows: Array, place: Array) -> Array:
    return jax.lax.dynamic_index_in_dim(rows, place, keepdims=False)


def _put(rows: Array, place: Array, row: Array) -> Array:
    return jax.lax.dynamic_update_index_in_dim(rows, row, place, 0)
