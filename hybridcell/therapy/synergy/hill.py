"""The dose-response curve of one drug: four numbers, found by least squares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import InvalidValueError, NotConvergedError

#: Slopes from which further fits start.
_SLOPES = (0.5, 2.0, 5.0)
#: Bounds of bottom, log slope and log EC50 of a curve below a given top.
_BELOW = ([0.0, -np.inf, -np.inf], [1.5, np.inf, np.inf])


@dataclass(frozen=True)
class HillCurve:
    """Fraction left over a dose d: bottom + (top - bottom) / (1 + (d / ec50)^slope).

    Attributes
    ----------
    top : float
        Without drug.
    bottom : float
        Far above the EC50. May lie outside the doses that were measured, and then is no more than a number
        that makes the curve fit.
    slope : float
        Hill coefficient, positive.
    ec50 : float
        Dose of half the effect, in the unit of the doses.

    Examples
    --------
    >>> from hybridcell.therapy.synergy import HillCurve
    >>> curve = HillCurve(top=1.0, bottom=0.2, slope=1.0, ec50=2.0)
    >>> round(float(curve(2.0)), 6), round(float(curve.dose(0.6)), 6)
    (0.6, 2.0)
    """

    top: float
    bottom: float
    slope: float
    ec50: float

    def __call__(self, dose: Float[np.ndarray, ...] | float) -> Float[np.ndarray, ...]:
        """Return the fraction left at a dose."""
        return self.top + (self.bottom - self.top) * occupied(dose, np.log(self.slope), np.log(self.ec50))

    def dose(self, left: Float[np.ndarray, ...] | float) -> Float[np.ndarray, ...]:
        """Return the dose that leaves this fraction; NaN for what no dose reaches."""
        left = np.asarray(left, dtype=float)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            ratio = (left - self.top) / (self.bottom - left)
            return np.where(
                ratio >= 0, self.ec50 * np.power(np.maximum(ratio, 0.0), 1.0 / self.slope), np.nan
            )


def occupied(
    dose: Float[np.ndarray, ...] | float, log_slope: np.ndarray | float, log_ec50: np.ndarray | float
) -> Float[np.ndarray, ...]:
    """Return d^h / (d^h + C^h), from 0 to 1, without overflow."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        steps = np.exp(log_slope) * (np.log(np.asarray(dose, dtype=float)) - log_ec50)
        return np.where(np.asarray(dose) > 0, 1.0 / (1.0 + np.exp(-steps)), 0.0)


def fit_hill(doses: Float[np.ndarray, " n"], left: Float[np.ndarray, " n"]) -> HillCurve:
    """Return the least-squares curve through the fractions that one drug leaves.

    No number is held or bounded but the slope and the EC50, which are positive. The first start is what
    the data show (top and bottom at the lowest and the highest dose, slope 1, EC50 at the median dose);
    others are tried where it fails.

    Parameters
    ----------
    doses : ndarray, shape (n,)
        0 among them. NaN in `left` is skipped.
    left : ndarray, shape (n,)
        Fractions, 1: as untreated.

    Returns
    -------
    HillCurve
        With `top`, `bottom` (fractions), `slope`, and `ec50` in the unit of the doses.

    Raises
    ------
    InvalidValueError
        When doses and fractions are not as many, or a dose is negative.
    NotConvergedError
        When fewer than four values are known, or no curve is found.

    Examples
    --------
    >>> import hybridcell as hc
    >>> import numpy as np
    >>> doses = np.array([0.0, 0.5, 1.0, 2.0, 8.0])
    >>> curve = hc.synergy.fit_hill(doses, 1 / (1 + doses / 2.0))
    >>> round(curve.ec50, 3), round(curve.slope, 3)
    (2.0, 1.0)
    """
    doses, left = _known(doses, left)
    if len(doses) < 4:
        raise NotConvergedError(
            f"A curve of four numbers needs four doses at least, 0 among them; {len(doses)} are measured. "
            "Bliss and HSA need no curve."
        )
    ends = [np.median(left[doses == doses.min()]), np.median(left[doses == doses.max()])]
    scale = dose_scale(doses)
    first = [*ends, 0.0, np.log(np.median(doses) / scale) if np.median(doses) > 0 else 0.0]
    found = least_squares(doses / scale, left, first, free_top=True)
    return HillCurve(float(found[0]), float(found[1]), _exp(found[2]), _exp(found[3]) * scale)


