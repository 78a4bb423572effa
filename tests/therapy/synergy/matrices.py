"""Dose matrices made here, with a little noise: fractions left."""

from __future__ import annotations

import numpy as np

from hybridcell.therapy.synergy import HillCurve

A = np.array([0.0, 0.1, 0.4, 1.6, 6.4, 25.6])
B = np.array([0.0, 0.3, 1.0, 3.0, 10.0])


def _made() -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(7)
    one, two = HillCurve(1.0, 0.2, 1.2, 1.0), HillCurve(1.0, 0.35, 1.6, 1.5)
    independent = np.outer(one(A), two(B))
    stronger = np.stack([one(A * (1 + dose)) * float(two(dose)) for dose in B], axis=1)
    weaker = np.stack([one(A / (1 + 0.5 * dose)) * float(two(dose)) ** 0.7 for dose in B], axis=1)
    clean = {"independent": independent, "synergistic": stronger, "antagonistic": weaker}
    return {name: (A, B, left + 0.01 * rng.normal(size=left.shape)) for name, left in clean.items()}


MATRICES = _made()


def in_rows(a: np.ndarray, b: np.ndarray, left: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the matrix as three columns: doses and fractions left."""
    x, y = np.meshgrid(a, b, indexing="ij")
    return x.ravel(), y.ravel(), left.ravel()
