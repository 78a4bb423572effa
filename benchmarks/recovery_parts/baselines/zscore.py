"""The change of each gene in each knockout, in standard deviations of that gene over all knockouts."""

from __future__ import annotations

import numpy as np

from recovery_parts.baselines.experiments import Experiments


def zscore(data: Experiments) -> np.ndarray | None:
    """Return |z|, 0 for genes that were not knocked out; None without knockouts."""
    rows, genes = np.nonzero(data.taken == 1)
    if not len(rows):
        return None
    center, spread = data.steady[rows].mean(axis=0), data.steady[rows].std(axis=0)
    spread[spread == 0] = np.inf
    score = np.zeros((data.n, data.n))
    score[:, genes] = (np.abs(data.steady[rows] - center) / spread).T
    return score
