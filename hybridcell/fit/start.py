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
from hybridcell.fit.dose_start import start_curves, start_effects
from hybridcell.fit.losses import mechanism_of
from hybridcell.mechanisms.cellbox import CellBox
from hybridcell.neural import NeuralResidual

#: Ridge strength of the start, in units of the summed squared error.
RIDGE = 0.2


def start_at_ridge(
    model: AbstractModel,
    data: PerturbationData,
    row_weight: Float[np.ndarray, " m"],
    *,
    residual_share: float,
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
    y, weight = _on_nodes(mechanism, data, row_weight)
    mechanism = start_curves(mechanism, u, y, weight, ridge=RIDGE)
    mechanism = _with_drug_gains(mechanism, data, u, row_weight)
    share = np.zeros(model.n)
    place = _linear_residual(model)
    if place is not None:
        share[[model.index(name) for name in _term(model, place).outputs]] = residual_share
    mechanism = _with_drug_columns(mechanism, u, y, weight, 1.0 - share)
    if not isinstance(model, Hybrid):
        return mechanism
    hybrid: Hybrid = eqx.tree_at(lambda m: m.mechanism, model, mechanism)
    return hybrid if place is None else _with_linear_residual(hybrid, place, u, share * y, weight)


def masked_ridge(
    features: Float[np.ndarray, "m k"],
    y: Float[np.ndarray, "m n"],
    weight: Float[np.ndarray, "m n"],
    strength: float = RIDGE,
) -> Float[np.ndarray, "k n"]:
    """Return coefficients of a ridge regression without intercept; entries of weight 0 are left out."""
    eye = strength * np.eye(features.shape[1])
    out = np.zeros((features.shape[1], y.shape[1]))
    # columns of equal weights (all of them in a complete screen) share one factorization
    patterns, group = np.unique(weight, axis=1, return_inverse=True)
    for g, pattern in enumerate(patterns.T):
        if pattern.any():
            columns = np.flatnonzero(group.reshape(-1) == g)
            weighted = features * pattern[:, None]
            out[:, columns] = np.linalg.solve(weighted.T @ features + eye, weighted.T @ y[:, columns])
    return out


def drug_activity(model: CellBox, u: np.ndarray) -> np.ndarray:
    """Return the states of the drug nodes under inputs u: nothing regulates them, so they follow at once."""
    field: Any = plain_field(model)
    settled = field.production(np.zeros(u.shape), u) / field.alpha
    if field.clamp:
        settled = np.where(field.held, field.driven(u), settled)
    return settled[:, [model.index(d) for d in model.drugs]]


def _entry_weights(data: PerturbationData, row_weight: np.ndarray) -> np.ndarray:
    """Return how much each entry counts, shape (N, R): 0 where not measured."""
    given = 1.0 if data.weight is None else np.nan_to_num(data.weight)
    return row_weight[:, None] * given * data.observed


def _on_nodes(
    model: CellBox, data: PerturbationData, row_weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return measurements and their weights on nodes, both (N, n), 0 where not measured."""
    y, weight = np.zeros((len(data), model.n)), np.zeros((len(data), model.n))
    columns = [model.index(r) for r in data.readouts]
    y[:, columns] = np.nan_to_num(data.values)
    weight[:, columns] = _entry_weights(data, row_weight)
    return y, weight


def _with_drug_gains(
    model: CellBox, data: PerturbationData, u: np.ndarray, row_weight: np.ndarray
) -> CellBox:
    """Fit the saturation of drug nodes that the screen reads out (CellBox screens do)."""
    if model.clamp:
        return model
    field: Any = plain_field(model)
    held = np.asarray(field.held)
    epsilon = np.array(field.epsilon)
    activity, weight = drug_activity(model, u), _entry_weights(data, row_weight)
    for k, drug in enumerate(model.drugs):
        if drug not in data.readouts or held[model.index(drug)]:
            continue
        column = data.readouts.index(drug)
        y, w, a = np.nan_to_num(data.values[:, column]), weight[:, column], activity[:, k]
        gain = (np.sum(w * a * y) + 1e-3) / (np.sum(w * a * a) + 1e-3)
        epsilon[model.index(drug)] *= np.clip(gain, 0.1, 10.0)
    return eqx.tree_at(lambda m: m._epsilon, model, model._epsilon.with_value(epsilon))


def _with_drug_columns(
    model: CellBox, u: np.ndarray, y: np.ndarray, weight: np.ndarray, kept: np.ndarray
) -> CellBox:
    """Set the effects of drugs to `kept`, shares per node, of the ridge solution."""
    activity = drug_activity(model, u)
    prior = model.drug_effects
    if prior is None:
        effects = kept[:, None] * masked_ridge(activity, y, weight).T
        response = np.array(model._response.value)
        columns = [model.index(d) for d in model.drugs]
        if model.edge_prior is not None and model.edge_prior.hard:
            # a sign that is known beats a regression: against it the edge starts at nothing, not mirrored
            effects = np.where(np.asarray(model.edge_prior.sign)[:, columns] * effects < 0, 0.0, effects)
        response[:, columns] = effects
        model = start_effects(model, effects)
        return eqx.tree_at(lambda m: m._response, model, model._response.with_value(response * model.mask))
    relative = activity / prior.activity
    direct = relative @ (prior.targets * prior.reference).T
    features = relative @ prior.factor
    # the shared strength by least squares on what the free effects leave unexplained
    left_y = y - features @ masked_ridge(features, y, weight)
    left_direct = direct - features @ masked_ridge(features, direct, weight)
    strength = np.sum(weight * direct * left_y) / (np.sum(weight * direct * left_direct) + 1e-6)
    latent = kept[:, None] * masked_ridge(features, y - strength * direct, weight).T
    filled = eqx.tree_at(
        lambda d: (d.latent, d.strength),
        prior,
        (prior.latent.with_value(latent), prior.strength.with_value(strength)),
    )
    return eqx.tree_at(lambda m: m.drug_effects, model, filled)


def _term(model: AbstractModel, place: int) -> Any:
    return model.residuals[place] if isinstance(model, Hybrid) else None


def _linear_residual(model: AbstractModel) -> int | None:
    """Return the position of a linear residual that reads every drug, if there is one."""
    if isinstance(model, Hybrid):
        drugs = {name for name, kind in zip(model.names, model.kinds) if kind == "drug"}
        for k, term in enumerate(model.residuals):
            if isinstance(term, NeuralResidual) and term.width == 0 and drugs <= set(term.inputs or ()):
                return k
    return None


def _with_linear_residual(
    model: Hybrid, place: int, u: np.ndarray, y: np.ndarray, weight: np.ndarray
) -> Hybrid:
    """Set the drugs' columns of a linear residual to the ridge solution for y."""
    term = _term(model, place)
    driven = [i for i, name in enumerate(term.inputs) if model.kinds[model.index(name)] == "drug"]
    field: Any = plain_field(model)
    features = np.asarray(field.driven(u))[:, [model.index(term.inputs[i]) for i in driven]]
    coefficients = masked_ridge(features, y, weight)
    outputs = [model.index(name) for name in term.outputs]
    weights = np.array(term.network.weights[0].value)
    relaxation = np.asarray(field.relaxation)[outputs]
    weights[:, driven] = coefficients[:, outputs].T * relaxation[:, None]
    return eqx.tree_at(
        lambda m: m.residuals[place].network.weights[0], model, term.network.weights[0].with_value(weights)
    )
