"""Zero interaction potency: does one drug change the other's curve?"""

from __future__ import annotations

from typing import Any

import numpy as np

from hybridcell.therapy.synergy._surface import inhibition_surface, only_combinations
from hybridcell.therapy.synergy.hill import HillCurve, fit_below
from hybridcell.therapy.synergy.loewe import alone_curves


def zip(responses: Any, doses_a: Any, doses_b: Any, *, kind: str = "inhibition") -> np.ndarray:
    """Return the excess over zero interaction potency (the delta score of ZIP).

    Expected is that neither drug changes the curve of the other, which is the product of the two fitted
    curves. Against it stands not the measured value but the mean of two fitted curves through it, one along
    each drug, which begin where the other drug alone ends: less noisy than an excess over Bliss.

    Parameters
    ----------
    responses : array_like, shape (A, B)
        Fractions, 0 to 1 but for noise; rows follow `doses_a`, columns `doses_b`. At least four doses of each
        drug alone must be measured. NaN (a lost well) is left out of the curves.
    doses_a, doses_b : array_like, shape (A,) and (B,)
        Rising doses, the first of them 0. Any unit.
    kind : {"inhibition", "viability"}
        Whether 0 ("inhibition") or 1 ("viability") means no effect.

    Returns
    -------
    ndarray, shape (A, B)
        Fraction inhibited beyond expectation: above 0 synergy, below 0 antagonism, for both kinds. The
        margins are 0. NaN where fewer than three values are known along a row or a column.

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
    Yadav, Wennerberg, Aittokallio and Tang, Computational and Structural Biotechnology Journal 13 (2015)
    504-513.

    Examples
    --------
    >>> import hybridcell as hc
    >>> import numpy as np
    >>> doses = np.array([0.0, 1.0, 2.0, 4.0, 8.0])
    >>> alone = 1 / (1 + doses / 3)
    >>> excess = hc.synergy.zip(np.outer(alone, alone), doses, doses, kind="viability")
    >>> bool(abs(excess).max() < 1e-6)
    True
    """
    surface = inhibition_surface(responses, (doses_a, doses_b), kind)
    left = 1.0 - surface
    rows, columns = (np.asarray(axis, dtype=float) for axis in (doses_a, doses_b))
    a, b = alone_curves(surface, [rows, columns])
    along_a = [fit_below(rows, left[:, j], top=float(b(dose)), near=a) for j, dose in enumerate(columns)]
    along_b = [fit_below(columns, left[i, :], top=float(a(dose)), near=b) for i, dose in enumerate(rows)]
    # the curves may differ a little in what they say of no drug at all; the expectation takes their mean
    top = (a.top + b.top) / 2.0
    a, b = HillCurve(top, a.bottom, a.slope, a.ec50), HillCurve(top, b.bottom, b.slope, b.ec50)
    expected = a(rows)[:, None] * b(columns)[None, :]
    fitted = np.empty(surface.shape)
    for i, j in np.ndindex(surface.shape):
        one = HillCurve(float(b(columns[j])), along_a[j].bottom, along_a[j].slope, along_a[j].ec50)
        other = HillCurve(float(a(rows[i])), along_b[i].bottom, along_b[i].slope, along_b[i].ec50)
        fitted[i, j] = (float(one(rows[i])) + float(other(columns[j]))) / 2.0
    return only_combinations(expected - fitted, surface)
