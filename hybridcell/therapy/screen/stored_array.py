"""Arrays of a screen that stay on the disk until some of their columns are asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

#: Numbers that are read at one time where all are wanted but not kept.
_READ = 4_000_000


class StoredArray:
    """A matrix of a screen's folder, read where it is asked for; NumPy functions read the whole.

    Parameters
    ----------
    array
        The zarr array, with conditions as the last axis.
    largest
        The matrix is the largest over the first axis, a vector: residuals of groups of members.
    """

    def __init__(self, array: Any, *, largest: bool = False):
        self._array, self._largest = array, largest

    @property
    def shape(self) -> tuple[int, ...]:
        """Members x conditions, or conditions."""
        return self._array.shape[1:] if self._largest else self._array.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def dtype(self) -> np.dtype:
        """Kind of the numbers."""
        return np.dtype(self._array.dtype)

    def __len__(self) -> int:
        return self.shape[0]

    def columns(self, conditions: slice | np.ndarray) -> np.ndarray:
        """Return some conditions: of a matrix (m, k), of a vector (k,)."""
        if isinstance(conditions, slice):
            found = np.asarray(self._array[:, conditions])
        else:
            # each chunk is read once, whatever the order of the conditions
            wanted, place = np.unique(conditions, return_inverse=True)
            found = np.asarray(self._array.oindex[:, wanted])[:, place.reshape(-1)]
        return found.max(axis=0) if self._largest else found

    def __getitem__(self, key: Any) -> Any:
        if not self._largest and isinstance(key, int | np.integer):
            return np.asarray(self._array[int(key)])
        return self.columns(slice(None))[key]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        found = self.columns(slice(None))
        return found if dtype is None else found.astype(dtype)

    def max(self) -> float:
        """Return the largest number."""
        step = max(_READ // self._array.shape[0], 1)
        firsts = range(0, self.shape[-1], step)
        return float(max(np.max(self.columns(slice(first, first + step))) for first in firsts))

    def __repr__(self) -> str:
        return f"StoredArray(shape={self.shape}, on disk)"


def columns_of(array: Any, conditions: slice | np.ndarray) -> np.ndarray:
    """Return some conditions of a matrix or a vector, in memory or stored."""
    return array.columns(conditions) if isinstance(array, StoredArray) else array[..., conditions]
