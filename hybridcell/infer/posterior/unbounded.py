"""Bounded parameters as numbers without bounds."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

#: A point on a bound has no number: it is moved inside by this share of the width, or by this length.
_INSIDE = 1e-3


class Unbounded:
    """Maps z, one number for each parameter that can move, to all of theta.

    A parameter between two finite bounds is a logistic function of its number, one with a single bound an
    exponential function of it.

    Parameters
    ----------
    lower, upper : ndarray, shape (q,)
    at : ndarray, shape (q,)
        Values of those whose bounds are equal.

    Attributes
    ----------
    places : ndarray of int, shape (m,)
        Those that can move.
    """

    def __init__(self, lower: Any, upper: Any, at: Any):
        lower, upper = np.asarray(lower, float), np.asarray(upper, float)
        self.places = np.flatnonzero(lower < upper)
        self._at = np.asarray(at, float)
        self.lower, self.upper = lower[self.places], upper[self.places]
        low, high = np.isfinite(self.lower), np.isfinite(self.upper)
        self._both, self._above, self._below = low & high, low & ~high, ~low & high
        self._low, self._high = np.where(low, self.lower, 0.0), np.where(high, self.upper, 0.0)

    def __len__(self) -> int:
        return len(self.places)

    def own(self, z: Float[Array, " m"]) -> Float[Array, " m"]:
        """Return the parameters that can move."""
        between = self._low + (self._high - self._low) * jax.nn.sigmoid(z)
        found = jnp.where(self._both, between, z)
        exponential = jnp.exp(jnp.where(self._above, z, jnp.where(self._below, -z, 0.0)))
        found = jnp.where(self._above, self._low + exponential, found)
        return jnp.where(self._below, self._high - exponential, found)

    def theta(self, z: Float[Array, " m"]) -> Float[Array, " q"]:
        """Return all parameters."""
        return jnp.asarray(self._at).at[self.places].set(self.own(z))

    def log_jacobian(self, z: Float[Array, " m"]) -> Float[Array, ""]:
        """Return the logarithm of how much a volume of z is stretched."""
        width = np.log(np.where(self._both, self._high - self._low, 1.0))
        logistic = width + jax.nn.log_sigmoid(z) + jax.nn.log_sigmoid(-z)
        terms = jnp.where(self._both, logistic, jnp.where(self._above, z, jnp.where(self._below, -z, 0.0)))
        return jnp.sum(terms)

    def z(self, theta: Float[np.ndarray, " q"], inside: float = _INSIDE) -> Float[np.ndarray, " m"]:
        """Return the numbers of parameters; those on a bound are taken a little inside."""
        x = np.asarray(theta, float)[self.places]
        width = np.where(self._both, self._high - self._low, 1.0)
        x = np.where(self._both, np.clip(x, self._low + inside * width, self._high - inside * width), x)
        with np.errstate(all="ignore"):
            logistic = np.log(x - self._low) - np.log(self._high - x)
            above = np.log(np.maximum(x - self._low, inside))
            below = -np.log(np.maximum(self._high - x, inside))
        return np.where(self._both, logistic, np.where(self._above, above, np.where(self._below, below, x)))
