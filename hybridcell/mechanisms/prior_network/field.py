"""The right-hand side of a prior network."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell._core.arrays import namespace
from hybridcell._core.model import AbstractField


class PriorNetworkField(AbstractField):
    """dx/dt of inputs, which follow u, and of readouts, which follow their target level."""

    bias: Float[Array, " r"]
    weights: Float[Array, "r p"]  # direct effects and those along the prior, in one
    link: str = eqx.field(static=True)

    def __call__(self, t: Any, x: Float[Array, "c n"], u: Float[Array, "c n"]) -> Float[Array, "c n"]:
        """Return dx/dt, inputs first."""
        p = self.weights.shape[1]
        level = from_link(self.link, x[:, :p] @ self.weights.T + self.bias)
        xp = namespace(x, u, level)
        return xp.concatenate([u[:, :p], level + u[:, p:]], axis=1) - x

    @property
    def relaxation(self) -> Float[Array, " n"]:
        """All rates are 1."""
        return namespace(self.bias).ones(sum(self.weights.shape), dtype=self.bias.dtype)


def from_link(link: str, z: Any) -> Any:
    """Return readouts from their unbounded level z."""
    if link == "identity":
        return z
    if namespace(z) is jnp:
        return jax.nn.sigmoid(z)
    return 0.5 * (1.0 + np.tanh(0.5 * z))  # the same number, without overflow at either end
