"""Many conditions in pieces of a few sizes: programs are compiled once, memory is bounded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

#: Most conditions in one call: more leave the cache and, in an adaptive solve, share one step size.
TILE = 512
#: Fewest: smaller calls are filled up with copies, because a copy is cheaper than another program.
SMALLEST = 8


def padded_size(n: int) -> int:
    """Return the size that n conditions are filled up to: a power of two from `SMALLEST` to `TILE`.

    Examples
    --------
    >>> [padded_size(n) for n in (1, 9, 300)]
    [8, 16, 512]
    """
    return max(SMALLEST, 1 << (n - 1).bit_length())


def in_tiles(fn: Callable[..., Any], *arrays: np.ndarray) -> list[np.ndarray]:
    """Apply a function to tiles of arrays that share their first axis, and join what it returns.

    Parameters
    ----------
    fn
        Takes one tile of each array and returns arrays whose first axis is the tile's. Tiles are filled up
        with copies of their first row.
    *arrays : ndarray
        At least one, not empty.

    Returns
    -------
    list of ndarray
        Writable, one per output of `fn`, with the first axis of the whole.
    """
    n = len(arrays[0])
    parts = []
    for start in range(0, n, TILE):
        rows = np.arange(start, min(start + TILE, n))
        filled = np.concatenate([rows, np.full(padded_size(len(rows)) - len(rows), rows[0])])
        outputs = fn(*(array[filled] for array in arrays))
        parts.append([np.asarray(output)[: len(rows)] for output in outputs])
    return [np.concatenate(column) for column in zip(*parts)]
