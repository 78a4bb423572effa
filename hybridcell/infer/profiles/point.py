"""A point of a profile, with the quadratic model of the objective around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from hybridcell.infer.profiles.box import least_in_box


@dataclass(frozen=True, eq=False)
class Box:
    """Bounds of all parameters and how far one step may go.

    Attributes
    ----------
    lower, upper : ndarray, shape (q,)
    reach : ndarray, shape (q,)
        Longest step, finite.
    """

    lower: Float[np.ndarray, " q"]
    upper: Float[np.ndarray, " q"]
    reach: Float[np.ndarray, " q"]


@dataclass(frozen=True, eq=False)
class Point:
    """An objective's value, slope and curvature at theta.

    Attributes
    ----------
    theta : ndarray, shape (q,)
    value : float
    slope : ndarray, shape (q,)
    information : ndarray, shape (q, q)
        Curvature as evaluated here; empty where evaluations tell none.
    curvature : ndarray, shape (q, q)
        That of the model, with what was learned on the way.
    settled : bool
        Whether it is a minimum, as far as was asked.
    """

    theta: Float[np.ndarray, " q"]
    value: float
    slope: Float[np.ndarray, " q"]
    information: Float[np.ndarray, "q q"]
    curvature: Float[np.ndarray, "q q"]
    settled: bool = True

    def step(
        self, box: Box, fixed: int | None, move: float = 0.0, *, radius: float = 1.0
    ) -> tuple[np.ndarray, float]:
        """Return the best step of the model in which one parameter moves by a given length.

        Parameters
        ----------
        fixed
            The parameter; None: all are free.
        radius
            Longest step of the others, in reaches.

        Returns
        -------
        step : ndarray, shape (q,)
        rise : float
            What the model says that the value rises by (negative: it falls).
        """
        low = np.maximum(box.lower - self.theta, -radius * box.reach)
        high = np.minimum(box.upper - self.theta, radius * box.reach)
        low, high = np.minimum(low, 0.0), np.maximum(high, 0.0)
        if fixed is not None:
            low[fixed] = high[fixed] = move
        step = least_in_box(self.curvature, self.slope, low, high)
        return step, float(step @ (self.slope + 0.5 * self.curvature @ step))

    def along(self, box: Box, place: int) -> tuple[float, float, np.ndarray]:
        """Return slope and curvature of the profile here, and how the others move with the parameter.

        Others are those that are not held by bounds.
        """
        at_low = (self.theta <= box.lower) & (self.slope > 0)
        at_high = (self.theta >= box.upper) & (self.slope < 0)
        free = ~(at_low | at_high) & (box.lower < box.upper)
        free[place] = False
        k = np.flatnonzero(free)
        tangent = np.zeros(len(self.theta))
        tangent[place] = 1.0
        if len(k):
            own = self.curvature[np.ix_(k, k)]
            tangent[k] = -np.linalg.lstsq(own, self.curvature[k, place], rcond=1e-13)[0]
        bend = float(tangent @ self.curvature @ tangent)
        return float(self.slope[place]), max(bend, 0.0), tangent
