"""Sparse matrices, kept as rows to add up or as a list to walk through."""

from __future__ import annotations

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int

from hybridcell.mechanisms.program.gather import (
    at,
    gather,
    is_summed_by_walking,
    is_undone_by_walking,
    put,
)
from hybridcell.mechanisms.program.layout import along_rows, round_up
from hybridcell.mechanisms.program.row_sums import RowSums, make_row_sums

_LEAST_LISTED = 256

pad_listed = partial(round_up, least=_LEAST_LISTED)


class SparseMatrix(eqx.Module):
    """``out[row] = sum of coefficient * entries[column]``; what is padded has no row."""

    columns: Int[Array, " nnz"]
    coefficients: Float[Array, " nnz"]
    rows: RowSums

    @property
    def size(self) -> int:
        """Number of rows."""
        return self.rows.place.shape[0]

    def __call__(self, entries: Float[Array, " entries *c"]) -> Float[Array, " size *c"]:
        """Multiply."""
        if entries.ndim > 1 and is_summed_by_walking() and len(self.columns) and len(entries):
            return _walk_undoably(self, entries) if is_undone_by_walking() else _walk(self, entries)
        return self.rows(along_rows(self.coefficients, entries) * gather(entries, self.columns))


def _walk(matrix: SparseMatrix, entries: Float[Array, " entries *c"]) -> Float[Array, " size *c"]:
    """Multiply one after the other: XLA would compute the entries again for each of their uses."""
    rows = matrix.rows.rows

    def step(i: Int[Array, ""], out: Float[Array, " one_more *c"]) -> Float[Array, " one_more *c"]:
        row = at(rows, i)
        term = at(matrix.coefficients, i) * at(entries, at(matrix.columns, i))
        return put(out, row, at(out, row) + term)

    # padding goes into a row of its own
    out = jnp.zeros((matrix.size + 1, *entries.shape[1:]), entries.dtype)
    return lax.fori_loop(0, len(rows), step, out)[: matrix.size]


def _walk_forward(matrix: SparseMatrix, entries: Array) -> tuple[Array, tuple[SparseMatrix, Array]]:
    return _walk(matrix, entries), (matrix, jnp.zeros_like(entries))


def _walk_backward(kept: tuple[SparseMatrix, Array], cotangent: Array) -> tuple[None, Array]:
    matrix, nothing = kept
    rows = jnp.concatenate([cotangent, jnp.zeros((1, *cotangent.shape[1:]), cotangent.dtype)])

    def step(i: Array, found: Array) -> Array:
        column = at(matrix.columns, i)
        term = at(matrix.coefficients, i) * at(rows, at(matrix.rows.rows, i))
        return put(found, column, at(found, column) + term)

    return None, lax.fori_loop(0, len(matrix.columns), step, nothing)


_walk_undoably = jax.custom_vjp(_walk)
_walk_undoably.defvjp(_walk_forward, _walk_backward)


class ListedMatrix(eqx.Module):
    """The same, one after the other: its shape says nothing about the rows."""

    rows: Int[Array, " nnz"]
    columns: Int[Array, " nnz"]
    coefficients: Float[Array, " nnz"]
    count: Int[Array, ""]
    size: int = eqx.field(static=True)

    def __call__(self, entries: Float[Array, " entries *c"]) -> Float[Array, " size *c"]:
        """Multiply."""

        def step(i: Int[Array, ""], out: Float[Array, " size *c"]) -> Float[Array, " size *c"]:
            row, term = at(self.rows, i), at(self.coefficients, i) * at(entries, at(self.columns, i))
            return put(out, row, at(out, row) + term)

        out = jnp.zeros((self.size, *entries.shape[1:]), entries.dtype)
        return lax.fori_loop(0, self.count, step, out)


def make_sparse(
    rows: Int[np.ndarray, " nnz"],
    columns: Int[np.ndarray, " nnz"],
    coefficients: Float[np.ndarray, " nnz"],
    size: int,
) -> SparseMatrix:
    """Make a matrix of coordinates."""
    sums, arrangement = make_row_sums(rows, size)
    return SparseMatrix(
        columns=columns[arrangement.order].astype(np.int32),  # pyright: ignore[reportArgumentType]
        coefficients=np.where(arrangement.is_padding, 0.0, coefficients[arrangement.order]),  # pyright: ignore
        rows=sums,
    )


def make_listed(
    rows: Int[np.ndarray, " nnz"],
    columns: Int[np.ndarray, " nnz"],
    coefficients: Float[np.ndarray, " nnz"],
    size: int,
) -> ListedMatrix:
    """Make a matrix of coordinates, padded to one of very few lengths."""
    room = pad_listed(len(rows))
    return ListedMatrix(
        rows=_padded(rows, room).astype(np.int32),  # pyright: ignore[reportArgumentType]
        columns=_padded(columns, room).astype(np.int32),  # pyright: ignore[reportArgumentType]
        coefficients=_padded(coefficients, room),  # pyright: ignore[reportArgumentType]
        count=np.int32(len(rows)),  # pyright: ignore[reportArgumentType]
        size=size,
    )


def _padded(values: np.ndarray, room: int) -> np.ndarray:
    return np.pad(values, (0, room - len(values)))
