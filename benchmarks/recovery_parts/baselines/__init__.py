"""What a network recovery must beat: scores that take seconds and know little biology.

`score_all(adata)` takes an AnnData as from `hc.datasets.dream4` (any subset of its rows) and returns, by name
of the method, a score matrix (n, n) [target, source], higher = surer of source -> target; the diagonal means
nothing. Methods that lack their data are left out: the z-score without knockouts. Rows of unknown
perturbations ("multifactorial") and of double knockouts are not used.
`scoring.figures(truth, score)` turns a matrix into AUROC, AUPR and early precision.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from recovery_parts.baselines.correlation import correlation
from recovery_parts.baselines.experiments import read
from recovery_parts.baselines.forest import forest
from recovery_parts.baselines.ridge import ridge
from recovery_parts.baselines.zscore import zscore

METHODS = {
    "correlation": correlation,
    "ridge on derivatives": ridge,
    "knockout z-score": zscore,
    "random forest (dynGENIE3-like)": forest,
}


def score_all(adata: Any) -> dict[str, np.ndarray]:
    """Return the score matrix (n, n) [target, source] of each method that these data allow."""
    data = read(adata)
    found = {name: method(data) for name, method in METHODS.items()}
    return {name: score for name, score in found.items() if score is not None}
