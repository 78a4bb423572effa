"""Keeping a network contractive, so that it settles to one steady state and can be trained there.

The map x -> (eps/alpha) phi(Wx + u) is a contraction in a weighted maximum norm when |R| v <= c v with
c < 1 for some v > 0, where R are the local responses and c takes up the steepest slope of phi
(Collatz-Wielandt: then the spectral radius of |R| is at most c). A row that breaks the inequality is
scaled down until it holds. v follows the Perron vector of |R| by one power step per call, so that
rows are cut only where the network as a whole is too strong, not wherever a row has a large sum.
"""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell.mechanisms.cellbox.cellbox import CellBox
from hybridcell.mechanisms.cellbox.envelope import apply_envelope


def steepest_slope(envelope: str, power: float) -> float:
    """Return the largest slope of the envelope."""
    if envelope in ("tanh", "linear", "clip"):
        return 1.0
    s = np.linspace(-3.0, 3.0, 60_001)
    return float(np.max(np.abs(np.diff(apply_envelope(envelope, power, s)) / np.diff(s))))


def contract(
    model: CellBox, v: Float[Array, " n"], *, limit: float
) -> tuple[CellBox, Float[Array, " n"]]:
    """Return the network with over-strong rows scaled down, and the next v.

    Only edges between nodes that both regulate and are regulated count: drugs and phenotypes are on
    no loop.
    """
    recurrent = (model.mask.sum(axis=0) > 0) & (model.mask.sum(axis=1) > 0)
    core = jnp.asarray(recurrent, dtype=v.dtype)
    size = jnp.abs(model.response) * core[:, None] * core[None, :] * steepest_slope(model.envelope, model.power)
    if model.degree == 2:
        size = size + jnp.diag(jnp.abs(jnp.sum(model.response * core[None, :], axis=1)) * core)
    pushed = size @ v
    v = jnp.maximum(0.5 * v + 0.5 * pushed / jnp.maximum(jnp.max(pushed), 1e-12), 1e-3)
    strength = (size @ v) / v
    scale = jnp.minimum(1.0, limit / jnp.maximum(strength, 1e-12))
    between = core[:, None] * core[None, :] > 0
    raw = model._response.raw
    raw = jnp.where(between, raw * scale[:, None], raw)
    return eqx.tree_at(lambda m: m._response.raw, model, raw), v
