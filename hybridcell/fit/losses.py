"""Losses on measurements and penalties on models, all in the units of the summed squared error.

A fit minimizes  (sum of weighted squared errors + sum of penalties) / (sum of weights).  A penalty
strength therefore means the same as in ridge regression: it weighs against the *sum* over the screen, and
need not be changed when the screen grows.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hybridcell._core.model import AbstractModel, Hybrid, HybridField
from hybridcell.fit.problem import Problem
from hybridcell.mechanisms.cellbox import CellBox
from hybridcell.neural import NeuralResidual


def entry_losses(error: Float[Array, "m r"], loss: str, delta: float) -> Float[Array, "m r"]:
    """Return the loss of each entry: squared, or Huber's (quadratic up to delta, then linear)."""
    if loss == "huber":
        size = jnp.abs(error)
        return jnp.where(size <= delta, jnp.square(error), delta * (2.0 * size - delta))
    return jnp.square(error)


def data_loss(
    predicted: Float[Array, "m r"], problem: Problem, weight: Float[Array, "m r"], loss: str, delta: float
) -> Float[Array, ""]:
    """Return the weighted sum of entry losses."""
    return jnp.sum(weight * entry_losses(predicted - problem.y, loss, delta))


def mechanism_of(model: AbstractModel) -> AbstractModel:
    """Return the mechanism inside a hybrid, or the model itself."""
    return model.mechanism if isinstance(model, Hybrid) else model


def penalty(
    model: AbstractModel,
    field: Any,
    x: Float[Array, "c n"],
    u: Float[Array, "c n"],
    strength: dict[str, Array],
) -> Float[Array, ""]:
    """Return the sum of all penalties.

    `l1`, `l2` act on local responses between nodes, `drug_l2` on the columns of drugs (or, with a drug
    prior, on its latent effects), `prior` on edges outside a soft prior or against its signs, `residual_l2`
    on the weights of residuals and `residual` on the values they take (summed squares of r / alpha). Of a
    dose layer, `off_target` (l1) acts on what drugs do besides their main target, `dose_prior` on how far
    maxima, EC50s and Hill coefficients are from what is usual (half squares, in sds of the prior); `drug_l2`
    does not, or known targets would lose to edges that cost less.
    """
    total = jnp.zeros(())
    mechanism = mechanism_of(model)
    if isinstance(mechanism, CellBox):
        total = total + _network_penalty(mechanism, strength)
    if isinstance(model, Hybrid):
        for term in model.residuals:
            if isinstance(term, NeuralResidual) and term.network is not None:
                size = sum(jnp.sum(jnp.square(w.value)) for w in term.network.weights)
                total = total + strength["residual_l2"] * size
    if isinstance(field, HybridField):
        r = field.residual(0.0, x, u) / field.relaxation
        total = total + strength["residual"] * jnp.sum(jnp.square(r))
    return total


def _network_penalty(model: CellBox, strength: dict[str, Array]) -> Float[Array, ""]:
    response = model.response
    is_drug = jnp.asarray([kind == "drug" for kind in model.kinds])
    between = jnp.where(is_drug[None, :], 0.0, response)
    # At zero |R| has no slope for jnp.abs; the square root form would, and would never reach zero.
    total = strength["l1"] * jnp.sum(jnp.abs(between)) + strength["l2"] * jnp.sum(jnp.square(between))
    if model.drug_effects is not None:
        total = total + strength["drug_l2"] * jnp.sum(jnp.square(model.drug_effects.latent.value))
    else:
        own = is_drug if model.doses is None else is_drug & ~jnp.asarray(model.doses.fills(model.n))
        total = total + strength["drug_l2"] * jnp.sum(jnp.square(jnp.where(own[None, :], response, 0.0)))
    if model.edge_prior is not None and not model.edge_prior.hard:
        total = total + strength["prior"] * model.edge_prior.penalty(response)
    if model.doses is not None:
        total = total + strength["off_target"] * jnp.sum(jnp.abs(model.doses.off_target))
        total = total + strength["dose_prior"] * model.doses.prior_penalty()
    return total


def all_finite(tree: Any) -> Array:
    """Tell whether every number of a tree is finite."""
    return jnp.all(jnp.asarray([jnp.all(jnp.isfinite(leaf)) for leaf in jax.tree.leaves(tree)]))
