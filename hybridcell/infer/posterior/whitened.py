"""A posterior in coordinates without bounds, in which it is roughly a standard Gaussian."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell._core.errors import InvalidValueError
from hybridcell.infer.posterior.unbounded import Unbounded
from hybridcell.infer.profiles.lockstep import Together
from hybridcell.infer.profiles.memory import Memory
from hybridcell.infer.profiles.point import Box
from hybridcell.infer.profiles.settle import settle
from hybridcell.infer.target import Target

#: Share of the width by which the search for the mode starts inside of bounds.
_INSIDE = 0.02
#: Longest step of that search; its end; how often it goes on.
_REACH, _SETTLED, _TRIES = 2.0, 1e-3, 5
#: Largest and least standard deviations that the coordinates are given, in numbers without bounds.
_WIDEST = 4.0


class Whitened:
    """Coordinates y: z = mode + spread y, and theta by `Unbounded`.

    The mode is that of the density of z, with the Jacobian in it: it lies inside of bounds.

    Parameters
    ----------
    target : Target

    Attributes
    ----------
    unbounded : Unbounded
    mode : ndarray, shape (m,)
        In z.
    spread : ndarray, shape (m, m)
        A root of the covariance there.
    """

    def __init__(self, target: Target):
        lower, upper = target.source.support()
        self.target, self.unbounded = target, Unbounded(lower, upper, target.at)
        if not len(self.unbounded):
            raise InvalidValueError("The bounds leave no parameter any room: there is nothing to sample.")
        self.mode, curvature = self._find_mode()
        sizes, vectors = np.linalg.eigh(curvature)
        sd = 1 / np.sqrt(np.maximum(sizes, 1 / _WIDEST**2))
        self.spread: Float[np.ndarray, "m m"] = vectors * sd

    def log_density(self) -> Callable[[Array], Array]:
        """Return the log-density of one y (m,), as a function of JAX."""
        density = self.target.density()

        def of(y: Array) -> Array:
            z = self.z(y)
            value = density(self.unbounded.theta(z)[None])[0] + self.unbounded.log_jacobian(z)
            return jnp.where(jnp.isfinite(value), value, -jnp.inf)

        return of

    def z(self, y: Array) -> Array:
        """Return the numbers without bounds."""
        return jnp.asarray(self.mode) + jnp.asarray(self.spread) @ y

    def thetas(self, ys: Float[np.ndarray, "n m"]) -> tuple[np.ndarray, np.ndarray]:
        """Return thetas (n, q), and the logarithms of how much each volume of z is stretched (n,)."""
        both = jax.jit(jax.vmap(lambda z: (self.unbounded.theta(z), self.unbounded.log_jacobian(z))))
        theta, stretched = both(jax.vmap(self.z)(jnp.asarray(ys)))
        return np.asarray(theta), np.asarray(stretched)

    def _find_mode(self) -> tuple[np.ndarray, np.ndarray]:
        m = len(self.unbounded)
        models = _Models(self.target, self.unbounded)
        box = Box(np.full(m, -np.inf), np.full(m, np.inf), np.full(m, _REACH))
        start = self.unbounded.z(self.target.at, _INSIDE)
        first = None if models.tells_curvature(start) else np.eye(m)
        together, memory, point = Together(models, 1), Memory(first), None
        for _ in range(_TRIES):
            [found] = together.run([settle(start, box, None, _SETTLED, memory)])
            if found is None:
                break
            done = point is not None and point.value - found.value < _SETTLED
            point, start = found, found.theta
            if done:
                break
        if point is None:
            raise InvalidValueError(
                f"{self.target.source.what} cannot be computed at the given parameters, so there is nowhere "
                "to begin. Give at= an Estimation, or values that can be simulated."
            )
        return point.theta, point.curvature


class _Models:
    """Quadratic models of minus the log-density of z; what `Together` asks of a target."""

    def __init__(self, target: Target, unbounded: Unbounded):
        self._target, self._unbounded = target, unbounded

        def parts(z: Array) -> tuple[Array, ...]:
            _, stretch = jax.jvp(unbounded.own, (z,), (jnp.ones_like(z),))
            slope = jax.grad(unbounded.log_jacobian)
            value, (slopes, bends) = unbounded.log_jacobian(z), jax.jvp(slope, (z,), (jnp.ones_like(z),))
            return unbounded.theta(z), stretch, value, slopes, bends

        self._parts = jax.jit(jax.vmap(parts))

    def tells_curvature(self, z: np.ndarray) -> bool:
        """Return whether evaluations tell the curvature."""
        return self.models(z[None])[2] is not None

    def models(self, thetas: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Return values, slopes and curvatures at numbers without bounds."""
        theta, stretch, value, slope, bend = (np.asarray(a) for a in self._parts(jnp.asarray(thetas, float)))
        values, slopes, curvatures = self._target.models(theta)
        k = self._unbounded.places
        slopes = slopes[:, k] * stretch - slope
        if curvatures is not None:
            curvatures = curvatures[:, k][:, :, k] * stretch[:, :, None] * stretch[:, None, :]
            # of a Jacobian: at most 0, so that this is positive
            curvatures[:, np.arange(len(k)), np.arange(len(k))] -= bend
        return values - value, slopes, curvatures
