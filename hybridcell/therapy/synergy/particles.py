"""Draws from a posterior by particles that go from what was believed to what is believed, step by step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

LogDensity = Callable[[Float[np.ndarray, "k q"]], Float[np.ndarray, " k"]]
#: Steps are as long as keeps this share of particles effective; after each, every particle moves this often.
_KEPT, _MOVES = 0.5, 10


def tempered_draws(
    particles: Float[np.ndarray, "k q"],
    log_before: LogDensity,
    log_likelihood: LogDensity,
    rng: np.random.Generator,
) -> Float[np.ndarray, "k q"]:
    """Return as many draws from before x likelihood.

    The likelihood comes in by powers that grow from 0 to 1. At each, particles are drawn again by weight and
    move by Metropolis steps as wide as they are spread, so that several modes may live side by side.

    Parameters
    ----------
    particles : ndarray, shape (K, q)
        Draws from what was believed before.
    log_before, log_likelihood
        Logarithms of densities at K points.

    References
    ----------
    Del Moral, Doucet and Jasra, Journal of the Royal Statistical Society B 68 (2006) 411-436.
    """
    z = np.array(particles, dtype=float)
    likelihood, before = log_likelihood(z), log_before(z)
    power = 0.0
    while power < 1.0:
        step = _step(likelihood, 1.0 - power)
        chosen = _resampled(step * likelihood, rng)
        z, likelihood, before = z[chosen], likelihood[chosen], before[chosen]
        power = min(power + step, 1.0)
        root = _root(z)
        for _ in range(_MOVES):
            # steps of several sizes, because the best one depends on the shape of the density
            width = rng.choice([0.2, 0.6, 1.0, 2.0], size=(len(z), 1)) * 2.38 / np.sqrt(z.shape[1])
            new = z + width * (rng.normal(size=z.shape) @ root.T)
            there, then = log_likelihood(new), log_before(new)
            rise = power * (there - likelihood) + then - before
            taken = np.log(rng.random(len(z))) < rise
            z[taken], likelihood[taken], before[taken] = new[taken], there[taken], then[taken]
    return z


def _step(likelihood: np.ndarray, most: float) -> float:
    """Return the growth of the power that leaves half of the particles effective, by bisection."""
    if _effective(most * likelihood) >= _KEPT:
        return most
    low, high = 0.0, most
    for _ in range(40):
        middle = (low + high) / 2.0
        low, high = (middle, high) if _effective(middle * likelihood) >= _KEPT else (low, middle)
    return max(low, 1e-9)


def _effective(log_weight: np.ndarray) -> float:
    weight = np.exp(log_weight - log_weight.max())
    return float(weight.sum() ** 2 / np.sum(weight**2) / len(weight))


def _resampled(log_weight: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return positions drawn by weight, evenly spaced: as few are lost as can be."""
    weight = np.exp(log_weight - log_weight.max())
    at = (np.arange(len(weight)) + rng.random()) / len(weight)
    return np.minimum(np.searchsorted(np.cumsum(weight) / weight.sum(), at), len(weight) - 1)


def _root(z: np.ndarray) -> np.ndarray:
    """Return a square root of the covariance; a little is added so that it has one."""
    spread = np.cov(z, rowvar=False).reshape(z.shape[1], z.shape[1])
    return np.linalg.cholesky(spread + 1e-10 * np.eye(z.shape[1]))
