"""Where training starts: at the ridge solution for the direct effects of drugs.

The original starts from weights of standard deviation 1 and spends most of its steps on undoing them.
Here the network between nodes starts small, and the columns of drugs start where a ridge regression of the
responses on the drugs' activities ends, so that the first step of training is already as good as the
strongest simple baseline.
"""

from __future__ import annotations

from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Float

from hybridcell._core.model import AbstractModel, Hybrid, plain_field
from hybridcell.data import PerturbationData
from hybridcell.fit.losses import mechanism_of
from hybridcell.mechanisms.cellbox import CellBox
from hybridcell.neural import NeuralResidual

#: Ridge strength of the start, in units of the summed squared error.
RIDGE = 0.2


def start_at_ridge(
    model: AbstractModel, data: PerturbationData, row_weight: Float[np.ndarray, " m"], *, residual_share: float
) -> AbstractModel:
    """Return the model with drug columns (and a linear residual's) set from a ridge regression.

    Parameters
    ----------
    row_weight : ndarray, shape (N,)
        How often each row counts; 0 leaves a row out.
    residual_share : float
        Part of the ridge solution that goes to a linear residual on the drugs, where the model has one.

    Returns
    -------
    AbstractModel
        Unchanged when there are no drug nodes, or the screen perturbs none of them.
    """
    mechanism = mechanism_of(model)
    if not isinstance(mechanism, CellBox) or not mechanism.drugs:
        return model
    u = mechanism.inputs(data)
    drugs = [mechanism.index(d) for d in mechanism.drugs]
    if not np.any(u[:, drugs]):
        return model
    mechanism = _with_drug_gains(mechanism, data, u, row_weight)
    y, observed = _on_nodes(mechanism, data)
    share = residual_share if _linear_residual(model) is not None else 0.0
    mechanism = _with_drug_columns(mechanism, u, y, observed, row_weight, 1.0 - share)
    if not isinstance(model, Hybrid):
        return mechanism
    model = eqx.tree_at(lambda m: m.mechanism, model, mechanism)
    return _with_linear_residual(model, u, y, observed, row_weight, share)


def masked_ridge(
    features: np.ndarray, y: np.ndarray, observed: np.ndarray, row_weight: np.ndarray, strength: float = RIDGE
) -> np.ndarray:
    """Return coefficients (K, n) of a ridge regression without intercept; missing entries are left out."""
    eye = strength * np.eye(features.shape[1])
    if observed.all(axis=0).all():
        weighted = features * row_weight[:, None]
        return np.linalg.solve(weighted.T @ features + eye, weighted.T @ y)
    out = np.zeros((features.shape[1], y.shape[1]))
    for j in np.flatnonzero(observed.any(axis=0)):
        weighted = features * (row_weight * observed[:, j])[:, None]
        out[:, j] = np.linalg.solve(weighted.T @ features + eye, weighted.T @ y[:, j])
    return out


def drug_activity(model: CellBox, u: np.ndarray) -> np.ndarray:
    """Return the states of the drug nodes under inputs u: nothing regulates them, so they follow at once."""
    if model.clamp:
        settled = u
    else:
        field: Any = plain_field(model)
        settled = field.production(np.zeros(u.shape), u) / field.alpha
    return settled[:, [model.index(d) for d in model.drugs]]


def _on_nodes(model: CellBox, data: PerturbationData) -> tuple[np.ndarray, np.ndarray]:
    y, observed = np.zeros((len(data.values), model.n)), np.zeros((len(data.values), model.n), dtype=bool)
    columns = [model.index(r) for r in data.readouts]
    observed[:, columns] = np.isfinite(data.values)
    y[:, columns] = np.nan_to_num(data.values)
    # a readout that the screen never measured must not make every column take the slow path
    complete = observed.all(axis=0) | ~observed.any(axis=0)
    observed[:, complete] = True
    return y, observed


def _with_drug_gains(model: CellBox, data: PerturbationData, u: np.ndarray, row_weight: np.ndarray) -> CellBox:
    """Fit the saturation of drug nodes that the screen reads out (CellBox screens do)."""
    if model.clamp:
        return model
    field: Any = plain_field(model)
    epsilon = np.array(field.epsilon)
    activity = drug_activity(model, u)
    for k, drug in enumerate(model.drugs):
        if drug not in data.readouts:
            continue
        y = np.nan_to_num(data.values[:, data.readouts.index(drug)])
        a = activity[:, k]
        gain = (np.sum(row_weight * a * y) + 1e-3) / (np.sum(row_weight * a * a) + 1e-3)
        epsilon[model.index(drug)] *= np.clip(gain, 0.1, 10.0)
    return eqx.tree_at(lambda m: m._epsilon, model, model._epsilon.with_value(epsilon))


def _with_drug_columns(
    model: CellBox, u: np.ndarray, y: np.ndarray, observed: np.ndarray, row_weight: np.ndarray, share: float
) -> CellBox:
    activity = drug_activity(model, u)
    prior = model.drug_effects
    if prior is None:
        effects = share * masked_ridge(activity, y, observed, row_weight).T
        response = np.array(model._response.value)
        response[:, [model.index(d) for d in model.drugs]] = effects
        return eqx.tree_at(lambda m: m._response, model, model._response.with_value(response * model.mask))
    relative = activity / prior.activity
    direct = relative @ (prior.targets * prior.reference).T
    features = relative @ prior.factor
    # the shared strength by least squares on what the free effects leave unexplained
    left_y = y - features @ masked_ridge(features, y, observed, row_weight)
    left_direct = direct - features @ masked_ridge(features, direct, observed, row_weight)
    w = row_weight[:, None] * observed
    strength = np.sum(w * direct * left_y) / (np.sum(w * direct * left_direct) + 1e-6)
    latent = share * masked_ridge(features, y - strength * direct, observed, row_weight).T
    filled = eqx.tree_at(
        lambda d: (d.latent, d.strength),
        prior,
        (prior.latent.with_value(latent), prior.strength.with_value(strength)),
    )
    return eqx.tree_at(lambda m: m.drug_effects, model, filled)


def _linear_residual(model: AbstractModel) -> int | None:
    """Return the position of a linear residual that reads the drugs, if there is one."""
    if isinstance(model, Hybrid):
        for k, term in enumerate(model.residuals):
            if isinstance(term, NeuralResidual) and term.width == 0 and term.network is not None:
                return k
    return None


def _with_linear_residual(
    model: Hybrid, u: np.ndarray, y: np.ndarray, observed: np.ndarray, row_weight: np.ndarray, share: float
) -> Hybrid:
    place = _linear_residual(model)
    if place is None:
        return model
    term: Any = model.residuals[place]
    driven = [i for i, name in enumerate(term.inputs) if model.kinds[model.index(name)] == "drug"]
    if not driven:
        return model
    features = u[:, [model.index(term.inputs[i]) for i in driven]]
    coefficients = share * masked_ridge(features, y, observed, row_weight)
    outputs = [model.index(name) for name in term.outputs]
    weights = np.array(term.network.weights[0].value)
    relaxation = np.asarray(plain_field(model).relaxation)[outputs]
    weights[:, driven] = coefficients[:, outputs].T * relaxation[:, None]
    return eqx.tree_at(
        lambda m: m.residuals[place].network.weights[0], model, term.network.weights[0].with_value(weights)
    )
