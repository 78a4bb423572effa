"""Ridge regression in dual form with its exact held-out error, for one or many penalties.

With K = V diag(w) V' the fit is H y, H = V diag(w / (w + penalty)) V', and the residual of a row that is left
out is (y - H y) / (1 - h) for one row, (I - H_gg)^-1 (y - H y)_g for a group g: no refitting.
Readouts that were measured in the same rows share all the algebra.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

#: From almost interpolation to almost nothing, for inputs of order one.
PENALTIES = np.logspace(-4, 4, 49)

#: Kernel matrix of some training rows -> (V, w).
Decompose = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]

# Settings are chosen on the most frequent patterns of missing values; more would change little and cost much.
_PATTERNS_FOR_CHOICE = 32


def patterns(effects: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Group readouts by the rows in which they were measured.

    Returns
    -------
    list of (rows, columns)
        Most columns first; readouts that were never measured are left out.
    """
    seen = ~np.isnan(effects)
    if seen.all():
        return [(np.arange(len(effects)), np.arange(effects.shape[1]))]
    kinds, place = np.unique(seen, axis=1, return_inverse=True)
    groups = [
        (np.flatnonzero(kinds[:, k]), np.flatnonzero(place.reshape(-1) == k)) for k in range(kinds.shape[1])
    ]
    return sorted((g for g in groups if g[0].size), key=lambda g: -g[1].size)


def linear(x: np.ndarray) -> Decompose:
    """Decompose x x' by the thin singular value decomposition of x."""

    def decompose(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        v, s, _ = np.linalg.svd(x[rows], full_matrices=False)
        return v, s**2

    return decompose


def kernel(matrix: np.ndarray) -> Decompose:
    """Decompose a positive semidefinite kernel matrix."""

    def decompose(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        w, v = np.linalg.eigh(matrix[np.ix_(rows, rows)])
        return v, np.maximum(w, 0.0)

    return decompose


def held_out_error(
    decompose: Decompose,
    effects: np.ndarray,
    penalties: np.ndarray,
    groups: Sequence[np.ndarray] | None = None,
) -> np.ndarray:
    """Return the sum of squared held-out residuals for each penalty.

    Parameters
    ----------
    decompose
        `linear(x)` or `kernel(matrix)`.
    effects
        (n, R), NaN where not measured.
    penalties
        (L,) positive.
    groups
        Rows that are left out together; None leaves out one row at a time. Groups may overlap.
    """
    total = np.zeros(len(penalties))
    for rows, columns in patterns(effects)[:_PATTERNS_FOR_CHOICE]:
        v, w = decompose(rows)
        y = effects[np.ix_(rows, columns)]
        share = w / (w + penalties[:, None])
        residual = y - v @ (share[:, :, None] * (v.T @ y))
        if groups is None:
            leverage = share @ (v**2).T
            total += ((residual / (1 - leverage)[:, :, None]) ** 2).sum(axis=(1, 2))
            continue
        for group in groups:
            g = np.flatnonzero(np.isin(rows, group))
            if 0 < g.size < rows.size:
                h = (v[g] * share[:, None, :]) @ v[g].T
                total += (np.linalg.solve(np.eye(g.size) - h, residual[:, g]) ** 2).sum(axis=(1, 2))
    return total


def dual_weights(decompose: Decompose, effects: np.ndarray, penalty: float) -> np.ndarray:
    """Return A (n, R) with prediction k(x, training rows) A; rows that were not measured weigh 0."""
    a = np.zeros(effects.shape)
    for rows, columns in patterns(effects):
        v, w = decompose(rows)
        y = effects[np.ix_(rows, columns)]
        a[np.ix_(rows, columns)] = (y - v @ ((w / (w + penalty))[:, None] * (v.T @ y))) / penalty
    return a


def leave_one_out_errors(decompose: Decompose, effects: np.ndarray, penalty: float) -> np.ndarray:
    """Return each row's error when it is left out, (n, R), NaN where not measured."""
    out = np.full(effects.shape, np.nan)
    for rows, columns in patterns(effects):
        v, w = decompose(rows)
        y = effects[np.ix_(rows, columns)]
        share = w / (w + penalty)
        leverage = (v**2) @ share
        out[np.ix_(rows, columns)] = (y - v @ (share[:, None] * (v.T @ y))) / (1 - leverage)[:, None]
    return out


def best_penalty(errors: np.ndarray, penalties: np.ndarray) -> float:
    """Return the penalty of the smallest error; of equals, the largest."""
    return float(penalties[np.flatnonzero(errors <= errors.min() * (1 + 1e-12))[-1]])
