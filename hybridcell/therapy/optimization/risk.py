"""One number from the members of an ensemble: expected value, worst case, or mean of the bad tail."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

RISKS = ("mean", "worst", "cvar")


def weights_of_risk(
    values: Float[np.ndarray, " m"], weights: Float[np.ndarray, " m"], risk: str, tail: float
) -> Float[np.ndarray, " m"]:
    """Return how much each member counts; their weighted sum is the risk of `values`, where high is bad.

    Parameters
    ----------
    values
        One per member.
    weights
        Of the members, adding up to 1.
    risk
        "mean"; "worst", the largest; "cvar", the mean of the worst `tail` of the members.
    tail
        Share between 0 and 1.

    References
    ----------
    Rockafellar and Uryasev, Journal of Risk 2 (2000) 21-41.
    """
    if risk == "mean":
        return weights
    order = np.argsort(-values, kind="stable")
    if risk == "worst":
        share = np.zeros(len(values))
        share[order[0]] = 1.0
        return share
    before = np.cumsum(weights[order]) - weights[order]
    counted = np.clip(tail - before, 0.0, weights[order])
    share = np.zeros(len(values))
    share[order] = counted / counted.sum()
    return share
