"""Sums of the entries of each row, without a scatter: that is slow, and splits what XLA compiles whole."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from hybridcell.mechanisms.program.gather import is_undone_by_walking
from hybridcell.mechanisms.program.layout import bucket

#: Entries that are added one after the other; of a row with more, the sums are added in turn.
_MOST = 8


class RowSums(eqx.Module):
    """``out[row] = sum of its entries``.

    Attributes
    ----------
    layers : tuple of tuples of (count,) int
        What the sums of a layer add up: for the i-th array, the i-th entries of all sums that have as many,
        which come first. They are places in the results of the layer before (in the first layer: in the
        entries), one behind the last for nothing.
    place : (size,) int
        Where the last layer has the sum of each row.
    rows : (nnz,) int
        Row of every entry, one behind the last for those that none has.
    """

    layers: tuple[tuple[Int[Array, " count"], ...], ...]
    place: Int[Array, " size"]
    rows: Int[Array, " nnz"]

    def __call__(self, entries: Float[Array, " nnz *c"]) -> Float[Array, " size *c"]:
        """Add up."""
        return _add_up_undoably(self, entries) if is_undone_by_walking() else _add_up(self, entries)


def _add_up(plan: RowSums, entries: Array) -> Array:
    for first, *others in plan.layers:
        entries = _with_zero(entries)
        sums = entries[first]
        for more in others:
            added = sums[: len(more)] + entries[more]
            sums = jax.lax.dynamic_update_slice(sums, added, (0,) * sums.ndim)
        entries = sums
    return _with_zero(entries)[plan.place]


_add_up_undoably = jax.custom_vjp(_add_up)
_add_up_undoably.defvjp(
    lambda plan, entries: (_add_up(plan, entries), plan.rows),
    lambda rows, cotangent: (None, _with_zero(cotangent)[rows]),
)


def _with_zero(values: Float[Array, " count *c"]) -> Float[Array, " one_more *c"]:
    return jnp.pad(values, ((0, 1), *((0, 0),) * (values.ndim - 1)))


def make_row_sums(rows: Int[np.ndarray, " nnz"], size: int, room: int) -> RowSums:
    """Plan the sums of the first of `room` entries, whose rows are these, in any order."""
    at, row_of = np.arange(len(rows)), np.append(rows, np.full(room - len(rows), size))
    layers: list[tuple[np.ndarray, ...]] = []
    while len(np.unique(rows)) < len(rows):
        order = np.argsort(rows, kind="stable")
        rows, at = rows[order], at[order]
        number = np.arange(len(rows)) - np.searchsorted(rows, rows)
        starts = np.flatnonzero(number % _MOST == 0)
        counts = np.diff(np.append(starts, len(rows)))
        starts = starts[np.argsort(-counts, kind="stable")]
        counts = -np.sort(-counts)
        layer = []
        for i in range(counts[0]):
            entries = at[starts[counts > i] + i]
            layer.append(np.pad(entries, (0, bucket(len(entries)) - len(entries)), constant_values=room))
        layers.append(tuple(part.astype(np.int32) for part in layer))
        rows, at, room = rows[starts], np.arange(len(starts)), len(layer[0])
    place = np.full(size, room, np.int32)
    place[rows] = at
    return RowSums(layers=tuple(layers), place=place, rows=row_of.astype(np.int32))  # pyright: ignore
