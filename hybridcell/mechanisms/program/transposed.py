"""Products with the transposed of a matrix that is kept as its values in a pattern."""

from __future__ import annotations

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float, Int

from hybridcell.mechanisms.program.gather import read
from hybridcell.mechanisms.program.row_sums import RowSums, make_row_sums


class Transposed(eqx.Module):
    """``out[column] = sum of values * vector[row]`` over the entries of each column.

    Attributes
    ----------
    sums : RowSums
        Of the columns.
    entries, rows : (nnz,) int
        Which values are multiplied, in the order of `sums`, and their rows.
    counts : (nnz,)
        1; 0 where the order has padding.
    """

    sums: RowSums
    entries: Int[Array, " nnz"]
    rows: Int[Array, " nnz"]
    counts: Float[Array, " nnz"]

    def __call__(self, values: Float[Array, " entries"], vector: Float[Array, " n"]) -> Float[Array, " n"]:
        """Multiply."""
        return self.sums(read(values, self.entries) * (read(vector, self.rows) * self.counts))


def plan_transposed(places: Int[np.ndarray, " entries"], n: int) -> Transposed:
    """Plan products of the matrix (n, n) whose values stand at these places, row * n + column."""
    rows, columns = np.divmod(places, n)
    sums, arranged = make_row_sums(columns, n)
    return Transposed(
        sums=sums,
        entries=arranged.order.astype(np.uint32),  # pyright: ignore[reportArgumentType]
        rows=rows[arranged.order].astype(np.uint32),  # pyright: ignore[reportArgumentType]
        counts=np.where(arranged.is_padding, 0.0, 1.0),  # pyright: ignore[reportArgumentType]
    )
