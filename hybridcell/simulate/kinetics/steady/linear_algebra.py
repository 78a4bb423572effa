"""Linear equations whose unknowns and rows differ by many powers of ten."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


def solve_scaled(
    a: Float[np.ndarray, "c n n"], b: Float[np.ndarray, "c n k"], size: Float[np.ndarray, "c n"]
) -> Float[np.ndarray, "c n k"]:
    """Solve a y = b for unknowns of the given sizes; NaN where a is singular or not finite."""
    scaled, rows = _equilibrated(a, size)
    right = b / rows
    try:
        y = np.linalg.solve(scaled, right)
    except np.linalg.LinAlgError:
        y = np.stack([_one(m, r) for m, r in zip(scaled, right)])
    return y * size[:, :, None]


def inverse_scaled(
    a: Float[np.ndarray, "c n n"], size: Float[np.ndarray, "c n"]
) -> Float[np.ndarray, "c n n"]:
    """Return the inverses; NaN where there is none."""
    scaled, rows = _equilibrated(a, size)
    try:
        inverse = np.linalg.inv(scaled)
    except np.linalg.LinAlgError:
        eye = np.eye(a.shape[1])
        inverse = np.stack([_one(m, eye) for m in scaled])
    return inverse * size[:, :, None] / np.swapaxes(rows, 1, 2)


def _equilibrated(a: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scaled = a * size[:, None, :]
    rows = np.abs(scaled).max(axis=2, keepdims=True, initial=0.0)
    rows = np.where(rows > 0, rows, 1.0)
    return scaled / rows, rows


def _one(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        return np.full_like(b, np.nan)
