"""Random forests in the manner of dynGENIE3: importance of each gene for the production of each other.

The production of a gene is its change per time plus decay times its level, and decay times its level at
steady state. Decay is read from the data: the fastest fall or rise between the extremes of a series, taken as
exponential. One forest per gene, sqrt(n) genes tried per split; the published program grows 1,000 trees.

Huynh-Thu V. A., Geurts P., dynGENIE3: dynamical GENIE3 for the inference of gene networks from time series
expression data. Scientific Reports 8, 3384 (2018).
"""

from __future__ import annotations

import numpy as np

from recovery_parts.baselines.experiments import Experiments

TREES = 200


def forest(data: Experiments) -> np.ndarray:
    """Return the share of the variance of production that each gene explains."""
    from sklearn.ensemble import RandomForestRegressor

    before, change, _ = data.changes()
    decay = decays(data)
    score = np.zeros((data.n, data.n))
    for gene in range(data.n):
        untouched = data.taken[:, gene] == 0
        x = np.concatenate([before, data.steady[untouched]])
        y = np.concatenate(
            [change[:, gene] + decay[gene] * before[:, gene], decay[gene] * data.steady[untouched, gene]]
        )
        if len(y) < 3 or y.std() == 0:
            continue
        others = np.arange(data.n) != gene
        trees = RandomForestRegressor(TREES, max_features="sqrt", random_state=gene, n_jobs=1)
        score[gene, others] = trees.fit(x[:, others], y / y.std()).feature_importances_
    return score


def decays(data: Experiments) -> np.ndarray:
    """Return the decay rate (n,) of each gene; 1 without time series, where only the scale depends on it."""
    if not data.series:
        return np.ones(data.n)
    lowest = np.min([x.min(axis=0) for _, x in data.series], axis=0) - 1e-6
    found = []
    for times, x in data.series:
        first, last = x.argmin(axis=0), x.argmax(axis=0)
        genes = np.arange(data.n)
        ratio = np.log((x[last, genes] - lowest) / (x[first, genes] - lowest))
        apart = np.abs(times[last] - times[first])
        found.append(np.where(apart > 0, ratio / np.maximum(apart, 1e-12), 0.0))
    return np.max(found, axis=0)
