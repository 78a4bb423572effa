"""How well a score matrix ranks the true edges of a network."""

from __future__ import annotations

from typing import Any

import numpy as np

from hybridcell.data import truth_edges
from hybridcell.graph.ranking import area_under_roc, average_precision

TOP = 0.1


def truth_matrix(adata: Any) -> np.ndarray:
    """Return which edges are true, (n, n) Boolean [target, source]."""
    names = {name: k for k, name in enumerate(map(str, adata.var_names))}
    edges = truth_edges(adata)
    known = np.zeros((len(names), len(names)), dtype=bool)
    known[edges["target"].map(names), edges["source"].map(names)] = True
    return known


def figures(truth: np.ndarray, score: np.ndarray) -> dict[str, float]:
    """Return AUROC, AUPR and precision among the first pairs: as many as true edges, and a tenth of all.

    Parameters
    ----------
    truth, score
        (n, n) [target, source]; the diagonal is left out. Of pairs that tie for the last places each counts
        by its chance to get one.
    """
    pairs = ~np.eye(len(truth), dtype=bool)
    known, value = truth[pairs], np.asarray(score, dtype=float)[pairs]
    return {
        "auroc": area_under_roc(known, value),
        "aupr": average_precision(known, value),
        "early": precision_of_first(known, value, int(known.sum())),
        "top_tenth": precision_of_first(known, value, max(1, round(TOP * len(known)))),
        "random": float(known.mean()),
    }


def precision_of_first(known: np.ndarray, value: np.ndarray, k: int) -> float:
    """Return the share of true pairs among the k best."""
    last = np.sort(value)[-k]
    above, tied = value > last, value == last
    hits = known[above].sum() + known[tied].mean() * (k - above.sum())
    return float(hits / k)
