"""Quadratic models of sums of squares."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from hybridcell.fit.estimation.objective import Objective


def least_squares_models(
    objective: Objective, thetas: Any
) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, "k q"], Float[np.ndarray, "k q q"]]:
    """Return half the sums of squares, their gradients, and the curvatures of Gauss and Newton."""
    r, j = (np.asarray(each, float) for each in objective.least_squares(thetas))
    across = np.swapaxes(j, 1, 2)
    return 0.5 * np.sum(r**2, axis=1), np.matmul(across, r[..., None])[..., 0], np.matmul(across, j)
