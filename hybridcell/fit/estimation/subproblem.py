"""The steps of a trust region: least of a linear least-squares model in a ball and a box, for many at once."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

#: Rounds of adding bounds that a step runs into.
_ROUNDS = 12
_SECULAR = 30


def triangular(
    jacobians: Float[np.ndarray, "k n q"], residuals: Float[np.ndarray, "k n"]
) -> tuple[Float[np.ndarray, "k q q"], Float[np.ndarray, "k q"]]:
    """Return R and c of the same model: ``|J s + r|^2 = |R s + c|^2 + constant``."""
    k, n, q = jacobians.shape
    if n < q:
        jacobians = np.concatenate([jacobians, np.zeros((k, q - n, q))], axis=1)
        residuals = np.concatenate([residuals, np.zeros((k, q - n))], axis=1)
    orthogonal, upper = np.linalg.qr(jacobians)
    return upper, np.matmul(residuals[:, None], orthogonal)[:, 0]


def in_ball(
    matrix: Float[np.ndarray, "k q q"], c: Float[np.ndarray, "k q"], radius: Float[np.ndarray, " k"]
) -> Float[np.ndarray, "k q"]:
    """Minimize ``|M y + c|^2`` in a ball; directions that do not count are not moved along."""
    left, sizes, right = np.linalg.svd(matrix)
    along = np.matmul(c[:, None], left)[:, 0]
    counts = sizes > np.finfo(float).eps * sizes.shape[1] * sizes[:, :1]
    sizes, along = np.where(counts, sizes, 0.0), np.where(counts, along, 0.0)
    squares, pull = sizes**2, sizes * along
    damping = _damping(squares, pull, counts, radius)
    y = -np.where(counts, pull / np.where(counts, squares + damping[:, None], 1.0), 0.0)
    return np.matmul(y[:, None], right)[:, 0]


def _damping(squares: np.ndarray, pull: np.ndarray, counts: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Return the damping with which the step is as long as the radius, or 0 where it is shorter without."""

    def lengths(damping: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        below = np.where(counts, squares + damping[:, None], 1.0)
        y = np.where(counts, pull / below, 0.0)
        length = np.linalg.norm(y, axis=1)
        return length, np.sum(np.where(counts, y**2 / below, 0.0), axis=1) / np.maximum(length, 1e-300)

    zero = np.zeros(len(radius))
    free, slope = lengths(zero)
    long = free > radius
    low, high = zero.copy(), np.linalg.norm(pull, axis=1) / np.maximum(radius, 1e-300)
    damping = np.where(long, np.maximum((free - radius) / np.maximum(slope, 1e-300), 1e-3 * high), 0.0)
    for _ in range(_SECULAR):
        length, slope = lengths(damping)
        if np.all(~long | (np.abs(length - radius) <= 1e-3 * radius)):
            break
        low, high = np.where(length > radius, damping, low), np.where(length > radius, high, damping)
        # Newton's step for 1 / length, which is nearly linear in the damping
        newton = damping + (length - radius) / radius * length / np.maximum(slope, 1e-300)
        inside = (newton > low) & (newton < high)
        between = np.maximum(0.5 * (low + high) * 0.5, np.sqrt(low * high))
        damping = np.where(long, np.where(inside, newton, between), 0.0)
    return damping


def in_box(
    matrix: Float[np.ndarray, "k q q"],
    c: Float[np.ndarray, "k q"],
    least: Float[np.ndarray, "k q"],
    most: Float[np.ndarray, "k q"],
    radius: Float[np.ndarray, " k"],
) -> Float[np.ndarray, "k q"]:
    """Minimize ``|M y + c|^2`` in a ball and a box around 0, nearly: bounds are added as steps meet them.

    Parameters
    ----------
    least, most
        The box: at most 0, and at least 0.
    """
    slope = np.matmul(c[:, None], matrix)[:, 0]
    free = ~(((least >= 0) & (slope > 0)) | ((most <= 0) & (slope < 0)))
    candidates = [_along_slope(matrix, slope, free, least, most, radius)]
    step = np.zeros_like(slope)
    rows = np.arange(len(slope))
    fixed = np.zeros_like(slope)
    for turn in range(_ROUNDS):
        part = matrix[rows] * free[rows][:, None, :]
        shifted = c[rows] + np.matmul(matrix[rows], fixed[rows][:, :, None])[:, :, 0]
        left = np.sqrt(np.maximum(radius[rows] ** 2 - np.sum(fixed[rows] ** 2, axis=1), 0.0))
        moved = np.where(free[rows], in_ball(part, shifted, np.maximum(left, 1e-3 * radius[rows])), 0.0)
        step[rows] = fixed[rows] + moved
        beyond = free[rows] & ((step[rows] < least[rows]) | (step[rows] > most[rows]))
        if turn == 0:
            candidates.append(np.clip(step, least, most))
        again = beyond.any(axis=1)
        met = rows[again]
        fixed[met] = np.where(beyond[again], np.clip(step[met], least[met], most[met]), fixed[met])
        free[met] &= ~beyond[again]
        rows = met
        if not len(rows):
            break
    candidates.append(np.clip(step, least, most))
    decreases = np.stack([decrease(matrix, c, y) for y in candidates])
    return np.stack(candidates)[np.argmax(decreases, axis=0), np.arange(len(slope))]


def decrease(matrix: np.ndarray, c: np.ndarray, y: np.ndarray) -> Float[np.ndarray, " k"]:
    """Return by how much half of the sum of squares goes down, after the model."""
    change = np.matmul(matrix, y[:, :, None])[:, :, 0]
    return -np.sum(change * (c + 0.5 * change), axis=1)


def _along_slope(
    matrix: np.ndarray,
    slope: np.ndarray,
    free: Bool[np.ndarray, "k q"],
    least: np.ndarray,
    most: np.ndarray,
    radius: np.ndarray,
) -> np.ndarray:
    """Return the best step down the slope, cut off at the box: some progress is certain where it is short."""
    down = np.where(free, -slope, 0.0)
    change = np.matmul(matrix, down[:, :, None])[:, :, 0]
    length = np.linalg.norm(down, axis=1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        best = length**2 / np.sum(change**2, axis=1)
        time = np.minimum(best, radius / length)
    return np.clip(down * np.where(np.isfinite(time), time, 0.0)[:, None], least, most)
