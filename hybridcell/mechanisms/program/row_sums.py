"""Sums of the entries of each row, without a scatter: that is slow, and splits what XLA compiles whole."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from hybridcell.mechanisms.program.gather import is_undone_by_walking, read
from hybridcell.mechanisms.program.layout import bucket

#: Entries that are added one after the other; of a row with more, the sums are added in turn.
_MOST = 8


class RowSums(eqx.Module):
    """``out[row] = sum of its entries``, for entries in the order of an `Arrangement`.

    Attributes
    ----------
    lengths : tuple of int
        First come the first entries of all sums, then the second entries of those that have as many (which
        are the first sums), and so on: how many each time.
    layers : tuple of tuples of (count,) int
        What is added up of those sums, in the same manner: places in the results of the layer before, one
        behind the last for nothing.
    place : (size,) int
        Where the last layer has the sum of each row.
    rows : (nnz,) int
        Row of every entry, one behind the last for padding.
    """

    lengths: tuple[int, ...] = eqx.field(static=True)
    layers: tuple[tuple[Int[Array, " count"], ...], ...]
    place: Int[Array, " size"]
    rows: Int[Array, " nnz"]

    def __call__(self, entries: Float[Array, " nnz *c"]) -> Float[Array, " size *c"]:
        """Add up. Entries that are padding must be 0."""
        return _add_up_undoably(self, entries) if is_undone_by_walking() else _add_up(self, entries)


class Arrangement(eqx.Module):
    """In which order entries are wanted.

    Attributes
    ----------
    order : (nnz,) int
        Of each place, which entry stands there, and at padding another one of the same row.
    is_padding : (nnz,) bool
    """

    order: Int[np.ndarray, " nnz"]
    is_padding: Bool[np.ndarray, " nnz"]


def _add_up(plan: RowSums, entries: Array) -> Array:
    ends = np.cumsum(plan.lengths)
    sums = _add_diagonals([entries[end - length : end] for end, length in zip(ends, plan.lengths)], entries)
    for layer in plan.layers:
        sums = _with_zero(sums)
        sums = _add_diagonals([read(sums, places) for places in layer], sums)
    return read(_with_zero(sums), plan.place)


def _add_diagonals(diagonals: list[Array], like: Array) -> Array:
    if not diagonals:
        return like[:0]
    sums, *others = diagonals
    for more in others:
        sums = jax.lax.dynamic_update_slice(sums, sums[: len(more)] + more, (0,) * sums.ndim)
    return sums


_add_up_undoably = jax.custom_vjp(_add_up)
_add_up_undoably.defvjp(
    lambda plan, entries: (_add_up(plan, entries), plan.rows),
    lambda rows, cotangent: (None, read(_with_zero(cotangent), rows)),
)


def _with_zero(values: Float[Array, " count *c"]) -> Float[Array, " one_more *c"]:
    return jnp.pad(values, ((0, 1), *((0, 0),) * (values.ndim - 1)))


def make_row_sums(rows: Int[np.ndarray, " nnz"], size: int) -> tuple[RowSums, Arrangement]:
    """Plan the sums of entries whose rows are these."""
    rows = np.asarray(rows, int)
    diagonals, row_of = _diagonals(rows)
    filled, padding = [], []
    for part in diagonals:
        room = bucket(len(part))
        whole = np.append(part, diagonals[0][len(part) : room])
        filled.append(np.pad(whole, (0, room - len(whole)), mode="edge"))
        padding.append(np.arange(room) >= len(part))
    nothing = np.zeros(0, int)
    order, is_padding = np.concatenate([nothing, *filled]), np.concatenate([nothing, *padding]).astype(bool)
    owner = np.where(is_padding, size, rows[order]) if len(order) else nothing
    layers, count = [], len(filled[0]) if filled else 0
    while len(np.unique(row_of)) < len(row_of):
        diagonals, row_of = _diagonals(row_of)
        layers.append(
            tuple(
                np.pad(part, (0, bucket(len(part)) - len(part)), constant_values=count).astype(np.int32)
                for part in diagonals
            )
        )
        count = len(layers[-1][0])
    place = np.full(size, count, np.int32)
    place[row_of] = np.arange(len(row_of))
    plan = RowSums(
        lengths=tuple(len(part) for part in filled),
        layers=tuple(layers),
        place=place,  # pyright: ignore[reportArgumentType]
        rows=owner.astype(np.int32),  # pyright: ignore[reportArgumentType]
    )
    return plan, Arrangement(order, is_padding)


def _diagonals(rows: Int[np.ndarray, " nnz"]) -> tuple[list[np.ndarray], Int[np.ndarray, " sums"]]:
    """Return the i-th entries of all sums that have as many, for each i, and the row of each sum."""
    order = np.argsort(rows, kind="stable")
    ordered = rows[order]
    number = np.arange(len(rows)) - np.searchsorted(ordered, ordered)
    starts = np.flatnonzero(number % _MOST == 0)
    counts = np.diff(np.append(starts, len(rows)))
    by_length = np.argsort(-counts, kind="stable")
    starts, counts = starts[by_length], counts[by_length]
    longest = int(counts.max(initial=0))
    return [order[starts[counts > i] + i] for i in range(longest)], ordered[starts]
