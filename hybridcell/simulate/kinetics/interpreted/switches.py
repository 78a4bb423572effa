"""Comparisons as signs that are held while the integrator steps and change only at known instants.

The sign of a switch is that of its left side minus its right side: -1, 0 or 1, NaN where they cannot be
compared. What a comparison says follows from the sign. At the instant of a crossing the sign is 0, just after
it that of the other side: ``x >= 1`` turns true at the instant, ``x > 1`` just after it.
"""

from __future__ import annotations

import operator

import numpy as np

from hybridcell.simulate.kinetics.interpreted.field import Field
from hybridcell.simulate.solve import Solve

_RELATIONS = {
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "eq": operator.eq,
    "ne": operator.ne,
}
#: Sides that differ by less than so many units of rounding are equal.
_ROUNDING = 4 * np.finfo(float).eps
#: Accuracy of a solution along the way, in units of the tolerance of a step.
_BLUR = 10


class Switches:
    """The signs of all switches of a run."""

    def __init__(self, field: Field, solve: Solve):
        switches = field.equations.switches
        self._field = field
        self._ops = [switch.relation.op for switch in switches]
        self._sides = field.programs.sides.bind(field.p)
        self._times = field.programs.switch_times.bind(field.p)
        self.count = len(switches)
        self.signs = np.full(self.count, np.nan)
        #: Which have to be watched along the solution.
        self.watched = np.array([switch.time is None for switch in switches], bool)
        self.any_watched = bool(self.watched.any())
        self._fresh = np.zeros(self.count, bool)
        self._flipped_at = np.zeros(self.count)
        self._rtol, self._atol = _BLUR * solve.rtol, _BLUR * (solve.atol or 0.0)
        self._seen = np.full(2 * self.count, np.nan)

    def sides(self, t: float, x: np.ndarray) -> np.ndarray:
        """Return the left sides, then the right sides."""
        return self._field.read(self._sides, t, x)

    def signs_at(self, t: float, x: np.ndarray) -> np.ndarray:
        """Return the signs at a point, with those held now where sides hold switches themselves."""
        return signs_of(self.sides(t, x))

    def left(self, sides: np.ndarray, signs: np.ndarray) -> np.ndarray:
        """Tell which watched signs have left those held.

        Exactly equal sides have left nothing yet. Those that flipped just now may still be on the wrong side
        by the error of the solution; they have left only when they have gone further that way, by more than
        that error.
        """
        away = self.watched & (signs != 0) & (signs != self.signs) & ~(np.isnan(signs) & np.isnan(self.signs))
        if not (away & self._fresh).any():
            return away
        gone = self.signs * (self.differences(sides) - self._flipped_at)
        return away & ~(self._fresh & (gone >= -self._blur(sides)))

    def differences(self, sides: np.ndarray) -> np.ndarray:
        """Return left sides minus right sides."""
        return sides[: self.count] - sides[self.count :]

    def flip(self, which: np.ndarray, signs: np.ndarray) -> None:
        """Give switches the signs that they have from now on."""
        self.signs[which] = signs
        self._fresh[which] = True
        self._flipped_at[which] = self.differences(self._seen)[which]

    def grow_old(self, sides: np.ndarray) -> None:
        """Note which of those that flipped are by now clearly on the side that they flipped to."""
        if self._fresh.any():
            self._fresh &= self.signs * self.differences(sides) <= self._blur(sides)

    def _blur(self, sides: np.ndarray) -> np.ndarray:
        sizes = np.abs(sides)
        return self._atol + self._rtol * (sizes[: self.count] + sizes[self.count :])

    def times(self, t: float, x: np.ndarray) -> np.ndarray:
        """Return when switches flip that depend on the time alone; NaN for the others."""
        return self._field.read(self._times, t, x)

    def hold(self) -> None:
        """Make the field compute with the signs as they are."""
        modes = np.array([float(_RELATIONS[op](s, 0.0)) for op, s in zip(self._ops, self.signs)])
        self._field.modes = modes

    def compare(self, t: float, x: np.ndarray) -> None:
        """Take all signs as they are at a point, at which nothing is known yet."""
        for _ in range(self.count + 1):  # sides may hold switches
            before = self.signs
            self._seen = self.sides(t, x)
            self.signs = signs_of(self._seen)
            self.hold()
            if np.array_equal(before, self.signs, equal_nan=True):
                return

    def look(self, t: float, x: np.ndarray) -> None:
        """Remember the sides, so that `update` can tell what has changed since."""
        self._seen = self.sides(t, x)

    def update(self, t: float, x: np.ndarray) -> np.ndarray:
        """Compare anew those whose sides have changed since the last look; return which."""
        all_changed = np.zeros(self.count, bool)
        for _ in range(self.count + 1):
            sides = self.sides(t, x)
            same = (sides == self._seen) | (np.isnan(sides) & np.isnan(self._seen))
            changed = ~(same[: self.count] & same[self.count :])
            if not changed.any():
                break
            self.signs = np.where(changed, signs_of(sides), self.signs)
            self._seen = sides
            self.hold()
            all_changed |= changed
        return all_changed


def signs_of(sides: np.ndarray) -> np.ndarray:
    """Return the signs of left sides minus right sides, the former given before the latter."""
    values = sides.tolist()
    count = len(values) // 2
    return np.array([_sign(left, right) for left, right in zip(values[:count], values[count:])])


def directions(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return the signs of the change of left minus right sides; 0 where no change can be told."""
    count = len(before) // 2
    change = (after - before)[:count] - (after - before)[count:]
    sizes = np.abs(before) + np.abs(after)
    told = np.abs(change) > _ROUNDING * (sizes[:count] + sizes[count:])
    return np.where(told, np.sign(change), 0.0)


def _sign(left: float, right: float) -> float:
    # on floats, for there are few: several times faster than on arrays
    if left == right:
        return 0.0
    difference = left - right
    if abs(difference) <= _ROUNDING * (abs(left) + abs(right)) < np.inf:
        return 0.0
    return 1.0 if difference > 0 else -1.0 if difference < 0 else np.nan
