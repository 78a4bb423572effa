"""Where the training of a dose layer starts: at the curves that explain the drugs' own effects best.

An EC50 that is off by a factor of ten is many steps of training away, and on the way the effects have grown
to make up for it. So each drug's EC50 and Hill coefficient are looked for on a grid, by the ridge regression
of the responses on the occupancies; the maximum then is what that regression gives the main target.
"""

from __future__ import annotations

import equinox as eqx
import numpy as np
from jaxtyping import Float

from hybridcell.mechanisms.cellbox import CellBox
from hybridcell.mechanisms.doses import DoseLayer, occupancy

#: The grid: EC50s in ratio to the layer's own, and Hill coefficients.
_EC50S = np.geomspace(0.03, 30.0, 13)
_HILLS = np.array([0.6, 1.0, 1.6, 2.5])
#: Passes over all drugs: the curve of one depends on those of the others where they were given together.
_PASSES = 2
#: What the priors of the curves weigh against the sum of squared errors here.
_PRIOR = 0.1


def start_curves(
    model: CellBox,
    u: Float[np.ndarray, "m n"],
    y: Float[np.ndarray, "m n"],
    weight: Float[np.ndarray, "m n"],
    *,
    ridge: float,
) -> CellBox:
    """Return the network with the EC50s and Hill coefficients of its layer set from the data.

    Parameters
    ----------
    u, y, weight
        Inputs, responses and their weights on nodes, rows x nodes.
    ridge
        Strength of the ridge on effects.
    """
    layer = model.doses
    if layer is None:
        return model
    rows = weight.any(axis=1)
    seen = weight.any(axis=0)
    doses = u[rows][:, list(layer.columns)]
    y, weight = y[rows][:, seen], weight[rows][:, seen]
    ec50, hill = np.array(layer.ec50), np.array(layer.hill)
    taken = occupancy(doses, ec50, hill)
    used = [k for k in range(len(layer.drugs)) if len(np.unique(doses[:, k])) > 2]
    for _ in range(_PASSES if len(used) > 1 else 1):
        for k in used:
            best = np.inf
            for ratio in _EC50S:
                for slope in _HILLS:
                    given = layer.reference[k] * ratio
                    taken[:, k] = occupancy(doses[:, k], given, slope)
                    belief = _PRIOR * 0.5 * ((np.log(ratio) / 2.0) ** 2 + (np.log(slope) / 0.5) ** 2)
                    cost = _unexplained(taken, y, weight, ridge) + belief
                    if cost < best:
                        best, ec50[k], hill[k] = cost, given, slope
            taken[:, k] = occupancy(doses[:, k], ec50[k], hill[k])
    return with_layer(model, layer.with_values(ec50=ec50, hill=hill))


def start_effects(model: CellBox, effects: Float[np.ndarray, "n p"]) -> CellBox:
    """Return the network with the maxima of its layer set to the effects of all drugs on their main targets.

    `effects` are columns of all drug nodes, in the order of ``model.drugs``. Where a target was not measured
    the maximum stays.
    """
    layer = model.doses
    if layer is None or not any(layer.acts):
        return model
    maximum = np.array(layer.maximum)
    for k, (drug, target) in enumerate(zip(layer.drugs, layer.targets)):
        if target is not None:
            found = effects[model.index(target), model.drugs.index(drug)]
            maximum[k] = found if found != 0 else maximum[k]
    return with_layer(model, layer.with_values(maximum=maximum))


def with_layer(model: CellBox, layer: DoseLayer) -> CellBox:
    """Return the network with other numbers in its dose layer."""
    return eqx.tree_at(lambda m: m.doses, model, layer)


def _unexplained(features: np.ndarray, y: np.ndarray, weight: np.ndarray, ridge: float) -> float:
    """Return the squared error, and the ridge, that a ridge regression leaves; one factorization."""
    shared = weight.mean(axis=1)  # a start may take the weights of a row as one
    weighted = features * shared[:, None]
    effects = np.linalg.solve(weighted.T @ features + ridge * np.eye(features.shape[1]), weighted.T @ y)
    return float(np.sum(weight * (y - features @ effects) ** 2) + ridge * np.sum(effects**2))
