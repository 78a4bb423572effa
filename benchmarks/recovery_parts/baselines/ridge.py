"""Ridge regression of each gene's change per time on the levels of all genes; score |coefficient|.

Steady states enter as rows without change, those apart in which the gene itself was perturbed; each time
series has its own constant while it runs. Without time series the level of a gene is regressed on those of
the others. Columns are standardized; the penalty is chosen for each gene by leave-one-out error.
"""

from __future__ import annotations

import numpy as np

from recovery_parts.baselines.experiments import Experiments

PENALTIES = np.logspace(-2, 4, 13)


def ridge(data: Experiments) -> np.ndarray:
    """Return |coefficient| of standardized columns."""
    from sklearn.linear_model import RidgeCV

    before, change, which = data.changes()
    scale = np.concatenate([data.steady, before]).std(axis=0)
    scale[scale == 0] = 1.0
    score = np.zeros((data.n, data.n))
    for gene in range(data.n):
        untouched = data.taken[:, gene] == 0
        others = np.arange(data.n) != gene
        if len(before):
            x = np.concatenate([before, data.steady[untouched]]) / scale
            y = np.concatenate([change[:, gene], np.zeros(int(untouched.sum()))])
            own = (np.append(which, np.full(int(untouched.sum()), -1))[:, None] == np.unique(which)).astype(
                float
            )
            x = np.concatenate([x, own], axis=1)
        else:
            x, y = (data.steady[untouched] / scale)[:, others], data.steady[untouched, gene]
        spread = y.std()
        if len(y) < 3 or spread == 0:
            continue
        coefficient = np.abs(RidgeCV(alphas=PENALTIES).fit(x, y / spread).coef_)
        score[gene, others] = coefficient[: data.n][others] if len(before) else coefficient
    return score