def fit_below(
    doses: Float[np.ndarray, " n"], left: Float[np.ndarray, " n"], *, top: float, near: HillCurve
) -> HillCurve:
    """Return the curve that starts at a given top, as ZIP asks, begun at another curve of the same drug.

    The bottom lies between 0 and 1.5.
    """
    doses, left = _known(doses, left)
    if len(doses) < 3:
        return HillCurve(top, np.nan, np.nan, np.nan)
    scale = dose_scale(doses)
    first = [float(np.clip(near.bottom, 0.0, 1.5)), np.log(near.slope), np.log(near.ec50 / scale)]
    bottom, slope, ec50 = least_squares(doses / scale, left, first, top=top)
    return HillCurve(top, float(bottom), _exp(slope), _exp(ec50) * scale)


def _exp(log: float) -> float:
    """Return the exponential, infinite where it is too large: an EC50 that no dose comes near."""
    with np.errstate(over="ignore"):
        return float(np.exp(log))


def dose_scale(doses: np.ndarray) -> float:
    """Return the dose to which others are put in ratio, so that logarithms are near 0."""
    given = doses[doses > 0]
    return float(np.exp(np.median(np.log(given)))) if len(given) else 1.0


def least_squares(
    doses: np.ndarray,
    left: np.ndarray,
    first: Sequence[float],
    *,
    top: float = np.nan,
    free_top: bool = False,
) -> np.ndarray:
    """Return (top,) bottom, log slope and log EC50 of least squares, from the first start that works."""
    from scipy.optimize import least_squares as bounded
    from scipy.optimize import leastsq

    with np.errstate(divide="ignore"):
        logs = np.log(doses)

    def shares(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the occupied and the free share; 1 minus the other would lose the small ones."""
        slope = np.exp(theta[-2])
        one, other = doses**slope, np.exp(theta[-1]) ** slope
        return one / (other + one), other / (other + one)

    def misfit(theta: np.ndarray) -> np.ndarray:
        start, bottom = (theta[0], theta[1]) if free_top else (top, theta[0])
        return start + (bottom - start) * shares(theta)[0] - left

    def slopes(theta: np.ndarray) -> np.ndarray:
        start, bottom = (theta[0], theta[1]) if free_top else (top, theta[0])
        taken, free = shares(theta)
        each = (bottom - start) * taken * free * np.exp(theta[-2])
        columns = [free] if free_top else []
        found = np.stack([*columns, taken, each * (logs - theta[-1]), -each], axis=1)
        return np.where(np.isnan(found), 0.0, found)  # no slope at dose 0, where the logarithm has none

    for start in [
        list(first),
        *([*first[:-2], np.log(h), shift] for h in _SLOPES for shift in (0.0, -1.5, 1.5)),
    ]:
        if not np.isfinite(start).all():
            continue
        with np.errstate(all="ignore"):
            if free_top:
                # all of the output, because with less it warns where another start is tried
                found, *_, outcome = leastsq(misfit, start, Dfun=slopes, full_output=True)
                done = outcome in (1, 2, 3, 4)
            else:
                try:
                    result: Any = cast("Any", bounded)(misfit, start, jac=slopes, bounds=_BELOW)
                except ValueError:  # numbers ran beyond what can be held
                    continue
                found, done = result.x, result.success
        if done and np.isfinite(found).all():
            return found
    raise NotConvergedError(
        "No dose-response curve fits these responses. Look at them: does the effect grow with the dose?"
    )


def _known(doses: np.ndarray, left: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    doses, left = np.asarray(doses, dtype=float), np.asarray(left, dtype=float)
    if doses.ndim != 1 or doses.shape != left.shape:
        raise InvalidValueError(
            f"There are doses of shape {doses.shape} and fractions of shape {left.shape}; wanted one "
            "fraction for each dose."
        )
    if not (np.isfinite(doses) & (doses >= 0)).all() or np.isinf(left).any():
        raise InvalidValueError("Doses and fractions must be finite, doses 0 or more; NaN is a lost well.")
    known = ~np.isnan(left)
    return doses[known], left[known]
