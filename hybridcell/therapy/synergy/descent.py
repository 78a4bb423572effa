"""Least squares from several starts at once by the steps of Levenberg and Marquardt, for small problems."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float

#: Damping at the start and at most.
_DAMPING, _MOST = 1e-3, 1e12

#: Numbers (K, p) -> residuals (K, m) and their slopes (K, m, p).
Residuals = Callable[[Float[np.ndarray, "k p"]], tuple[Float[np.ndarray, "k m"], Float[np.ndarray, "k m p"]]]


def descend(
    residuals: Residuals,
    starts: Float[np.ndarray, "k p"],
    *,
    tolerance: float,
    most: int,
    free: Bool[np.ndarray, " p"] | None = None,
) -> tuple[Float[np.ndarray, "k p"], Float[np.ndarray, " k"]]:
    """Return where each start ends, and its sum of squares.

    Parameters
    ----------
    tolerance
        Relative decrease of the sum of squares below which a start has ended.
    most : int
        Steps at most, refused ones included.
    free
        Numbers that may move; all by default.
    """
    k, p = starts.shape
    held = np.zeros(p, dtype=bool) if free is None else ~free
    theta, moving = starts.copy(), np.ones(k, dtype=bool)
    damping, more = np.full(k, _DAMPING), np.full(k, 2.0)
    r, slopes = residuals(theta)
    cost = np.sum(r**2, axis=1)
    diagonal = np.arange(p)
    for _ in range(most):
        lanes = np.flatnonzero(moving)
        j = slopes[lanes]
        curvature = j.transpose(0, 2, 1) @ j
        gradient = (j.transpose(0, 2, 1) @ r[lanes, :, None])[..., 0]
        curvature[:, diagonal, diagonal] *= 1.0 + damping[lanes, None]
        if held.any():
            curvature[:, held, :], curvature[:, :, held], gradient[:, held] = 0.0, 0.0, 0.0
            curvature[:, held, held] = 1.0
        step = -np.linalg.solve(curvature, gradient[..., None])[..., 0]
        trial = theta[lanes] + step
        new_r, new_slopes = residuals(trial)
        new_cost, old_r = np.sum(new_r**2, axis=1), r[lanes]
        decrease = cost[lanes] - new_cost
        better = decrease > 0  # False for NaN
        taken = lanes[better]
        ended = better & (decrease <= tolerance * cost[lanes])
        theta[taken], cost[taken] = trial[better], new_cost[better]
        r[taken], slopes[taken] = new_r[better], new_slopes[better]
        # the damping follows how well the model of the residuals foretold the decrease (Nielsen 1999)
        change = (j @ step[..., None])[..., 0]
        foretold = -np.sum(change * (2.0 * old_r + change), axis=1)
        gain = decrease / np.where(foretold > 0, foretold, np.inf)
        damping[lanes] *= np.where(better, np.maximum(1 / 3, 1 - (2 * gain - 1) ** 3), more[lanes])
        more[lanes] = np.where(better, 2.0, 2.0 * more[lanes])
        moving[lanes] = ~ended & (damping[lanes] < _MOST)
        if not moving.any():
            break
    return theta, cost
