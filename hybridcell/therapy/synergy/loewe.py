"""Loewe additivity: a drug combined with itself has no synergy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hybridcell.therapy.synergy._surface import inhibition_surface, only_combinations
from hybridcell.therapy.synergy.hill import HillCurve, fit_hill


def loewe(
    responses: Any, doses_a: Any, doses_b: Any, *more_doses: Any, kind: str = "inhibition"
) -> np.ndarray:
    """Return the excess over Loewe additivity.

    The expected effect E solves d_a / D_a(E) + d_b / D_b(E) = 1, with D(E) the dose at which a drug alone
    has the effect E, read from a Hill curve (`fit_hill`) through what each drug does alone. Beyond the
    largest effect of the weaker drug the equation has no solution; expected is then the effect of the
    stronger drug (highest single agent).

    Parameters
    ----------
    responses : array_like, shape (A, B) or (A, B, C, ...)
        Fractions, 0 to 1 but for noise; rows follow `doses_a`, columns `doses_b`, one axis more for each
        further drug. At least four doses of each drug alone must be measured. NaN (a lost well) stays NaN.
    doses_a, doses_b, *more_doses : array_like, shape (A,), (B,), ...
        Rising doses, the first of them 0. Any unit.
    kind : {"inhibition", "viability"}
        Whether 0 ("inhibition") or 1 ("viability") means no effect.

    Returns
    -------
    ndarray, shape of the responses
        Fraction inhibited beyond expectation: above 0 synergy, below 0 antagonism, for both kinds. 0 where
        one drug is given alone.

    Raises
    ------
    InvalidValueError
        On responses far outside 0 to 1, a shape that does not fit, doses that are negative, unsorted or
        without 0.
    NotConvergedError
        When fewer than four doses are measured, or no curve is found.

    Warns
    -----
    UserWarning
        When the untreated control says that the other `kind` was meant, or that responses
        are no fractions of the control.

    References
    ----------
    Loewe, Arzneimittel-Forschung 3 (1953) 285-290; Greco, Bravo and Parsons, Pharmacological Reviews 47
    (1995) 331-385.

    Examples
    --------
    >>> import hybridcell as hc
    >>> import numpy as np
    >>> doses = np.array([0.0, 1.0, 2.0, 4.0, 8.0])
    >>> with_itself = 1 / (1 + (doses[:, None] + doses) / 3)
    >>> excess = hc.synergy.loewe(with_itself, doses, doses, kind="viability")
    >>> bool(abs(excess).max() < 1e-6)
    True
    """
    surface = inhibition_surface(responses, (doses_a, doses_b, *more_doses), kind)
    axes = [np.asarray(axis, dtype=float) for axis in (doses_a, doses_b, *more_doses)]
    curves = alone_curves(surface, axes)
    expected = np.empty(surface.shape)
    for index in np.ndindex(surface.shape):
        expected[index] = additive_level(curves, [float(axis[i]) for axis, i in zip(axes, index)])
    return only_combinations(expected - (1.0 - surface), surface)


def combination_index(
    responses: Any, doses_a: Any, doses_b: Any, *more_doses: Any, kind: str = "inhibition"
) -> np.ndarray:
    """Return the combination index: d_a / D_a(E) + d_b / D_b(E) at the measured effect E.

    Below 1 synergy (less drug is needed than additivity asks), above 1 antagonism.

    Parameters
    ----------
    responses, doses_a, doses_b, *more_doses, kind
        As for `loewe`.

    Returns
    -------
    ndarray, shape of the responses
        1 where one drug is given alone; NaN where the measured effect is beyond what one of the drugs that
        are given reaches alone at any dose, because no index exists there.

    Raises
    ------
    InvalidValueError, NotConvergedError
        As for `loewe`.

    References
    ----------
    Chou and Talalay, Advances in Enzyme Regulation 22 (1984) 27-55; here with curves that need not end at 0.

    Examples
    --------
    >>> import hybridcell as hc
    >>> import numpy as np
    >>> doses = np.array([0.0, 1.0, 2.0, 4.0, 8.0])
    >>> with_itself = 1 / (1 + (doses[:, None] + doses) / 3)
    >>> index = hc.synergy.combination_index(with_itself, doses, doses, kind="viability")
    >>> bool(abs(index - 1).max() < 1e-5)
    True
    """
    surface = inhibition_surface(responses, (doses_a, doses_b, *more_doses), kind)
    axes = [np.asarray(axis, dtype=float) for axis in (doses_a, doses_b, *more_doses)]
    curves = alone_curves(surface, axes)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = [
            # a drug that is not given has no part, whether it reaches the effect or not
            np.where(dose > 0, dose / curve.dose(1.0 - surface), 0.0)
            for dose, curve in zip(np.meshgrid(*axes, indexing="ij"), curves)
        ]
        index = np.where(np.isnan(surface), np.nan, np.sum(parts, axis=0))
        return only_combinations(index, surface, nothing=1.0)


def alone_curves(surface: np.ndarray, axes: Sequence[np.ndarray]) -> list[HillCurve]:
    """Return the curve of each drug alone."""
    n = surface.ndim
    return [
        fit_hill(axis, 1.0 - surface[tuple(slice(None) if i == drug else 0 for i in range(n))])
        for drug, axis in enumerate(axes)
    ]


def additive_level(curves: Sequence[HillCurve], doses: Sequence[float]) -> float:
    """Return the fraction that additive drugs leave together."""
    from scipy.optimize import brentq

    given = [(curve, dose) for curve, dose in zip(curves, doses) if dose > 0]
    if not given:
        return float(np.mean([curve.top for curve in curves]))
    alone = [float(curve(dose)) for curve, dose in given]
    lowest = max(curve.bottom for curve, _ in given)
    highest = min(curve.top for curve, _ in given)
    if len(given) == 1 or min(alone) <= lowest or lowest >= highest:
        return min(alone)

    def excess_dose(left: float) -> float:
        with np.errstate(divide="ignore"):
            return float(sum(dose / curve.dose(left) for curve, dose in given)) - 1.0

    # Additive drugs leave less than the stronger one alone, and the sum of the shares falls from there to the
    # bottom of the weaker one. Where the curves begin at different tops, no dose is needed at the lower top.
    inside = 1e-12 * (highest - lowest)
    start, end = min(min(alone), highest - inside), lowest + inside
    if excess_dose(start) <= 0:
        return start
    if excess_dose(end) >= 0:
        return end
    root: Any = brentq(excess_dose, end, start, xtol=1e-14)
    return float(root)
