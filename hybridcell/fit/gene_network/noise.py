"""How measurement error grows with the level of a gene: variance = floor^2 + (share level)^2."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

#: Standard deviation of a normal distribution per median absolute deviation.
_NORMAL = 1.4826


@dataclass(frozen=True)
class Noise:
    """Standard deviation of a measurement.

    Attributes
    ----------
    floor : float
        Of a gene that is off, in the unit of the levels.
    share : float
        Of the level, where levels are high.
    """

    floor: float
    share: float

    def sd(self, level: Any) -> Any:
        """Return the standard deviation at a level (NumPy or JAX)."""
        return (self.floor**2 + (self.share * level) ** 2) ** 0.5


def estimate_noise(resting: Float[np.ndarray, "r n"], courses: Float[np.ndarray, "s t n"]) -> Noise:
    """Return the noise from what should not change, and from how rough time courses are.

    Parameters
    ----------
    resting : ndarray, shape (r, n)
        Levels of untouched genes; most rows are alike.
    courses : ndarray, shape (s, t, n)
        Evenly sampled courses; their second differences are noise as long as sampling is dense.
    """
    levels, variances = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # genes that were never measured
        if len(resting) > 2:
            center = np.nanmedian(resting, axis=0)
            levels.append(center)
            variances.append((_NORMAL * np.nanmedian(np.abs(resting - center), axis=0)) ** 2)
        if courses.shape[1] > 2 and len(courses):
            rough = (courses[:, 2:] - 2.0 * courses[:, 1:-1] + courses[:, :-2]) / np.sqrt(6.0)
            levels.append(np.nanmean(courses[:, 1:-1], axis=(0, 1)))
            variances.append((_NORMAL * np.nanmedian(np.abs(rough), axis=(0, 1))) ** 2)
    values = np.concatenate([resting.ravel(), courses.ravel()])
    least = max(1e-3 * float(np.nanmax(np.abs(values), initial=0.0)), 1e-12)
    if not levels:  # nothing to learn it from: a tenth, as in expression assays
        return Noise(floor=10.0 * least, share=0.1)
    level, variance = np.concatenate(levels), np.concatenate(variances)
    known = np.isfinite(level) & np.isfinite(variance)
    floor, share = _fit(level[known], variance[known])
    return Noise(floor=max(floor, least), share=share)


def _fit(level: np.ndarray, variance: np.ndarray) -> tuple[float, float]:
    """Return floor and share by least squares in relative errors, in which outliers count little."""
    basis = np.stack([np.ones_like(level), level**2], axis=1)
    weight = np.ones_like(variance)
    tiny = 1e-12 + 1e-6 * float(variance.sum()) / max(len(variance), 1)
    squares = np.zeros(2)
    for _ in range(30):
        squares = _nonnegative(basis * weight[:, None], variance * weight)
        predicted = np.maximum(basis @ squares, tiny)
        weight = 1.0 / (predicted * np.sqrt(1.0 + ((variance - predicted) / predicted) ** 2))
    return float(np.sqrt(squares[0])), float(np.sqrt(squares[1]))


def _nonnegative(basis: np.ndarray, aim: np.ndarray) -> np.ndarray:
    """Return the least-squares solution of two columns with both coefficients 0 or more."""
    both = np.linalg.lstsq(basis, aim, rcond=None)[0]
    if (both >= 0).all():
        return both
    alone = [max(float(column @ aim) / max(float(column @ column), 1e-300), 0.0) for column in basis.T]
    options = [np.array([alone[0], 0.0]), np.array([0.0, alone[1]])]
    return min(options, key=lambda option: float(np.sum((basis @ option - aim) ** 2)))
