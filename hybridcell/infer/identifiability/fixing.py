"""Which parameters to fix so that others can be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from hybridcell.infer.identifiability.directions import listed
from hybridcell.infer.identifiability.reach import Reach
from hybridcell.infer.identifiability.structural import Group

#: Standard deviation, in e-folds, of the vague knowledge that keeps directions without information finite.
_VAGUE = 12.0
#: How many parameters are proposed at most.
_MOST = 3
_Z = 1.96


@dataclass(frozen=True, kw_only=True, eq=False)
class Goal:
    """What is known, and how much more must be.

    Attributes
    ----------
    information : ndarray, shape (q, q)
        In e-folds.
    needed : ndarray, shape (q,)
        Standard errors, in e-folds, below which parameters are identifiable.
    unknown : ndarray of bool, shape (q,)
        Parameters that are not.
    unit : ndarray, shape (q,)
        Change on the scale of a parameter that is an e-fold one.
    """

    information: Float[np.ndarray, "q q"]
    needed: Float[np.ndarray, " q"]
    unknown: Bool[np.ndarray, " q"]
    unit: Float[np.ndarray, " q"]

    @classmethod
    def of(cls, information: Float[np.ndarray, "q q"], reach: Reach, unknown: Bool[np.ndarray, " q"]) -> Goal:
        """Return the goal for an information on the scales.

        What the linearization took for known, and is not, must be known twice as well as it says.
        """
        relative = information * np.outer(reach.unit, reach.unit)
        needed = np.minimum(reach.down, reach.up) / reach.unit / _Z
        now = np.sqrt(np.diag(vague_covariance(relative)))
        needed = np.where(unknown, np.minimum(needed, now / 2), needed)
        return cls(information=relative, needed=needed, unknown=unknown, unit=reach.unit)

    def gained(self, covariance: Float[np.ndarray, "q q"]) -> Bool[np.ndarray, " q"]:
        """Return which unknown parameters another covariance would tell."""
        return self.unknown & (np.sqrt(np.maximum(np.diag(covariance), 0.0)) <= self.needed)


def vague_covariance(information: Float[np.ndarray, "q q"]) -> Float[np.ndarray, "q q"]:
    """Return covariances under a vague prior, finite whatever the information (in e-folds) is."""
    return np.linalg.inv(information + np.eye(len(information)) / _VAGUE**2)


def fixing_advice(names: Sequence[str], goal: Goal, groups: Sequence[Group]) -> list[str]:
    """Return in words which parameters to fix, the most helpful first, each given those before."""
    covariance = vague_covariance(goal.information)
    # one of a group that is fixed tells the others: that is said of the group
    own = {name: set(group.names) for group in groups if group.freedoms == 1 for name in group.names}
    same = np.array([[b in own.get(a, {a}) for b in names] for a in names])
    advice = [_of_group(group) for group in groups]
    taken: list[int] = []
    for _ in range(_MOST):
        best, gained = -1, np.zeros(len(names), bool)
        base = goal.gained(covariance)
        for k in map(int, np.flatnonzero(goal.unknown)):
            if k in taken:
                continue
            new = goal.gained(_fixed(covariance, k)) & ~base
            new[same[k]] = False
            if new.sum() > gained.sum():
                best, gained = k, new
        if best < 0:
            break
        also = f" as well as {listed([names[k] for k in taken])}" if taken else ""
        others = listed([name for name, new in zip(names, gained) if new])
        becomes = "becomes" if gained.sum() == 1 else "become"
        advice.append(
            f"Fix {names[best]} (or measure it by itself){also}: then {others} {becomes} identifiable."
        )
        covariance = _fixed(covariance, best)
        taken.append(best)
    return advice


def _of_group(group: Group) -> str:
    if len(group.names) == 1:
        return f"Fix {group.names[0]}, or measure something that it moves: it has no influence on the data."
    which = "one" if group.freedoms == 1 else f"{group.freedoms}"
    return f"Fix {which} of {listed(group.names)}, or measure it by itself: {group.text}."


def _fixed(covariance: np.ndarray, k: int) -> np.ndarray:
    """Return covariances given that parameter k is known."""
    along = covariance[:, k]
    return covariance - np.outer(along, along) / along[k]
