"""The sparse matrices between the terms of F, their derivatives, and F itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Array, Float

from hybridcell.mechanisms.program.evaluator import SparseMatrix
from hybridcell.mechanisms.program.grouping import Columns
from hybridcell.mechanisms.program.layout import bucket
from hybridcell.mechanisms.program.sections import Field


def assemble(field: Field, n: int, *, pad: Callable[[int], int] = bucket) -> SparseMatrix:
    """Return the matrix from the terms to F. `pad` gives the number of entries to pad to."""
    return _sparse(list(field.rows), list(field.columns), list(field.coefficients), n, pad)


def assemble_slopes(
    field: Field, columns: list[Columns], n: int, *, pad: Callable[[int], int] = bucket
) -> SparseMatrix:
    """Return the matrix from the entries of the terms' derivatives to dF/dx, row by row, then dF/dt."""
    found = [
        (int(row) * n + column if column < n else n * n + int(row), entry, coefficient)
        for row, term, coefficient in zip(field.rows, field.columns, field.coefficients)
        for column, entry in columns[term].items()
    ]
    found.sort(key=lambda each: each[0])
    places, entries = ([each[i] for each in found] for i in (0, 1))
    return _sparse(places, entries, [each[2] for each in found], n * n + n, pad)


def split_slopes(flat: Float[Array, " size"], n: int) -> tuple[Float[Array, "n n"], Float[Array, " n"]]:
    """Return dF/dx and dF/dt."""
    return flat[: n * n].reshape(n, n), flat[n * n :]


def _sparse(
    rows: Sequence[int],
    columns: Sequence[int],
    coefficients: Sequence[float],
    size: int,
    pad: Callable[[int], int],
) -> SparseMatrix:
    missing = pad(len(rows)) - len(rows)
    return SparseMatrix(
        rows=np.pad(np.asarray(rows, np.int32), (0, missing), constant_values=size),  # pyright: ignore[reportArgumentType]
        columns=np.pad(np.asarray(columns, np.int32), (0, missing)),  # pyright: ignore[reportArgumentType]
        coefficients=np.pad(np.asarray(coefficients, float), (0, missing)),  # pyright: ignore
        size=size,
    )
