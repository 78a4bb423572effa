"""Draws of a Gaussian inside a box, also of one that is flat in some directions."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

#: Rounds through all directions between the start and a draw.
_ROUNDS = 60
#: Eigenvalues below this part of the largest are flat.
_FLAT = 1e-14


def draw_in_box(
    center: Float[np.ndarray, " q"],
    information: Float[np.ndarray, "q q"],
    lower: Float[np.ndarray, " q"],
    upper: Float[np.ndarray, " q"],
    units: Float[np.ndarray, " q"],
    n: int,
    rng: np.random.Generator,
) -> Float[np.ndarray, "n q"]:
    """Return independent draws of the density ``exp(-d information d / 2)``, d from the center, in a box.

    Along the principal directions of the information, in the units, the density is a product; only the box
    couples them. Each draw is the end of a chain of its own, which redraws one direction after the other
    between the walls: with no wall near, its first round is exact.

    Parameters
    ----------
    lower, upper
        Must be finite for what takes part in flat directions.
    units
        Sizes in which principal directions are taken.
    """
    from scipy.special import ndtr, ndtri

    sizes, vectors = np.linalg.eigh(information * np.outer(units, units))
    sizes = np.where(sizes > _FLAT * max(float(sizes[-1]), 1e-300), sizes, 0.0)
    low, high = (lower - center) / units, (upper - center) / units
    x = np.zeros((n, len(center)))
    for _ in range(_ROUNDS):
        for size, v in zip(sizes, vectors.T):
            at = x @ v
            with np.errstate(all="ignore"):
                room = np.stack([(low - x) / v, (high - x) / v])
            room = np.where(np.abs(v) > 1e-15, room, np.array([-np.inf, np.inf])[:, None, None])
            first = at + np.maximum(np.max(np.min(room, axis=0), axis=1), -1e300)
            last = at + np.minimum(np.min(np.max(room, axis=0), axis=1), 1e300)
            share = rng.uniform(size=n)
            if size > 0:
                root = np.sqrt(size)
                a, b = root * np.minimum(first, last), root * np.maximum(first, last)
                # in the lower tail, where the distribution function keeps its digits
                flip = a > 0
                a, b = np.where(flip, -b, a), np.where(flip, -a, b)
                drawn = ndtri(ndtr(a) + share * (ndtr(b) - ndtr(a)))
                drawn = np.clip(np.where(np.isfinite(drawn), drawn, 0.5 * (a + b)), a, b)
                new = np.where(flip, -drawn, drawn) / root
            else:
                new = first + share * (last - first)
            x = x + (new - at)[:, None] * v
        x = np.clip(x, low, high)
    return np.clip(center + x * units, lower, upper)
