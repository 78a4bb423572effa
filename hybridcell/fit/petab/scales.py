"""Parameters on the scale on which they are estimated."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell.io.petab.statement import SCALES, PetabParameter

_LOG_10 = float(np.log(10.0))


class Scales:
    """The scales of some parameters, in order.

    Parameters
    ----------
    parameters : sequence of PetabParameter
    """

    def __init__(self, parameters: Sequence[PetabParameter]):
        kinds = np.array([SCALES.index(parameter.scale) for parameter in parameters], int)
        self._is_log = kinds > 0
        self._base = np.where(kinds == 2, _LOG_10, 1.0)

    def to_linear(self, scaled: Float[Array, " q"]) -> Float[Array, " q"]:
        """Return values on the linear scale; differentiable."""
        exponent = jnp.where(self._is_log, scaled * self._base, 0.0)
        return jnp.where(self._is_log, jnp.exp(exponent), scaled)

    def to_scaled(self, linear: Float[np.ndarray, " *b q"]) -> Float[np.ndarray, " *b q"]:
        """Return values on their scales: -inf where the logarithm of 0 is asked for, NaN below."""
        linear = np.asarray(linear, float)
        with np.errstate(all="ignore"):
            return np.where(self._is_log, np.log(linear) / self._base, linear)
