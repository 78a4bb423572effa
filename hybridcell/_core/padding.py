"""Round sizes up, so that batches of similar size share one compiled program."""

from __future__ import annotations

import numpy as np

#: Rows are padded to a multiple of this; a row costs microseconds, a compilation seconds.
BLOCK = 32


def padded_size(n: int) -> int:
    """Return n rounded up to a whole number of blocks.

    Examples
    --------
    >>> padded_size(0), padded_size(33)
    (32, 64)
    """
    return max(-(-n // BLOCK), 1) * BLOCK


def pad_rows(array: np.ndarray) -> np.ndarray:
    """Return the array with rows of zeros added up to the padded size."""
    array = np.asarray(array)
    missing = padded_size(len(array)) - len(array)
    return np.concatenate([array, np.zeros((missing, *array.shape[1:]), array.dtype)])
