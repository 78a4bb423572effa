"""Products of states and weights whose gradient is as fast as they are."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.custom_derivatives import SymbolicZero
from jaxtyping import Array, Float


def weighted_sums(x: Any, weights: Any) -> Any:
    """Return ``x @ weights.T``: of each row of x, shape (c, n), the sums that weights, shape (m, n), make.

    In double precision on a CPU, the product that reverse mode makes of it for the gradient of the weights
    takes twice as long as this one, as XLA turns its first factor around number by number. Here that is
    turned around in memory first.
    """
    if isinstance(x, np.ndarray) and isinstance(weights, np.ndarray):
        return x @ weights.T
    plain = jnp.ndim(x) != 2 or jnp.result_type(x, weights) != jnp.float64 or jax.default_backend() != "cpu"
    return x @ weights.T if plain else _product(x, weights)


@jax.custom_jvp
def _product(x: Float[Array, "c n"], weights: Float[Array, "m n"]) -> Float[Array, "c m"]:
    return x @ weights.T


def _product_jvp(primals: tuple[Array, Array], tangents: tuple[Any, Any]) -> tuple[Array, Array]:
    x, weights = primals
    by_x, by_weights = tangents
    value = _product(x, weights)
    slope = jnp.zeros_like(value) if isinstance(by_x, SymbolicZero) else by_x @ weights.T
    if not isinstance(by_weights, SymbolicZero):
        # transposed, the barrier keeps XLA from merging the turn into the product
        slope = slope + jax.lax.optimization_barrier(by_weights @ x.T).T
    return value, slope


_product.defjvp(_product_jvp, symbolic_zeros=True)
