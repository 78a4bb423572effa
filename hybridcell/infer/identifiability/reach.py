"""What a factor means on the scale of each parameter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import InvalidValueError
from hybridcell.infer.target import Target

#: Relative change from which the unit of a scale is taken.
_STEP = 1e-6
#: A linear parameter that may be zero is known when it is known to this share of its bounds.
_SHARE = 0.05


@dataclass(frozen=True, kw_only=True, eq=False)
class Reach:
    """How far a factor takes parameters on their scales.

    Attributes
    ----------
    factor : float
    down, up : ndarray, shape (q,)
        Distances on the scales from the point to the value divided, and multiplied, by the factor.
    unit : ndarray, shape (q,)
        Change on the scale by which a parameter grows e-fold (of a linear one: relative to its value).
    """

    factor: float
    down: Float[np.ndarray, " q"]
    up: Float[np.ndarray, " q"]
    unit: Float[np.ndarray, " q"]


def reach_of(target: Target, factor: float) -> Reach:
    """Return what a factor means at the point of a target.

    Parameters
    ----------
    target : Target
    factor : float
        Above 1.

    Raises
    ------
    InvalidValueError
        If the factor is not a number above 1.

    Notes
    -----
    A parameter on a linear scale may be zero or of either sign. It counts as known to the factor also when
    it is known to 5 % of the way between its bounds, where these are finite.
    """
    if not (np.isfinite(factor) and factor > 1):
        raise InvalidValueError(f"factor is {factor!r}; wanted a finite number above 1, such as 2.")
    value = target.linear(target.at)
    down = _distance(target, value / factor)
    up = _distance(target, value * factor)
    unit = np.abs(target.scaled(value * (1 + _STEP)) - target.scaled(value * (1 - _STEP))) / (2 * _STEP)
    width = target.upper - target.lower
    floor = np.where([s == "lin" for s in target.scales], _SHARE * width, 0.0)
    floor = np.where(np.isfinite(floor), floor, 0.0)
    unit = np.maximum(np.nan_to_num(unit, posinf=0.0), floor / np.log(factor))
    return Reach(
        factor=float(factor),
        down=np.maximum(down, floor),
        up=np.maximum(up, floor),
        # what is zero and has no bounds has no unit but its own
        unit=np.where(unit > 0, unit, 1.0),
    )


def _distance(target: Target, value: np.ndarray) -> np.ndarray:
    """Return how far linear values are from the point; infinite where the scale has no such value."""
    there = target.scaled(value)
    return np.where(np.isfinite(there), np.abs(there - target.at), np.inf)
