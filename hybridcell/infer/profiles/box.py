"""The least value of a quadratic model in a box."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

#: Part of the largest curvature that is added to all, so that what is singular has a solution.
_RIDGE = 1e-13
#: And no less than this: where nothing bends, slopes divided by it are far steps, but finite ones.
_LEAST = 1e-150


def least_in_box(
    curvature: Float[np.ndarray, "q q"],
    slope: Float[np.ndarray, " q"],
    low: Float[np.ndarray, " q"],
    high: Float[np.ndarray, " q"],
) -> Float[np.ndarray, " q"]:
    """Return the step that minimizes ``slope y + y curvature y / 2`` for low <= y <= high.

    By an active set: what would leave the box is held at its bound, and let go again where the model then
    pulls it inside. Parameters with low = high are held from the start.

    Parameters
    ----------
    curvature
        Positive semidefinite. Where it is singular, steps go to the bounds.
    low, high
        Finite.
    """
    q = len(slope)
    y = np.clip(np.zeros(q), low, high)
    free = (low < high) & ~((y <= low) & (slope > 0)) & ~((y >= high) & (slope < 0))
    ridge = max(_RIDGE * float(np.max(np.diagonal(curvature), initial=0.0)), _LEAST)
    for _ in range(3 * q + 3):
        y = _held(curvature, slope, y, low, high, free, ridge)
        pull = slope + curvature @ y
        scale = 1e-12 * (np.abs(slope) + np.abs(curvature) @ np.abs(y) + 1e-300)
        inward = ((y <= low) & (pull < -scale)) | ((y >= high) & (pull > scale))
        inward &= (low < high) & ~free
        if not inward.any():
            break
        # one at a time, the one that is pulled most: several could push each other out again
        k = int(np.argmax(np.where(inward, np.abs(pull), -1.0)))
        free[k] = True
    return y


def _held(
    curvature: np.ndarray,
    slope: np.ndarray,
    y: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    free: np.ndarray,
    ridge: float,
) -> np.ndarray:
    """Minimize over the free ones, of which those that meet a bound are held there; `free` is changed."""
    while free.any():
        k = np.flatnonzero(free)
        pull = slope[k] + curvature[k] @ y
        matrix = curvature[np.ix_(k, k)].copy()
        matrix[np.diag_indices(len(k))] += ridge
        move = -np.linalg.solve(matrix, pull)
        room = np.where(move > 0, high[k] - y[k], low[k] - y[k])
        with np.errstate(all="ignore"):
            part = np.where(np.abs(move) > np.abs(room), room / move, 1.0)
        share = max(float(np.min(part)), 0.0)
        y = y.copy()
        y[k] = np.clip(y[k] + share * move, low[k], high[k])
        if share >= 1.0:
            return y
        stuck = k[part <= share]
        y[stuck] = np.where(move[part <= share] > 0, high[stuck], low[stuck])
        free[stuck] = False
    return y
