"""How well a score ranks true pairs before false ones."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float


def average_precision(truth: Bool[np.ndarray, " k"], score: Float[np.ndarray, " k"]) -> float:
    """Return the area under the precision-recall curve, as the step sum over thresholds.

    Pairs with the same score enter together, so that their order cannot matter. A score that says nothing
    gets the share of true pairs. NaN where there is no true pair.

    Examples
    --------
    >>> import numpy as np
    >>> round(average_precision(np.array([True, False, True]), np.array([0.9, 0.8, 0.7])), 4)
    0.8333
    """
    truth, score = np.asarray(truth, dtype=bool), np.asarray(score, dtype=float)
    if not truth.any():
        return float("nan")
    hits, drawn = _cumulated(truth, score)
    precision, recall = hits / drawn, hits / truth.sum()
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def area_under_roc(truth: Bool[np.ndarray, " k"], score: Float[np.ndarray, " k"]) -> float:
    """Return the probability that a true pair scores above a false one, ties counting one half.

    NaN where all pairs are true or all are false.

    Examples
    --------
    >>> import numpy as np
    >>> area_under_roc(np.array([True, False, True]), np.array([0.9, 0.8, 0.7]))
    0.5
    """
    truth, score = np.asarray(truth, dtype=bool), np.asarray(score, dtype=float)
    positive, negative = int(truth.sum()), int((~truth).sum())
    if not positive or not negative:
        return float("nan")
    hits, drawn = _cumulated(truth, score)
    true_rate = np.concatenate([[0.0], hits / positive])
    false_rate = np.concatenate([[0.0], (drawn - hits) / negative])
    return float(np.sum(np.diff(false_rate) * (true_rate[1:] + true_rate[:-1]) / 2.0))


def _cumulated(truth: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return true pairs and all pairs at or above each distinct score, from the highest down."""
    order = np.argsort(-score, kind="stable")
    ordered = score[order]
    last_of_score = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    return np.cumsum(truth[order])[last_of_score], last_of_score + 1.0
