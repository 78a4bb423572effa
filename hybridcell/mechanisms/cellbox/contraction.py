"""Keeping a network contractive, so that it settles to one steady state and can be trained there.

The map x -> (eps/alpha) phi(Wx + u) is a contraction in a weighted maximum norm when A v <= c v with
c < 1 for some v > 0, where A is |R|, the local responses, times the steepest slope of phi (Collatz-
Wielandt: then the spectral radius of A is at most c). A row that breaks the inequality is scaled down
until it holds. v follows the Perron vector of A by a few power steps per call, so that rows are cut only
where the network as a whole is too strong, not wherever a row has a large sum.
"""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hybridcell.mechanisms.cellbox.cellbox import CellBox

#: Power steps per call. One step would do while training moves slowly; a start needs more.
POWER_STEPS = 8


def steepest_slope(envelope: str, power: float) -> float:
    """Return the largest slope of the envelope.

    A hill envelope with a power below 1 has none: it is infinitely steep at s = -1. There the slope at the
    control, s = 0, is returned.
    """
    k = float(power)
    if envelope == "polynomial" or (envelope == "hill" and k > 1):
        # s^k / (1 + s^k) is steepest where s^k = (k - 1) / (k + 1)
        slope = ((k - 1) / (k + 1)) ** ((k - 1) / k) * (k + 1) ** 2 / (4 * k)
        return 2.0 * slope if envelope == "hill" else slope
    if envelope == "hill":
        return 2.0 if k == 1 else k / 2
    return 1.0


def influence(model: CellBox) -> Float[Array, "n n"]:
    """Return A, bounds on the change of each node's steady response per change of each node's state.

    Only nodes on a loop count. Drugs and phenotypes are on none, but with degree 2 every regulated node
    acts on itself through the sum of its row.
    """
    mask = jnp.asarray(model.mask)
    on_loop = mask.any(axis=1) if model.degree == 2 else mask.any(axis=1) & mask.any(axis=0)
    size = jnp.where(on_loop[:, None] & on_loop[None, :], jnp.abs(model.response), 0.0)
    if model.degree == 2:
        size = size + jnp.diag(jnp.where(on_loop, jnp.abs(jnp.sum(model.response, axis=1)), 0.0))
    return size * steepest_slope(model.envelope, model.power)


def contract(model: CellBox, v: Float[Array, " n"], *, limit: float) -> tuple[CellBox, Float[Array, " n"]]:
    """Return the network with over-strong rows scaled down, and the next v.

    With degree 2 the columns of drugs are part of a row; where a drug prior fills them, its free part is
    scaled and its known targets are not.
    """
    size = influence(model)

    def power_step(_: int, v: Array) -> Array:
        pushed = size @ v
        # half of the old v, or else a loop of two nodes would swing forever
        return jnp.maximum(0.5 * v + 0.5 * pushed / jnp.maximum(jnp.max(pushed), 1e-12), 1e-3)

    v = jax.lax.fori_loop(0, POWER_STEPS, power_step, v)
    scale = jnp.minimum(1.0, limit / jnp.maximum((size @ v) / v, 1e-12))
    raw = model._response.raw
    if model.degree == 2:
        model = eqx.tree_at(lambda m: m._response.raw, model, raw * scale[:, None])
        if model.drug_effects is not None:
            latent = model.drug_effects.latent.raw * scale[:, None]
            model = eqx.tree_at(lambda m: m.drug_effects.latent.raw, model, latent)
        return model, v
    raw = jnp.where(size > 0, raw * scale[:, None], raw)
    return eqx.tree_at(lambda m: m._response.raw, model, raw), v
