"""The greedy choice of a batch: after each pick, what is left is counted anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax.random as jr
import numpy as np
from jaxtyping import Float, PRNGKeyArray

from hybridcell.infer.design.belief import Belief
from hybridcell.infer.design.outlook import Outlook

#: A gain below this share of what is unknown (or of one nat) is none.
_NOTHING = 1e-9
#: Gains that differ by less than this share are equal, and the key decides.
_EQUAL = 1e-9


@dataclass(frozen=True, eq=False)
class Choice:
    """Which candidates were picked, and what each added.

    Attributes
    ----------
    picked : list of int
        In order.
    added, information : list of float
        Gain by the criterion, and mutual information in nats, of each pick given those before.
    alone, alone_information : ndarray, shape (C,)
        The same of every candidate if it were the only one; NaN where it cannot be computed.
    left : ndarray, shape (C,)
        The gain that each candidate would still have after the batch.
    start, end : float
        What the criterion measures before and after: the sum of variances, or the largest eigenvalue; NaN
        where it measures information.
    """

    picked: list[int]
    added: list[float]
    information: list[float]
    alone: Float[np.ndarray, " c"]
    alone_information: Float[np.ndarray, " c"]
    left: Float[np.ndarray, " c"]
    start: float
    end: float


def choose(
    outlook: Outlook,
    criterion: str,
    n: int,
    cost: Float[np.ndarray, " c"],
    *,
    on_pick: Callable[[int], Any] = lambda _: None,
    key: PRNGKeyArray,
) -> Choice:
    """Pick up to n candidates, each with the largest gain per cost given those before.

    Gains are nats for "D" and "disagreement"; for "A" and "E" shares of the sum of variances, or of the
    largest eigenvalue, that there are at first. Stops where nothing gains any more. `on_pick` is called with
    1 after each pick.
    """
    belief = Belief(outlook, of_interest=criterion in ("A", "E"))
    level = {"A": belief.variance, "E": belief.largest}.get(criterion, lambda: np.nan)
    start = level()
    unit = start if criterion in ("A", "E") and start > 0 else 1.0
    # with JAX, every number of candidates would be a program of its own
    tries = np.random.default_rng(np.asarray(jr.key_data(key))).random((n, outlook.n))
    free = outlook.usable.copy()
    picked: list[int] = []
    added: list[float] = []
    information: list[float] = []
    gains, nats = _gains(belief, criterion, unit), belief.information()
    alone, alone_nats = (np.where(outlook.usable, each, np.nan) for each in (gains, nats))
    for turn in range(n):
        if not free.any():
            break
        value = np.where(free, gains[0] / cost, -np.inf)
        second = np.where(free, gains[1] / cost, -np.inf)
        best = np.flatnonzero(value >= value.max() - _EQUAL * abs(value.max()))
        best = best[second[best] >= second[best].max() * (1 - _EQUAL)]
        chosen = int(best[np.argmax(tries[turn, best])])
        if max(gains[0][chosen], gains[1][chosen]) <= _NOTHING:
            break
        picked.append(chosen)
        added.append(float(gains[0][chosen]))
        information.append(float(nats[chosen]))
        free[chosen] = False
        belief.take(chosen)
        gains, nats = _gains(belief, criterion, unit), belief.information()
        on_pick(1)
    return Choice(
        picked=picked, added=added, information=information, alone=alone[0], alone_information=alone_nats,
        left=np.where(outlook.usable, gains[0], np.nan), start=start, end=level(),
    )  # fmt: skip


def _gains(belief: Belief, criterion: str, unit: float) -> Float[np.ndarray, "2 c"]:
    """Return the gain of each candidate, and what decides between equal ones."""
    if criterion == "A":
        gain = belief.reduction() / unit
        return np.stack([gain, gain])
    if criterion == "E":
        # one experiment seldom lowers several equal eigenvalues: the sum of all then tells which is better
        gain = np.maximum(belief.largest() - belief.largest_after(), 0.0) / unit
        return np.stack([gain, belief.reduction() / max(belief.variance(), 1e-300)])
    gain = belief.information()
    return np.stack([gain, gain])
