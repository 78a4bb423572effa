"""What a walk has learned of the curvature from its last steps."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from hybridcell.infer.profiles.point import Point

#: Steps that a memory holds.
_STEPS = 5


class Memory:
    """The last steps of a walk, and how slopes changed along them.

    What informations say of the curvature lacks how the model itself bends; along the last steps the change
    of the slope tells. Where evaluations tell no curvature, all of it is learned so.

    Parameters
    ----------
    first : ndarray, shape (q, q), or None
        The curvature in the beginning, where evaluations tell none.
    """

    def __init__(self, first: Float[np.ndarray, "q q"] | None = None):
        self._known = first
        self._steps: deque[tuple[np.ndarray, np.ndarray]] = deque(maxlen=_STEPS)

    def copy(self) -> Memory:
        """Return a memory that goes on by itself."""
        other = Memory(self._known)
        other._steps = self._steps.copy()
        return other

    def note(self, old: Point, new: Point) -> None:
        """Remember the step between two points."""
        step, change = new.theta - old.theta, new.slope - old.slope
        if not step.any():
            return
        self._steps.append((step, change))
        if self._known is not None:
            self._known = _secant(self._known, step, change)

    def model(self, found: Point) -> Point:
        """Return a point with the curvature that steps have taught."""
        if self._known is not None:
            return replace(found, curvature=self._known)
        curvature = found.information
        for step, change in self._steps:
            curvature = _secant(curvature, step, change)
        return replace(found, curvature=curvature)


def _secant(curvature: np.ndarray, step: np.ndarray, change: np.ndarray) -> np.ndarray:
    """Return the curvature after an update of BFGS, damped as Powell does."""
    bent = curvature @ step
    expected, up = float(step @ bent), float(step @ change)
    if not expected > 0 or not np.isfinite(up):
        return curvature
    share = 1.0 if up >= 0.2 * expected else 0.8 * expected / (expected - up)
    change = share * change + (1 - share) * bent
    new = curvature + np.outer(change, change) / float(step @ change) - np.outer(bent, bent) / expected
    return (new + new.T) / 2 if np.isfinite(new).all() else curvature
