"""How likely a measurement is, given the observable and the size of the noise.

With natural logarithms and all terms of normalization; log10 noise keeps its meaning: the error of the
decadic logarithm.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from hybridcell.io.petab.statement import NOISES

_LOG_10 = float(np.log(10.0))
_LOG_2_PI = float(np.log(2 * np.pi))


class Noise:
    """Distributions of measurements, row by row.

    Parameters
    ----------
    distributions : list of str
        One of `NOISES` for each row.
    measured : ndarray, shape (r,)
    """

    def __init__(self, distributions: list[str], measured: Float[np.ndarray, " r"]):
        kinds = np.array([NOISES.index(name) for name in distributions], int)
        self.laplace: Bool[np.ndarray, " r"] = kinds % 2 == 1
        self.logarithmic: Bool[np.ndarray, " r"] = kinds >= 2
        self.decadic: Bool[np.ndarray, " r"] = kinds >= 4
        self.base = np.where(self.decadic, _LOG_10, 1.0)
        with np.errstate(all="ignore"):
            logs = np.log(np.where(self.logarithmic, measured, 1.0))
        self.target = np.where(self.logarithmic, logs / self.base, measured)
        #: What the density of the logarithm lacks to that of the measurement itself.
        self.offset = np.where(self.logarithmic, logs + np.log(self.base), 0.0)

    def residual(self, found: Float[Array, " r"], sigma: Float[Array, " r"]) -> Float[Array, " r"]:
        """Return (found - measured) / sigma on the scale of the noise; inf where a logarithm has no value."""
        positive = found > 0
        usable = jnp.where(self.logarithmic & positive, found, 1.0)
        seen = jnp.where(self.logarithmic, jnp.log(usable) / self.base, found)
        residual = (seen - self.target) / sigma
        return jnp.where(self.logarithmic & ~positive, jnp.where(jnp.isnan(found), found, jnp.inf), residual)

    def log_density(self, found: Float[Array, " r"], sigma: Float[Array, " r"]) -> Float[Array, " r"]:
        """Return the logarithm of the density of each measurement."""
        residual = self.residual(found, sigma)
        bell = -0.5 * residual**2 - 0.5 * _LOG_2_PI
        peak = -jnp.abs(residual) - np.log(2.0)
        density = jnp.where(self.laplace, peak, bell) - jnp.log(sigma) - self.offset
        # a scale that is 0 or below has no density
        return jnp.where(sigma > 0, density, -jnp.inf)
