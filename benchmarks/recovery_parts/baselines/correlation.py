"""|Spearman correlation| over all rows, steady states and times alike."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from recovery_parts.baselines.experiments import Experiments


def correlation(data: Experiments) -> np.ndarray:
    """Return a symmetric score."""
    ranks = rankdata(np.concatenate([data.steady, *(x for _, x in data.series)]), axis=0)
    ranks -= ranks.mean(axis=0)
    size = np.sqrt((ranks**2).sum(axis=0))
    size[size == 0] = np.inf
    return np.abs(ranks.T @ ranks / np.outer(size, size))
