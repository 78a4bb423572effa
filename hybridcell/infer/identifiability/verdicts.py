"""The verdict on each parameter, and on what it rests.

A parameter is called identifiable when its 95 % interval stays within a factor (2, unless told) of the
estimate. The interval is first that of a linearization. Since that may be far too narrow where the likelihood
bends, all parameters that it calls identifiable are looked at again: held at the factor, with all others
fitted anew, they must describe the data significantly worse. Other optima of an estimation that describe the
data as well belong to the interval, too. Profiles, where given, take the place of all this.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.estimation import Estimation
from hybridcell.fit.estimation.estimation import SAME
from hybridcell.infer.identifiability.far_points import far_points
from hybridcell.infer.identifiability.information import Spread
from hybridcell.infer.identifiability.reach import Reach
from hybridcell.infer.identifiability.structural import Structure
from hybridcell.infer.profiles.result import Profiles
from hybridcell.infer.target import Target

YES, PRACTICALLY_NOT, STRUCTURALLY_NOT = "identifiable", "practically not", "structurally not"
#: Coverage of intervals.
LEVEL = 0.95
#: Distance to a bound, as a share of the way between bounds, that counts as being there.
_AT = 1e-6


@dataclass(kw_only=True, eq=False)
class Verdicts:
    """Verdicts while they are made.

    Attributes
    ----------
    low, high : ndarray, shape (q,)
        Ends of the intervals on the scales; infinite where none was found.
    verdict, by, why : list of str, length q
        What, on what it rests, and the reason in words.
    notes : list of str
        What was found on the way that concerns all of them.
    """

    low: np.ndarray
    high: np.ndarray
    verdict: list[str]
    by: list[str]
    why: list[str]
    notes: list[str]

    def deny(self, k: int, by: str, why: str, verdict: str = PRACTICALLY_NOT) -> None:
        """Call parameter k not identifiable."""
        self.verdict[k], self.by[k], self.why[k] = verdict, by, why


def rise_at(freedoms: int) -> float:
    """Return by how much a value rises at the end of an interval (of one parameter) or a joint region."""
    from scipy.special import chdtri

    return float(chdtri(freedoms, 1 - LEVEL)) / 2


def at_bounds(target: Target) -> np.ndarray:
    """Return whether parameters are at a lower (-1) or upper (+1) bound, or at none (0)."""
    width = np.where(np.isfinite(target.upper - target.lower), target.upper - target.lower, 1.0)
    low = target.at <= target.lower + _AT * width
    return np.where(low, -1, np.where(target.at >= target.upper - _AT * width, 1, 0))


def linear_verdicts(target: Target, reach: Reach, spread: Spread) -> Verdicts:
    """Return what the linearization says."""
    q = len(target)
    half = np.sqrt(2 * rise_at(1)) * spread.se
    found = Verdicts(
        low=target.at - half, high=target.at + half, verdict=[YES] * q, by=["linearization"] * q,
        why=[""] * q, notes=[],
    )  # fmt: skip
    for k in range(q):
        if target.lower[k] == target.upper[k]:
            found.by[k], found.why[k] = "bounds", "its bounds fix it"
            found.low[k] = found.high[k] = target.at[k]
        elif not np.isfinite(half[k]):
            found.deny(k, "linearization", "a direction that nothing determines moves it: no finite error")
        elif half[k] > min(reach.down[k], reach.up[k]):
            found.deny(k, "linearization", f"its interval is wider than a factor of {reach.factor:g}")
    return found


def add_profiles(found: Verdicts, target: Target, reach: Reach, profiles: Profiles) -> set[int]:
    """Put intervals of profiles in the place of linear ones; return which parameters they are of."""
    done = set()
    for name in profiles.names:
        k = target.places(name)[0]
        low, high = profiles.interval(name)
        if not low <= target.at[k] <= high:
            raise InvalidValueError(
                f"{name!r} is at {target.at[k]:.6g} on its scale, outside of its profile's interval, "
                f"{low:.6g} to {high:.6g}: the profiles are of another optimum. Make them with the same at=."
            )
        found.low[k], found.high[k] = low, high
        found.verdict[k], found.by[k], found.why[k] = YES, f"profile at {profiles.level:.0%}", ""
        open_ = [word for word, end in (("below", low), ("above", high)) if not np.isfinite(end)]
        if open_:
            found.deny(k, found.by[k], f"its profile has no end {' and '.join(open_)}")
        elif target.at[k] - low > reach.down[k] or high - target.at[k] > reach.up[k]:
            found.deny(k, found.by[k], f"its interval is wider than a factor of {reach.factor:g}")
        done.add(k)
    found.notes += [note for note in profiles.notes if note not in found.notes]
    return done


def add_optima(found: Verdicts, target: Target, reach: Reach, runs: Estimation) -> None:
    """Widen intervals to other optima that describe the data as well.

    Where only one start reached the best value, that optimum may not be the only one: then all within the
    joint region of the parameters count, which is larger.
    """
    lonely = runs.n_best < 2 and len(runs.runs) > 1
    freedoms = len(target) if lonely else 1
    limit = rise_at(freedoms)
    if lonely:
        found.notes.append(
            f"Only one of {len(runs.runs)} starts reached the best value, so other optima up to {limit:.1f} "
            "above it count as alternatives. Take more starts."
        )
    near = runs.thetas[np.isfinite(runs.values) & (runs.values <= runs.values[0] + limit)]
    low, high = np.min(near, axis=0), np.max(near, axis=0)
    for k in range(len(target)):
        apart = low[k] < target.at[k] - reach.down[k] or high[k] > target.at[k] + reach.up[k]
        if apart and found.verdict[k] == YES:
            ends = target.linear(np.stack([low, high]))[:, k]
            found.deny(
                k,
                "optima",
                f"{len(near)} optima describe the data as well, with {ends[0]:.3g} to {ends[1]:.3g}",
            )
    found.low, found.high = np.minimum(found.low, low), np.maximum(found.high, high)


def check_far(
    found: Verdicts,
    target: Target,
    reach: Reach,
    spread: Spread,
    skip: set[int],
    here: float,
    max_iterations: int,
    progress: bool | None,
) -> None:
    """Hold what the linearization calls identifiable at the factor, and fit all else anew.

    Parameters
    ----------
    skip
        Parameters that have profiles.
    here
        Value at the point.
    """
    limit = rise_at(1)
    asked = [k for k, v in enumerate(found.verdict) if v == YES and k not in skip and found.by[k] != "bounds"]
    if not asked:
        return
    rows = [(k, side) for k in asked for side in (-1, 1) if _room(target, reach, k, side)]
    starts = np.array([_start(target, reach, spread, k, side) for k, side in rows]).reshape(-1, len(target))
    parameter = np.array([k for k, _ in rows], int)
    far = far_points(
        target, parameter, starts, limit=here + limit, max_iterations=max_iterations, progress=progress
    )
    for k in asked:
        found.by[k] = f"linearization, checked at a factor of {reach.factor:g}"
    for (k, side), value, theta, settled in zip(rows, far.value, far.theta, far.settled):
        word = "smaller" if side < 0 else "larger"
        if value <= here + limit:
            found.deny(
                k, "refit", f"{reach.factor:g} times {word}, with the others fitted anew, it does as well"
            )
            # how much farther it goes was not asked
            found.low[k] = -np.inf if side < 0 else found.low[k]
            found.high[k] = np.inf if side > 0 else found.high[k]
        elif np.isfinite(value):
            _widen(found, target, k, side, abs(theta[k] - target.at[k]) * np.sqrt(limit / (value - here)))
        if not settled and found.verdict[k] == YES:
            found.by[k] = f"linearization, check at a factor of {reach.factor:g} not finished"
    best = np.min(far.value, initial=np.inf)
    if best < here - SAME:
        found.notes.append(
            f"A point {here - best:.3g} better was met on the way: this is not the best optimum, and "
            "verdicts may change. Fit from more starts."
        )


def _room(target: Target, reach: Reach, k: int, side: int) -> bool:
    """Whether the bounds leave the factor to this side."""
    bound, far = (target.lower[k], -reach.down[k]) if side < 0 else (target.upper[k], reach.up[k])
    return bool(np.isfinite(far)) and side * (bound - (target.at[k] + far)) > 0


def _start(target: Target, reach: Reach, spread: Spread, k: int, side: int) -> np.ndarray:
    """Return where the profile of the linearization has the parameter at the factor."""
    way = reach.up[k] if side > 0 else -reach.down[k]
    own = spread.covariance[k, k]
    along = spread.covariance[:, k] / own if own > 0 else np.eye(len(target))[k]
    start = np.clip(target.at + along * way, target.lower, target.upper)
    start[k] = target.at[k] + way
    return start


def _widen(found: Verdicts, target: Target, k: int, side: int, half: float) -> None:
    """Widen an interval where the likelihood rises less than the linearization says."""
    if side < 0:
        found.low[k] = min(found.low[k], target.at[k] - half)
    else:
        found.high[k] = max(found.high[k], target.at[k] + half)


def add_structure(found: Verdicts, target: Target, structure: Structure) -> None:
    """Call those that compensate each other structurally not identifiable."""
    for group in structure.groups:
        for name in group.names:
            k = target.names.index(name)
            found.deny(k, "sensitivities", group.text, STRUCTURALLY_NOT)
            found.low[k], found.high[k] = -np.inf, np.inf


def add_bounds(found: Verdicts, where: Float[np.ndarray, " q"]) -> None:
    """Say what is at its bound: its interval is not closed on that side by data."""
    for k in map(int, np.flatnonzero(where)):
        if found.by[k] == "bounds" or found.verdict[k] == STRUCTURALLY_NOT:
            continue
        side = "lower" if where[k] < 0 else "upper"
        found.deny(k, found.by[k], f"it is at its {side} bound: data pull it farther, or do not hold it")
        found.low[k] = -np.inf if where[k] < 0 else found.low[k]
        found.high[k] = np.inf if where[k] > 0 else found.high[k]
