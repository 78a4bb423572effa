"""Sums of the entries of each row, without a scatter: that is slow, and splits what XLA compiles whole."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from hybridcell.mechanisms.program.layout import bucket

#: Entries that are added at once; of a row with more, the sums are added in turn.
_WIDTH = 4


class RowSums(eqx.Module):
    """``out[row] = sum of its entries``.

    Attributes
    ----------
    layers : tuple of (width, count) int
        What every sum of a layer adds up: places in the results of the layer before (first: the entries), one
        behind the last for nothing.
    place : (size,) int
        Where the last layer has the sum of each row.
    """

    layers: tuple[Int[Array, "width count"], ...]
    place: Int[Array, " size"]

    def __call__(self, entries: Float[Array, " nnz *c"]) -> Float[Array, " size *c"]:
        """Add up."""
        for layer in self.layers:
            gathered = _with_zero(entries)[layer]
            entries = sum((gathered[i] for i in range(1, len(layer))), start=gathered[0])
        return _with_zero(entries)[self.place]


def _with_zero(values: Float[Array, " count *c"]) -> Float[Array, " one_more *c"]:
    return jnp.pad(values, ((0, 1), *((0, 0),) * (values.ndim - 1)))


def make_row_sums(rows: Int[np.ndarray, " nnz"], size: int, room: int) -> RowSums:
    """Plan the sums of the first of `room` entries, whose rows are these, in any order."""
    at = np.arange(len(rows))
    layers: list[np.ndarray] = []
    while len(np.unique(rows)) < len(rows):
        order = np.argsort(rows, kind="stable")
        rows, at = rows[order], at[order]
        first = np.searchsorted(rows, rows)
        number = np.arange(len(rows)) - first
        starts = number % _WIDTH == 0
        group = np.cumsum(starts) - 1
        table = np.full((_WIDTH, bucket(int(starts.sum()))), room, np.int32)
        table[number % _WIDTH, group] = at
        layers.append(table)
        rows, at, room = rows[starts], np.arange(int(starts.sum())), table.shape[1]
    place = np.full(size, room, np.int32)
    place[rows] = at
    return RowSums(layers=tuple(layers), place=place)  # pyright: ignore[reportArgumentType]
