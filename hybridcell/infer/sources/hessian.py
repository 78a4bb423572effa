"""Second derivatives of an objective: differences of its gradients."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from hybridcell.fit.estimation.objective import Objective

#: Length of the differences, on the scale of the parameters.
_DIFFERENCE = 1e-4


def hessian(objective: Objective, theta: Float[np.ndarray, " q"]) -> Float[np.ndarray, "q q"]:
    """Return the Hessian at theta, one-sided at bounds; NaN where the objective cannot be computed."""
    lower, upper = np.asarray(objective.lower, float), np.asarray(objective.upper, float)
    q = len(theta)
    steps = _DIFFERENCE * np.eye(q)
    high, low = np.minimum(theta + steps, upper), np.maximum(theta - steps, lower)
    length = np.diagonal(high) - np.diagonal(low)
    _, slopes = objective.values_and_gradients(np.concatenate([high, low]))
    slopes = np.asarray(slopes, float)
    with np.errstate(all="ignore"):
        found = (slopes[:q] - slopes[q:]) / length[:, None]
    # a parameter that its bounds fix does not move
    found[length <= 0] = 0.0
    found[:, length <= 0] = 0.0
    return (found + found.T) / 2
