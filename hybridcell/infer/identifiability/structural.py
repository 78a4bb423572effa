"""What no amount of such measurements could tell: the rank of sensitivities at several points.

References
----------
Karlsson, Anguelova and Jirstrand (2012), IFAC Proc. 45:941 (identifiability from the rank of sensitivities);
Joubert, Stigter and Molenaar (2018), Math. Biosci. 302:41 (singular values and null space).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jax
import numpy as np
from jaxtyping import PRNGKeyArray

from hybridcell.infer.identifiability.directions import in_words, listed
from hybridcell.infer.identifiability.linked import PART, linked
from hybridcell.infer.identifiability.reach import Reach
from hybridcell.infer.target import Target

#: Singular values of sensitivities, relative to the largest, that rounding leaves of zero: information
#: matrices are their squares.
_ZERO = 3e-7
#: How far points are from the point, as a factor, and within the bounds as a share of their middle.
_NEAR, _MIDDLE = 3.0, 0.6
#: Ratio of the singular values on both sides of the rank, from which on there is a gap between them.
CLEAR = 20.0
#: Influence, relative to the largest, that is none.
_INFLUENCE = 1e-12


@dataclass(frozen=True, kw_only=True, eq=False)
class Group:
    """Parameters that compensate each other without a trace in what is measured.

    Attributes
    ----------
    names : tuple of str
        One alone has no influence at all.
    freedoms : int
        How many of them must be fixed (or measured) for the others to be told.
    text : str
    """

    names: tuple[str, ...]
    freedoms: int
    text: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Structure:
    """The structural rank.

    Attributes
    ----------
    rank : int
        The number of parameters, less the freedoms of those that no point tells.
    here : int
        The rank at the point itself; less than `rank` where the point is a special one.
    gap : float
        Ratio of the smallest singular value that counts to the largest that does not, where the rank is
        largest; infinite when these are zero, NaN at full rank. Below 20 only parameters without any
        influence are called structural.
    points : int
        At how many points sensitivities were computed.
    groups : tuple of Group
    """

    rank: int
    here: int
    gap: float
    points: int
    groups: tuple[Group, ...]


def structure_of(target: Target, reach: Reach, *, n_points: int, key: PRNGKeyArray) -> Structure:
    """Return the rank of sensitivities at the point and at random ones, and what compensates each other.

    Half of the random points lie near the point (within a factor of 3), half spread between the bounds.
    Those that cannot be simulated are left out. What its bounds fix compensates nothing, and counts as told.
    """
    found, free = [], target.free
    for theta in [target.at, *_points(target, reach, n_points, key)]:
        information = target.fisher(theta)
        if np.isfinite(information).all():
            found.append(_rank(information[np.ix_(free, free)], reach.unit[free]))
    rank, gap, null = max(found, key=lambda one: one[0])
    # what is saturated at one point is not at another: structural is what no point tells
    always = np.min([np.sum(one[2] ** 2, axis=1) for one in found], axis=0) > PART**2
    if gap < CLEAR:
        # weak and weaker directions without a gap between them: only what has no influence at all is sure
        silent = np.all([np.abs(one[2]).max(axis=1, initial=0.0) >= 1 - PART for one in found], axis=0)
        null, always = np.eye(len(silent))[:, silent], silent
    names = [name for name, is_free in zip(target.names, free) if is_free]
    groups, fixed = _groups(names, np.where(always[:, None], null, 0.0)), int(np.sum(~free))
    return Structure(
        rank=max(rank + fixed, len(target) - sum(group.freedoms for group in groups)),
        here=found[0][0] + fixed,
        gap=gap,
        points=len(found),
        groups=groups,
    )


def _points(target: Target, reach: Reach, n: int, key: PRNGKeyArray) -> list[np.ndarray]:
    draws = np.asarray(jax.random.uniform(key, (n, len(target)), minval=-1.0, maxval=1.0))
    near = target.at + np.log(_NEAR) * reach.unit * draws
    finite = np.isfinite(target.lower) & np.isfinite(target.upper)
    lower, upper = np.where(finite, target.lower, 0.0), np.where(finite, target.upper, 0.0)
    wide = np.where(finite, (lower + upper) / 2 + _MIDDLE * (upper - lower) / 2 * draws, near)
    chosen = np.where((np.arange(n) % 2 == 0)[:, None], near, wide)
    return list(np.clip(chosen, target.lower, target.upper))


def _rank(information: np.ndarray, unit: np.ndarray) -> tuple[int, float, np.ndarray]:
    """Return the rank, the gap, and the null space as columns (of changes in units of the parameters)."""
    matrix = information * np.outer(unit, unit)
    own = np.sqrt(np.maximum(np.diag(matrix), 0.0))
    seen = own > _INFLUENCE * max(float(own.max(initial=0.0)), 1e-300)
    null = np.eye(len(unit))[:, ~seen]
    if not seen.any():
        return 0, np.inf, null
    scaled = matrix[np.ix_(seen, seen)] / np.outer(own[seen], own[seen])
    size, direction = np.linalg.eigh(scaled)
    size = np.sqrt(np.maximum(size, 0.0))[::-1] / np.sqrt(max(float(size.max()), 1e-300))
    count = int(np.sum(size > _ZERO))
    inner = np.zeros((len(unit), len(size) - count))
    inner[seen] = direction[:, ::-1][:, count:] / own[seen, None]
    full = np.concatenate([inner, null], axis=1)
    left = size[count:].max(initial=0.0)
    gap = np.nan if not full.shape[1] else np.inf if left <= 0 else float(size[count - 1] / left)
    return count, gap, np.linalg.qr(full)[0] if full.shape[1] else full


def _groups(names: Sequence[str], null: np.ndarray) -> tuple[Group, ...]:
    """Return parameters of the null space, those together that share a direction."""
    if not null.shape[1]:
        return ()
    projector = null @ null.T
    return tuple(_group(names, members, projector) for members in linked(projector))


def _group(names: Sequence[str], members: list[int], projector: np.ndarray) -> Group:
    own = projector[np.ix_(members, members)]
    freedoms = max(1, round(float(np.trace(own))))
    ids = tuple(names[k] for k in members)
    if len(ids) == 1:
        text = f"{ids[0]} has no influence on what is measured"
    elif freedoms == 1:
        direction = np.linalg.eigh(own)[1][:, -1]
        # the first of the strongest goes up
        first = int(np.argmax(np.abs(direction) >= (1 - PART) * np.abs(direction).max()))
        direction = direction * np.sign(direction[first])
        text = f"{in_words(ids, direction)} leaves all measurements as they are"
    else:
        text = (
            f"{listed(ids)} compensate each other: {freedoms} of them must be fixed for the others to be told"
        )
    return Group(names=ids, freedoms=freedoms, text=text)
