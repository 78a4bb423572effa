"""How steady states move with the edges of an interaction network."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell._core.model import AbstractModel, make_field
from hybridcell.mechanisms.cellbox import CellBox
from hybridcell.mechanisms.cellbox.envelope import apply_envelope


def edge_sensitivities(
    model: AbstractModel, mechanism: CellBox, x: Float[np.ndarray, "c n"], u: Float[np.ndarray, "c n"]
) -> tuple[Float[np.ndarray, "c n n"], Float[np.ndarray, "c n n"]]:
    """Return the two factors of the derivatives of steady states by local responses R.

    d x_k / d R_ij under condition c is ``outward[c, k, i] * read[c, i, j]``: how a push on the production of
    i moves k, times what the edge from j reads.

    Parameters
    ----------
    model
        The whole model, a hybrid's residuals included.
    mechanism
        Its network.
    x, u
        Steady states and inputs under c conditions.
    """
    field, inner = make_field(model), mechanism.field()
    slope, read = _push(inner, jnp.asarray(x), jnp.asarray(u))
    bend = _jacobians(field, jnp.asarray(x), jnp.asarray(u))
    # weights are responses divided by the gain of their target
    push = np.asarray(slope / mechanism.gain)
    outward = -np.linalg.solve(np.asarray(bend), np.eye(model.n)[None] * push[:, None, :])
    return outward, np.asarray(read)


@jax.jit
def _jacobians(field: Any, x: Array, u: Array) -> Float[Array, "c n n"]:
    one = lambda x, u: field(0.0, x[None], u[None])[0]  # noqa: E731
    return jax.vmap(jax.jacfwd(one))(x, u)


@jax.jit
def _push(field: Any, x: Array, u: Array) -> tuple[Float[Array, "c n"], Float[Array, "c n n"]]:
    """Return how production rises with the summed influence, and what each edge adds to that sum."""
    s = x @ field.weights.T
    read = jnp.broadcast_to(x[:, None, :], (*x.shape, x.shape[1]))
    if field.degree == 2:
        s = s + field.weights.sum(axis=1) * x
        read = read + x[:, :, None]
    s = s + u if field.input == "inside" else s
    envelope = lambda s: apply_envelope(field.envelope, field.power, s)  # noqa: E731
    slope = field.epsilon * jax.jvp(envelope, (s,), (jnp.ones_like(s),))[1]
    return jnp.where(field.held, 0.0, slope) if field.clamp else slope, read
