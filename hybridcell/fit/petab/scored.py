"""Likelihoods with slopes and informations, for many parameter vectors at once."""

from __future__ import annotations

import numpy as np
from jaxtyping import ArrayLike, Float

from hybridcell.fit.petab.objective import Compiled


def scored(
    compiled: Compiled, thetas: Float[ArrayLike, "b q"]
) -> tuple[Float[np.ndarray, " b"], Float[np.ndarray, "b q"], Float[np.ndarray, "b q q"]]:
    """Return log-likelihoods, their gradients, and Fisher informations, from one run with sensitivities.

    Where a simulation failed: -inf, and NaN.
    """
    seen, found_dot, sigma_dot = compiled.linearized(thetas)
    value, slope = compiled._programs["slope"](seen, found_dot, sigma_dot)
    noise, sigma = compiled.noise, np.asarray(seen.sigma)[..., None]
    with np.errstate(all="ignore"):
        found = np.where(noise.logarithmic, np.asarray(seen.found) * noise.base, 1.0)[..., None]
        mean = np.asarray(found_dot) / found / sigma
        size = np.asarray(sigma_dot) / sigma * np.where(noise.laplace, 1.0, np.sqrt(2.0))[:, None]
        across = np.concatenate([mean, size], axis=1)
        information = np.matmul(np.swapaxes(across, 1, 2), across)
    return np.asarray(value.value), np.asarray(slope), information
