"""A table of pairs filled in from singles, from how each perturbation differs, and from what they share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

#: Weights of the priors on how a perturbation differs from others of the same single effect, in pairs: on its
#: own term, and on how much it weakens or strengthens what its partners do.
_OWN, _ON_PARTNERS = 1.0, 2.0
#: Shares of the largest eigenvalue below which patterns are noise; the first keeps none.
SHRINKAGES = (1.0, 0.5, 0.35, 0.25, 0.18, 0.12, 0.08)
_ROUNDS, _STEPS, _CLOSE = 4, 100, 1e-5


@dataclass(frozen=True, eq=False)
class Completion:
    """A fitted table.

    Attributes
    ----------
    singles : ndarray, shape (n,)
    weights : ndarray
        Of the terms in the singles, then two per perturbation: its own term, and the slope on the single
        effect of its partner.
    pattern : ndarray, shape (n, n)
        Symmetric, of low rank: what is left and shared between perturbations.
    """

    singles: Float[np.ndarray, " n"]
    weights: Float[np.ndarray, " q"]
    pattern: Float[np.ndarray, "n n"]

    def __call__(self, i: Int[np.ndarray, " k"], j: Int[np.ndarray, " k"]) -> Float[np.ndarray, " k"]:
        """Return the effects of pairs by position."""
        known = _terms(self.singles[i], self.singles[j])
        own, slope = self.weights[known.shape[1] :].reshape(2, -1)
        effect = known @ self.weights[: known.shape[1]] + own[i] + own[j] + self.pattern[i, j]
        return effect + slope[i] * self.singles[j] + slope[j] * self.singles[i]


def complete(
    singles: Float[np.ndarray, " n"],
    i: Int[np.ndarray, " k"],
    j: Int[np.ndarray, " k"],
    values: Float[np.ndarray, " k"],
    *,
    shrinkage: float,
) -> Completion:
    """Fit terms in the singles, two for each perturbation, and a pattern of low rank, in turns.

    Parameters
    ----------
    singles
        Effects of the n perturbations alone.
    i, j, values
        Pairs that were measured.
    shrinkage
        Share of the largest eigenvalue by which all are shrunk.

    References
    ----------
    Mazumder, Hastie and Tibshirani, J. Mach. Learn. Res. 11 (2010) 2287-2322, for the completion.
    """
    n = len(singles)
    known = _terms(singles[i], singles[j])
    own, slope = np.zeros((2, len(values), n))
    rows = np.arange(len(values))
    own[rows, i] = own[rows, j] = 1.0
    slope[rows, i], slope[rows, j] = singles[j], singles[i]
    design = np.hstack([known, own, slope])
    # a whisper on the terms, too: singles of one value make them equal
    usual = max(float(np.mean(singles**2)), 1e-12)
    ridge = np.concatenate(
        [np.full(known.shape[1], 1e-6), np.full(n, _OWN), np.full(n, _ON_PARTNERS * usual)]
    )
    solve = np.linalg.solve(design.T @ design + np.diag(ridge), design.T)
    pattern, measured = np.zeros((n, n)), np.zeros((n, n), dtype=bool)
    measured[i, j] = measured[j, i] = True
    weights = solve @ values
    for _ in range(_ROUNDS if shrinkage < 1 else 0):
        left = np.zeros((n, n))
        left[i, j] = left[j, i] = values - design @ weights
        pattern = _soft_completed(left, measured, pattern, shrinkage)
        weights = solve @ (values - pattern[i, j])
    return Completion(singles, weights, pattern)


def _terms(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return what is the same for (a, b) and (b, a): sums, products, and the stronger of the two."""
    one, both = np.ones_like(a), a * b
    return np.stack([one, a + b, both, a**2 + b**2, np.minimum(a, b), both * (a + b)], axis=1)


def _soft_completed(
    left: Float[np.ndarray, "n n"],
    measured: Bool[np.ndarray, "n n"],
    pattern: Float[np.ndarray, "n n"],
    shrinkage: float,
) -> Float[np.ndarray, "n n"]:
    """Return the pattern of what is left: eigenvalues shrunk, gaps filled from the pattern itself."""
    threshold = shrinkage * np.abs(np.linalg.eigvalsh(left)).max()
    for _ in range(_STEPS):
        values, vectors = np.linalg.eigh(np.where(measured, left, pattern))
        kept = np.sign(values) * np.maximum(np.abs(values) - threshold, 0.0)
        new = (vectors * kept) @ vectors.T
        moved = float(np.abs(new - pattern).max())
        pattern = new
        if moved < _CLOSE * max(float(np.abs(left).max()), 1e-300):
            break
    return pattern
