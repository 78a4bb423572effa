"""The steps of a trust region: linear least squares in a ball and a box, for many at once."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

#: Rounds of adding bounds that a step runs into, and the relative progress that makes another one worthwhile.
_ROUNDS, _ENOUGH = 12, 0.01
#: Parts of the way that are looked at.
_TIMES = (1.0, 0.5, 0.25, 0.1, 0.03)
_SECULAR = 30


def triangular(
    jacobians: Float[np.ndarray, "k n q"], *residuals: Float[np.ndarray, "k n"]
) -> tuple[np.ndarray, ...]:
    """Return R, and c for each vector of residuals: ``|J s + r|^2 = |R s + c|^2 + constant``."""
    k, n, q = jacobians.shape
    if n < q:
        jacobians = np.concatenate([jacobians, np.zeros((k, q - n, q))], axis=1)
        residuals = tuple(np.concatenate([r, np.zeros((k, q - n))], axis=1) for r in residuals)
    orthogonal, upper = np.linalg.qr(jacobians)
    return upper, *(np.matmul(r[:, None], orthogonal)[:, 0] for r in residuals)


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
    guess = (free - radius) / np.where(long, np.maximum(slope, 1e-300), 1.0)
    damping = np.where(long, np.maximum(guess, 1e-3 * high), 0.0)
    for _ in range(_SECULAR):
        length, slope = lengths(damping)
        if np.all(~long | (np.abs(length - radius) <= 1e-3 * radius)):
            break
        low, high = np.where(length > radius, damping, low), np.where(length > radius, high, damping)
        # Newton's step for 1 / length, which is nearly linear in the damping
        ahead = (length - radius) / np.where(long, radius, 1.0) * length
        newton = damping + ahead / np.where(long, np.maximum(slope, 1e-300), 1.0)
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
    """Minimize ``|M y + c|^2`` in a ball and a box around 0, nearly.

    From the best point down the slope on, what no bound holds is minimized in the ball, and the way there is
    followed along the bounds that it meets as far as that helps; then again, with the bounds met.

    Parameters
    ----------
    least, most
        The box: at most 0, and at least 0.
    """
    y = _along_slope(matrix, c, least, most, radius)
    lowered = decrease(matrix, c, y)
    rows = np.arange(len(y))
    stuck = np.zeros(y.shape, dtype=bool)
    for _ in range(_ROUNDS):
        m, b, at, low, high = matrix[rows], c[rows], y[rows], least[rows], most[rows]
        slope = np.matmul((np.matmul(m, at[:, :, None])[:, :, 0] + b)[:, None], m)[:, 0]
        free = _free(at, slope, low, high) & ~stuck[rows]
        held = np.where(free, 0.0, at)
        left = np.sqrt(np.maximum(radius[rows] ** 2 - np.sum(held**2, axis=1), (1e-3 * radius[rows]) ** 2))
        rest = b + np.matmul(m, held[:, :, None])[:, :, 0]
        target = np.where(free, in_ball(m * free[:, None, :], rest, left), held)
        ways = _ways(at, target, low, high)
        gains = np.stack([decrease(m, b, way) for way in ways])
        best = np.argmax(gains, axis=0)
        here = np.arange(len(rows))
        gain = gains[best, here]
        better = gain > lowered[rows]
        more = gain > (1 + _ENOUGH) * lowered[rows]
        y[rows[better]] = ways[best, here][better]
        lowered[rows] = np.maximum(gain, lowered[rows])
        inside = free.all(axis=1) & ((target >= low) & (target <= high)).all(axis=1)
        # what is on a bound may want to go in alone, but out together with the others: then it stays
        out = free & (((at <= low) & (target < low)) | ((at >= high) & (target > high)))
        held_back = ~more & out.any(axis=1)
        stuck[rows[held_back]] |= out[held_back]
        rows = rows[(more | held_back) & ~inside]
        if not len(rows):
            break
    return y


def _free(y: np.ndarray, slope: np.ndarray, least: np.ndarray, most: np.ndarray) -> Bool[np.ndarray, "k q"]:
    return ~(((y <= least) & (slope > 0)) | ((y >= most) & (slope < 0)))


def _ways(
    at: np.ndarray, target: np.ndarray, least: np.ndarray, most: np.ndarray
) -> Float[np.ndarray, "t k q"]:
    """Return points on the way to a target, cut off at the box; the last is where a bound is met first."""
    move = target - at
    room = np.where(move > 0, most - at, least - at)
    beyond = np.abs(move) > np.abs(room)
    ends = np.where(beyond, room / np.where(beyond, move, 1.0), 1.0)
    first = np.min(ends, axis=1, initial=1.0)[:, None]
    met = (ends <= first) & (first < 1)
    points = [np.clip(at + t * move, least, most) for t in _TIMES]
    # on the bound to the last bit
    hit = np.where(met, np.where(move > 0, most, least), np.clip(at + first * move, least, most))
    return np.stack([*points, hit])


def decrease(
    matrix: np.ndarray, c: np.ndarray, y: np.ndarray, shift: np.ndarray | float = 0.0
) -> Float[np.ndarray, " k"]:
    """Return by how much half of the sum of squares goes down, after the model, shifted at the step's end."""
    change = np.matmul(matrix, y[:, :, None])[:, :, 0] + shift
    return -np.sum(change * (c + 0.5 * change), axis=1)


def _along_slope(
    matrix: np.ndarray, c: np.ndarray, least: np.ndarray, most: np.ndarray, radius: np.ndarray
) -> np.ndarray:
    """Return the best step down the slope, cut off at the box: some progress is certain where it is short."""
    slope = np.matmul(c[:, None], matrix)[:, 0]
    down = np.where(_free(np.zeros_like(slope), slope, least, most), -slope, 0.0)
    change = np.matmul(matrix, down[:, :, None])[:, :, 0]
    length = np.linalg.norm(down, axis=1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        best = length**2 / np.sum(change**2, axis=1)
        time = np.minimum(best, radius / length)
    step = np.clip(down * np.where(np.isfinite(time), time, 0.0)[:, None], least, most)
    return np.where((decrease(matrix, c, step) > 0)[:, None], step, 0.0)
