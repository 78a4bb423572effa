"""How far each node alone moves another, and each input a node, around steady states."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float


def local_gains(
    field: Any, x: Float[Array, "s n"], u: Float[Array, "s n"]
) -> tuple[Float[np.ndarray, "s n n"], Float[np.ndarray, "s n n"]]:
    """Return dx_i per dx_j with all other nodes held, and dx_i per du_j, at each of s steady states.

    The steady state moves by ``dx = gains @ dx + inputs @ du``; a node's effect on itself is in its own row.
    """
    gains, inputs = _gains(field, x, u)
    return np.asarray(gains), np.asarray(inputs)


@eqx.filter_jit
def _gains(field: Any, x: Array, u: Array) -> tuple[Array, Array]:
    def rate(y: Array, v: Array) -> Array:
        return field(0.0, y[None], v[None])[0] / field.relaxation

    def one(pair: tuple[Array, Array]) -> tuple[Array, Array]:
        by_state, by_input = jax.jacfwd(rate, argnums=(0, 1))(*pair)
        own = -jnp.diag(by_state)[:, None]
        off = jnp.where(jnp.eye(len(own), dtype=bool), 0.0, by_state)
        return off / own, by_input / own

    return jax.lax.map(one, (x, u))
