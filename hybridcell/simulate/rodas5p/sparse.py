"""Linear systems of a known sparse pattern: lists of single operations, fast in a loop that is compiled whole.

Nothing here is made to be differentiated.
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hybridcell.mechanisms.program.elimination import Elimination
from hybridcell.simulate.rodas5p import tableau


def prepare(
    elimination: Elimination, jacobian: Float[Array, " entries *b"], h: Float[Array, "*b"]
) -> Callable[[Float[Array, " n *b"]], Float[Array, " n *b"]]:
    """Return what solves with 1 / (h GAMMA) - Jacobian, given by its values at the places of `elimination`."""
    n = len(elimination.pivots)
    over_h = jnp.broadcast_to(1.0 / (h * tableau.GAMMA), (n, *h.shape))
    padding = ((0, elimination.size - n), *((0, 0),) * h.ndim)
    factors = _factorize(elimination, jnp.pad(over_h, padding) - jacobian)
    return lambda b: _solve(elimination, factors, b)


def _factorize(elimination: Elimination, values: Array) -> Array:
    def pivot(i: Array, values: Array) -> Array:
        k = elimination.pivots[i]
        values = _put(values, k, -1.0 / _get(values, k))
        start, stop = elimination.factor_start[i], elimination.factor_start[i + 1]
        return jax.lax.fori_loop(start, stop, operate, values)

    def operate(i: Array, values: Array) -> Array:
        target, left, right = elimination.factor[i]
        old = jnp.where(target == left, 0.0, _get(values, target))
        return _put(values, target, old + _get(values, left) * _get(values, right))

    return jax.lax.fori_loop(0, len(elimination.pivots), pivot, values)


def _solve(elimination: Elimination, factors: Array, b: Array) -> Array:
    def operate(i: Array, x: Array) -> Array:
        target, entry, source = elimination.solve[i]
        old = jnp.where(target == source, 0.0, _get(x, target))
        return _put(x, target, old + _get(factors, entry) * _get(x, source))

    return -jax.lax.fori_loop(0, elimination.solve_count, operate, b)


def _get(rows: Array, place: Array) -> Array:
    return jax.lax.dynamic_index_in_dim(rows, place, keepdims=False)


def _put(rows: Array, place: Array, row: Array) -> Array:
    return jax.lax.dynamic_update_index_in_dim(rows, row, place, 0)
