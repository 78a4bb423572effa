"""What candidate experiments would show: one normal distribution of their outcomes and of what is asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float


@dataclass(frozen=True, eq=False)
class Outlook:
    """A joint normal distribution of the outcomes of C candidates and of p numbers of interest.

    Both are linear in r independent standard normal numbers: what is still unknown after all data. All
    criteria need products of features only, so that no covariance of parameters has to be formed.

    Attributes
    ----------
    names : tuple of str, length C
        Of the candidates.
    features : ndarray, shape (C, m, r)
        Outcomes in units of their noise; candidates with fewer than m outcomes are padded with zeros.
    interest : ndarray, shape (p, r)
        What is to become certain: parameters, or predictions in units of their noise.
    about : str
        "parameters" or "predictions".
    usable : ndarray of bool, shape (C,)
        Whether a candidate could be computed; others are never chosen.
    remarks : tuple of str
        What to know of it, in words.
    """

    names: tuple[str, ...]
    features: Float[np.ndarray, "c m r"]
    interest: Float[np.ndarray, "p r"]
    about: str
    usable: Bool[np.ndarray, " c"]
    remarks: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Number of candidates."""
        return len(self.names)


def rows_by_candidate(
    rows: Float[np.ndarray, "n r"], owner: np.ndarray, n: int
) -> Float[np.ndarray, "c m r"]:
    """Return rows grouped by the candidate that owns each, padded with zeros to equal numbers."""
    count = np.bincount(owner, minlength=n)
    order = np.argsort(owner, kind="stable")
    place = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    grouped = np.zeros((n, max(int(count.max(initial=0)), 1), rows.shape[1]))
    grouped[owner[order], place] = rows[order]
    return grouped


def features_after(
    asked: Float[np.ndarray, "n q"], measured: Float[np.ndarray, "k q"]
) -> Float[np.ndarray, "n r"]:
    """Return features of `asked` given `measured`, with r no more than q or the number of all rows.

    Parameters
    ----------
    asked, measured
        Derivatives with respect to q numbers with independent standard normal priors; `measured` in units of
        the noise.

    Notes
    -----
    The covariance that is left is asked (I + measured' measured)^-1 asked'. Where q is larger than the number
    of rows, the numbers are replaced by their projections on the rows, so that nothing of size q x q is made.
    """
    from scipy.linalg import solve_triangular

    if asked.shape[1] > len(asked) + len(measured):
        both = np.concatenate([asked, measured])
        size, direction = np.linalg.eigh(both @ both.T)
        kept = size > 1e-13 * max(float(size[-1]), 1e-300)
        both = direction[:, kept] * np.sqrt(size[kept])
        asked, measured = both[: len(asked)], both[len(asked) :]
    precision = np.eye(asked.shape[1]) + measured.T @ measured
    return solve_triangular(np.linalg.cholesky(precision), asked.T, lower=True).T
