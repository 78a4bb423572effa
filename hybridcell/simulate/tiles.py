"""Many conditions in pieces of a few sizes: programs are compiled once, memory is bounded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hybridcell._core.padding import padded_size

#: Most conditions in one call: more leave the cache and, in an adaptive solve, share one step size.
TILE = 512


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
        # copies, not zeros: a row that the function has not met could need more iterations than any real one
        filled = np.concatenate([rows, np.full(padded_size(len(rows)) - len(rows), rows[0])])
        outputs = fn(*(array[filled] for array in arrays))
        parts.append([np.asarray(output)[: len(rows)] for output in outputs])
    return [np.concatenate(column) for column in zip(*parts)]
