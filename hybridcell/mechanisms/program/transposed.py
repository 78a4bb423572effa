"""Products with the transposed of dF/dx, through the terms of F."""

from __future__ import annotations

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float, Int

from hybridcell.mechanisms.program.gather import read
from hybridcell.mechanisms.program.grouping import Columns
from hybridcell.mechanisms.program.layout import along_rows
from hybridcell.mechanisms.program.row_sums import RowSums, make_row_sums
from hybridcell.mechanisms.program.sections import Field
from hybridcell.mechanisms.program.sparse import SparseMatrix, make_sparse


class Transposed(eqx.Module):
    """``out[column] = sum of slope[term, column] * to_terms[term]``: a term has few slopes, F more of them.

    Attributes
    ----------
    terms : SparseMatrix
        From cotangents of F to those of its terms.
    entries, of_term : (nnz,) int
        Which entries of the terms' derivatives are slopes with respect to states, in the order of `sums`, and
        their terms.
    counts : (nnz,)
        1; 0 where the order has padding.
    sums : RowSums
        Of the states.
    """

    terms: SparseMatrix
    entries: Int[Array, " nnz"]
    of_term: Int[Array, " nnz"]
    counts: Float[Array, " nnz"]
    sums: RowSums

    def slopes(self, entries: Float[Array, " entries *c"]) -> Float[Array, " nnz *c"]:
        """Put the entries of the terms' derivatives in order."""
        return along_rows(self.counts, entries) * read(entries, self.entries)

    def states(self, slopes: Float[Array, " nnz"], to_terms: Float[Array, " terms"]) -> Float[Array, " n"]:
        """Return the cotangent of the states."""
        return self.sums(slopes * read(to_terms, self.of_term))


def plan_transposed(field: Field, columns: list[Columns], n: int) -> Transposed:
    """Plan them for F of n states; `columns` as `grouping.group` returns them."""
    found = [
        (column, term, entry)
        for term, entries in enumerate(columns)
        for column, entry in entries.items()
        if column < n
    ]
    at, terms, entries = (np.array([each[i] for each in found], int) for i in range(3))
    sums, arranged = make_row_sums(at, n)
    return Transposed(
        terms=make_sparse(
            np.asarray(field.columns), np.asarray(field.rows), np.asarray(field.coefficients), len(columns)
        ),
        entries=entries[arranged.order].astype(np.uint32),  # pyright: ignore[reportArgumentType]
        of_term=terms[arranged.order].astype(np.uint32),  # pyright: ignore[reportArgumentType]
        counts=np.where(arranged.is_padding, 0.0, 1.0),  # pyright: ignore[reportArgumentType]
        sums=sums,
    )
