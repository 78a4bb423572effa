"""The sparse matrices between the terms of F, their derivatives, and F itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Int

from hybridcell.mechanisms.program.grouping import Columns
from hybridcell.mechanisms.program.sections import Field
from hybridcell.mechanisms.program.sparse import make_sparse


def assemble(field: Field, n: int, *, make: Callable[..., Any] = make_sparse) -> Any:
    """Return the matrix from the terms to F. `make` is given rows, columns, coefficients and a size."""
    return make(np.asarray(field.rows), np.asarray(field.columns), np.asarray(field.coefficients), n)


def pattern(field: Field, columns: list[Columns], n: int) -> set[tuple[int, int]]:
    """Return row and column of the entries of dF/dx that may differ from 0."""
    return {
        (int(row), column)
        for row, term in zip(field.rows, field.columns)
        for column in columns[term]
        if column < n
    }


def assemble_slopes(
    field: Field,
    columns: list[Columns],
    n: int,
    places: Int[np.ndarray, " entries"] | None = None,
    *,
    make: Callable[..., Any] = make_sparse,
) -> Any:
    """Return the matrix from the entries of the terms' derivatives to dF/dx and, behind it, dF/dt.

    dF/dx is dense, row by row, or the values at some places (row * n + column).
    """
    at = np.arange(n * n) if places is None else np.zeros(n * n + 1, int)
    if places is not None:
        at[places] = np.arange(len(places))
    size = n * n if places is None else len(places)
    found = [
        (int(at[int(row) * n + column]) if column < n else size + int(row), entry, coefficient)
        for row, term, coefficient in zip(field.rows, field.columns, field.coefficients)
        for column, entry in columns[term].items()
    ]
    found.sort(key=lambda each: each[0])
    rows, entries = (np.array([each[i] for each in found], int) for i in (0, 1))
    return make(rows, entries, np.array([each[2] for each in found], float), size + n)
