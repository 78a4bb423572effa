"""The belief about outcomes while experiments are chosen, and what each next one would add."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from hybridcell.infer.design.outlook import Outlook

#: Numbers of interest up to which the largest eigenvalue is exact; with more it is that of the leading ones.
_LEADING = 64


class Belief:
    """Covariances of outcomes and interest, conditional on the experiments taken so far.

    Attributes
    ----------
    own : ndarray, shape (C, m, m)
        Covariance of each candidate's outcomes, in units of the noise.
    shared : ndarray, shape (C, p, m)
        Covariance of the numbers of interest with each candidate's outcomes.
    """

    def __init__(self, outlook: Outlook, *, of_interest: bool = True):
        f = self._features = outlook.features
        # criteria of information alone do without what is of interest, which is most of the work
        self._interest = _fewest_rows(outlook.interest) if of_interest else outlook.interest[:0]
        self._taken = np.zeros((f.shape[0] * f.shape[1], 0))
        self._taken_interest = np.zeros((len(self._interest), 0))
        self.own = np.matmul(f, f.transpose(0, 2, 1))
        self.shared = np.matmul(self._interest[None], f.transpose(0, 2, 1))

    def information(self) -> Float[np.ndarray, " c"]:
        """Return the mutual information of each candidate's outcomes and all that is unknown, in nats."""
        return 0.5 * np.linalg.slogdet(np.eye(self.own.shape[1]) + self.own)[1]

    def reduction(self) -> Float[np.ndarray, " c"]:
        """Return by how much each candidate lowers the sum of variances of the numbers of interest."""
        return np.sum(np.square(self._told()), axis=(1, 2))

    def variance(self) -> float:
        """Return the sum of variances of the numbers of interest."""
        return max(float(np.sum(self._interest**2) - np.sum(self._taken_interest**2)), 0.0)

    def largest(self) -> float:
        """Return the largest eigenvalue of the covariance of the numbers of interest."""
        return max(float(np.linalg.eigvalsh(self._covariance())[-1]), 0.0) if len(self._interest) else 0.0

    def largest_after(self) -> Float[np.ndarray, " c"]:
        """Return the largest eigenvalue that each candidate would leave."""
        covariance, told = self._covariance(), self._told()
        if len(covariance) > _LEADING:
            basis = np.linalg.eigh(covariance)[1][:, -_LEADING:]
            covariance, told = basis.T @ covariance @ basis, np.matmul(basis.T, told)
        left = covariance - np.matmul(told, told.transpose(0, 2, 1))
        return np.maximum(np.linalg.eigvalsh(left)[:, -1], 0.0)

    def take(self, chosen: int) -> None:
        """Condition on a candidate's outcomes, whatever they will be."""
        c, m, r = self._features.shape
        flat = self._features.reshape(c * m, r)
        rows = slice(chosen * m, (chosen + 1) * m)
        both = flat @ self._features[chosen].T - self._taken @ self._taken[rows].T
        lower = np.linalg.cholesky(np.eye(m) + self.own[chosen])
        new = np.linalg.solve(lower, both.T).T
        new_interest = np.linalg.solve(lower, self.shared[chosen].T).T
        each = new.reshape(c, m, m)
        self.own = self.own - np.matmul(each, each.transpose(0, 2, 1))
        self.shared = self.shared - np.matmul(new_interest[None], each.transpose(0, 2, 1))
        self._taken = np.concatenate([self._taken, new], axis=1)
        self._taken_interest = np.concatenate([self._taken_interest, new_interest], axis=1)

    def _told(self) -> Float[np.ndarray, "c p m"]:
        """Return what each candidate's outcomes tell of the numbers of interest, in standard deviations."""
        lower = np.linalg.cholesky(np.eye(self.own.shape[1]) + self.own)
        return np.linalg.solve(lower, self.shared.transpose(0, 2, 1)).transpose(0, 2, 1)

    def _covariance(self) -> Float[np.ndarray, "p p"]:
        return self._interest @ self._interest.T - self._taken_interest @ self._taken_interest.T


def _fewest_rows(interest: Float[np.ndarray, "p r"]) -> Float[np.ndarray, "k r"]:
    """Return at most r rows with the same sum of squares in every direction: traces and eigenvalues stay."""
    if len(interest) <= interest.shape[1]:
        return interest
    size, direction = np.linalg.eigh(interest.T @ interest)
    kept = size > 1e-14 * max(float(size[-1]), 1e-300)
    return (direction[:, kept] * np.sqrt(size[kept])).T
