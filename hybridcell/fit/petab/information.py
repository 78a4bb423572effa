"""What measurements say about parameters."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike, Float

from hybridcell.fit.petab.objective import Compiled


def fisher_information(compiled: Compiled, theta: Float[ArrayLike, " q"]) -> Float[np.ndarray, "q q"]:
    """Return the Fisher information of scaled parameters, by forward sensitivities."""
    seen, found_dot, sigma_dot = compiled.linearized(jnp.asarray(theta)[None])
    noise, sigma = compiled.noise, np.asarray(seen.sigma[0])[:, None]
    found = np.where(noise.logarithmic, np.asarray(seen.found[0]) * noise.base, 1.0)[:, None]
    mean = np.asarray(found_dot[0]) / found / sigma
    size = np.asarray(sigma_dot[0]) / sigma * np.where(noise.laplace, 1.0, np.sqrt(2.0))[:, None]
    return mean.T @ mean + size.T @ size
