"""The steps of a trust region: a quadratic model in a ball and a box, for many at once.

References
----------
Branch, Coleman and Li (1999), SIAM J. Sci. Comput. 21:1; Byrd, Schnabel and Shultz (1988), Math. Program.
40:247.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

#: Parts of the way that are looked at.
_TIMES = (1.0, 0.5, 0.25, 0.1)
#: How often a step is thrown back from bounds.
_BOUNCES = 2
_SECULAR = 30
#: How often the sides of a box are put onto, and the share of the radius that is then left.
_SIDES, _LEAST_LEFT = 6, 0.1


def rise(
    curvature: Float[np.ndarray, "k q q"], slope: Float[np.ndarray, "k q"], y: Float[np.ndarray, "... k q"]
) -> Float[np.ndarray, "... k"]:
    """Return what the model says of steps: ``slope y + y curvature y / 2``."""
    return np.sum(y * (slope + 0.5 * _times(curvature, y)), axis=-1)


def in_plane(
    curvature: Float[np.ndarray, "k q q"], slope: Float[np.ndarray, "k q"], radius: Float[np.ndarray, " k"]
) -> Float[np.ndarray, "k q"]:
    """Minimize the model in a ball, within the plane of the slope and Newton's step.

    In all directions the least of the model would be lower, but where the model knows little of some, long
    steps along these would use up the radius: that is slower.
    """
    newton = in_ball(curvature, slope, np.full(len(radius), np.inf))
    length = np.linalg.norm(newton, axis=1)
    first = newton / np.maximum(length, 1e-300)[:, None]
    second = slope - np.sum(slope * first, axis=1)[:, None] * first
    size = np.linalg.norm(second, axis=1)
    apart = size > 1e-14 * np.linalg.norm(slope, axis=1)
    second = np.where(apart[:, None], second / np.where(apart, size, 1.0)[:, None], 0.0)
    plane = np.stack([first, second], axis=2)
    across = np.swapaxes(plane, 1, 2)
    small = np.matmul(across, np.matmul(curvature, plane))
    y = in_ball(small, _times(across, slope), radius)
    return np.where((length <= radius)[:, None], newton, _times(plane, y))


def in_ball(
    curvature: Float[np.ndarray, "k q q"], slope: Float[np.ndarray, "k q"], radius: Float[np.ndarray, " k"]
) -> Float[np.ndarray, "k q"]:
    """Minimize the model in a ball; directions without curvature are not moved along."""
    sizes, vectors = np.linalg.eigh(curvature)
    pull = _times(np.swapaxes(vectors, 1, 2), slope)
    counts = sizes > np.finfo(float).eps * sizes.shape[1] * sizes[:, -1:]
    sizes, pull = np.where(counts, sizes, 0.0), np.where(counts, pull, 0.0)
    damping = _damping(sizes, pull, counts, radius)
    return -_times(vectors, np.where(counts, pull / np.where(counts, sizes + damping[:, None], 1.0), 0.0))


def _damping(sizes: np.ndarray, pull: np.ndarray, counts: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Return the damping with which the step is as long as the radius, or 0 where it is shorter without."""

    def lengths(damping: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        below = np.where(counts, sizes + damping[:, None], 1.0)
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
        going = long & (np.abs(length - radius) > 1e-3 * radius)
        if not going.any():
            break
        low, high = np.where(length > radius, damping, low), np.where(length > radius, high, damping)
        # Newton's step for 1 / length, which is nearly linear in the damping
        ahead = (length - radius) / np.where(long, radius, 1.0) * length
        newton = damping + ahead / np.where(long, np.maximum(slope, 1e-300), 1.0)
        inside = (newton > low) & (newton < high)
        between = np.maximum(0.5 * (low + high) * 0.5, np.sqrt(low * high))
        # a row that is done stays as it is: it must not depend on the others
        damping = np.where(going, np.where(inside, newton, between), damping)
    return damping


def within(
    curvature: Float[np.ndarray, "k q q"],
    slope: Float[np.ndarray, "k q"],
    least: Float[np.ndarray, "k q"],
    most: Float[np.ndarray, "k q"],
    radius: Float[np.ndarray, " k"],
) -> Float[np.ndarray, "k q"]:
    """Return a step in the ball and the box.

    The best of: the step in the ball, cut off where it meets the first bound, or pressed against all bounds
    that it meets, or thrown back from them; and the way down the slope. That last one may always be gone.

    Parameters
    ----------
    least, most
        The box: at most 0, and at least 0.
    """
    y = in_plane(curvature, slope, radius)
    ways = [np.clip(t * y, least, most) for t in _TIMES]
    down = _down(curvature, slope, radius)
    ways += [np.clip(down, least, most), _until_bound(down, least, most)[0]]
    at, rest = np.zeros_like(y), y
    for _ in range(1 + _BOUNCES):
        met, rest = _until_bound(rest, least - at, most - at)
        here, move = slope + _times(curvature, at), met
        along, bend = np.sum(here * move, axis=1), np.sum(move * _times(curvature, move), axis=1)
        time = np.where(bend > 0, -along / np.where(bend > 0, bend, 1.0), along < 0)
        ways.append(np.clip(at + np.clip(time, 0.0, 1.0)[:, None] * move, least, most))
        at = np.clip(at + met, least, most)
    rises = rise(curvature, slope, np.stack(ways))
    return np.stack(ways)[np.argmin(rises, axis=0), np.arange(len(y))]


def _down(curvature: np.ndarray, slope: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Return the best step down the slope in the ball."""
    length, bend = np.linalg.norm(slope, axis=1), np.sum(slope * _times(curvature, slope), axis=1)
    far = radius / np.maximum(length, 1e-300)
    time = np.where(bend > 0, np.minimum(length**2 / np.where(bend > 0, bend, 1.0), far), far)
    return -time[:, None] * slope


def _until_bound(y: np.ndarray, least: np.ndarray, most: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a step until it meets a bound, and what is left of it, thrown back there."""
    room = np.where(y > 0, most, least)
    beyond = np.abs(y) > np.abs(room)
    ends = np.where(beyond, room / np.where(beyond, y, 1.0), 1.0)
    first = np.min(ends, axis=1, initial=1.0)[:, None]
    met = beyond & (ends <= first)
    return np.where(met, room, first * y), np.where(met, -1.0, 1.0) * (1 - first) * y


def _times(matrix: np.ndarray, vector: np.ndarray) -> np.ndarray:
    return np.matmul(matrix, vector[..., None])[..., 0]


def in_box(
    curvature: Float[np.ndarray, "k q q"],
    slope: Float[np.ndarray, "k q"],
    least: Float[np.ndarray, "k q"],
    most: Float[np.ndarray, "k q"],
    radius: Float[np.ndarray, " k"],
) -> Float[np.ndarray, "k q"]:
    """Return a step in the box, of about the radius at most, that minimizes the model in all directions.

    What would leave the box is put onto its side, and the rest is found again given that. Where several
    leave at once that may be too much: the step cut off at the first side, and the way down the slope, are
    taken if they are better. Sides that the slope presses against from the start are kept to.

    Parameters
    ----------
    least, most
        The box: at most 0, and at least 0.
    """
    held = ((least >= 0) & (slope > 0)) | ((most <= 0) & (slope < 0))
    fixed, y = held, np.zeros_like(slope)
    first = y
    going = np.ones(len(slope), bool)
    for _ in range(_SIDES):
        given = np.where(fixed, y, 0.0)
        left = np.sqrt(np.maximum(radius**2 - np.sum(given**2, axis=1), (_LEAST_LEFT * radius) ** 2))
        pull = np.where(fixed, 0.0, slope + _times(curvature, given))
        free = ~fixed
        step = in_ball(curvature * free[:, :, None] * free[:, None, :], pull, left)
        new = np.where(fixed, given, step)
        first = new if fixed is held else first
        out = free & ((new < least) | (new > most))
        # a row that is done stays as it is: it must not depend on the others
        y = np.where(going[:, None], np.clip(new, least, most), y)
        going = going & out.any(axis=1)
        if not going.any():
            break
        fixed = fixed | (out & going[:, None])
    down = np.clip(_down(curvature, np.where(held, 0.0, slope), radius), least, most)
    ways = np.stack([y, _until_bound(first, least, most)[0], _until_bound(down, least, most)[0]])
    return ways[np.argmin(rise(curvature, slope, ways), axis=0), np.arange(len(y))]
