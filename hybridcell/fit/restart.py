"""A fitted model taken back to where fits start, so that a fold's member knows nothing of its fold."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax.random as jr
import numpy as np
from jaxtyping import PRNGKeyArray

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.model import AbstractModel, Hybrid
from hybridcell.data import PerturbationData
from hybridcell.fit.losses import mechanism_of
from hybridcell.mechanisms.cellbox import CellBox
from hybridcell.mechanisms.cellbox.from_data import INITIAL_SD, starting_gain


def restarted(model: AbstractModel, data: PerturbationData, key: PRNGKeyArray) -> AbstractModel:
    """Return the model with a small random network, saturation above the data, and fresh residuals.

    Structure, masks and priors stay. Rates of decay stay too: at steady state they are not fitted.

    Raises
    ------
    InvalidValueError
        When the mechanism is no CellBox network.
    """
    mechanism = mechanism_of(model)
    if not isinstance(mechanism, CellBox):
        raise InvalidValueError(
            f"A {type(mechanism).__name__} cannot be fitted anew without its start; wanted a CellBox network "
            "or a hybrid with one. hc.fit_ensemble calibrates while it fits."
        )
    fresh = _fresh_network(mechanism, data, jr.fold_in(key, 0))
    if not isinstance(model, Hybrid):
        return fresh
    residuals = tuple(term.reseeded(jr.fold_in(key, 1 + i)) for i, term in enumerate(model.residuals))
    return Hybrid(mechanism=fresh, residuals=residuals)


def _fresh_network(model: CellBox, data: PerturbationData, key: PRNGKeyArray) -> CellBox:
    response = INITIAL_SD * np.asarray(jr.normal(key, (model.n, model.n))) * np.asarray(model.mask)
    prior = model.edge_prior
    if prior is not None and prior.hard:
        sign = np.asarray(prior.sign)
        response = np.where(sign != 0, sign * np.abs(response), response)
    measured = dict(zip(data.readouts, starting_gain(data, 0)))
    gain = np.array([measured.get(name, 1.0) for name in model.names])
    alpha = np.asarray(model._alpha.value)
    out: Any = eqx.tree_at(
        lambda m: (m._response, m._epsilon),
        model,
        (model._response.with_value(response), model._epsilon.with_value(gain * alpha)),
    )
    if model.doses is not None:
        out = eqx.tree_at(lambda m: m.doses, out, model.doses.restarted())
    effects = model.drug_effects
    if effects is None:
        return out
    latent, strength = (np.zeros(np.shape(p.value)) for p in (effects.latent, effects.strength))
    empty = eqx.tree_at(
        lambda d: (d.latent, d.strength),
        effects,
        (effects.latent.with_value(latent), effects.strength.with_value(strength)),
    )
    return eqx.tree_at(lambda m: m.drug_effects, out, empty)
