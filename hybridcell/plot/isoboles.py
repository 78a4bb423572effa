"""The isobologram of a measured dose matrix: which doses together do what one drug does alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import InvalidValueError, check_is_list
from hybridcell._core.number_checks import checked_share
from hybridcell.plot.panels import one_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ADDITIVE, _MEASURED = "#7F7F7F", "#0072B2"


def isobologram(
    responses: Any,
    doses_a: Any,
    doses_b: Any,
    *,
    effect: float = 0.5,
    kind: str = "inhibition",
    names: tuple[str, str] = ("drug a", "drug b"),
    ax: Axes | None = None,
) -> Axes:
    """Draw the doses of two drugs that have one effect together, as shares of the doses that have it alone.

    Points below the line need less of the drugs than additivity (Loewe) asks: synergy; above it, antagonism.

    Parameters
    ----------
    responses : array_like, shape (A, B)
        Fractions; rows follow `doses_a`, columns `doses_b`, the first of each 0.
    doses_a, doses_b : array_like, shape (A,) and (B,)
        Rising doses.
    effect : float
        Fraction inhibited, between 0 and 1.
    kind : {"inhibition", "viability"}
        What the responses are.
    names : (str, str)
        Of the drugs.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    InvalidValueError
        When `effect` is not between 0 and 1, one of the drugs alone does not reach it, or there are not two
        names.

    References
    ----------
    Loewe, Arzneimittel-Forschung 3 (1953) 285-290.

    Examples
    --------
    >>> import hybridcell as hc, numpy as np
    >>> doses = np.array([0.0, 1.0, 2.0, 4.0, 8.0])
    >>> left = 1 / (1 + (doses[:, None] + doses) / 3)
    >>> ax = hc.pl.isobologram(left, doses, doses, kind="viability", names=("A", "B"))
    >>> ax.get_xlabel()
    'Dose of A / 3 (alone 50 % inhibition)'
    """
    from hybridcell.therapy.synergy import fit_hill
    from hybridcell.therapy.synergy._surface import inhibition_surface

    check_is_list("names", names)
    if len(names) != 2:
        raise InvalidValueError(f"names has {len(names)} entries; wanted one for each of the two drugs.")
    effect = checked_share("effect", effect, 0.5)
    left = 1.0 - inhibition_surface(responses, (doses_a, doses_b), kind)
    axes = [np.asarray(axis, dtype=float) for axis in (doses_a, doses_b)]
    alone = []
    for name, axis, margin in zip(names, axes, (left[:, 0], left[0])):
        curve = fit_hill(axis, margin)
        dose = float(curve.dose(1.0 - effect))
        if not (np.isfinite(dose) and 0 < dose <= 100 * axis.max()):
            raise InvalidValueError(
                f"{name} alone does not inhibit {effect:.0%} (it leaves {np.nanmin(margin):.2f} at best); "
                "choose a smaller effect."
            )
        alone.append(dose)
    points = _crossings(left, axes, 1.0 - effect)
    points += [(one, other) for other, one in _crossings(left.T, axes[::-1], 1.0 - effect)]
    ax = one_axes(ax, (4.4, 4.2))
    ax.plot([1, 0], [0, 1], color=_ADDITIVE, linestyle="--", label="additive", zorder=1)
    if points:
        shares = np.array(points) / alone
        shares = shares[np.argsort(np.arctan2(shares[:, 1], shares[:, 0]))]
        ax.plot(shares[:, 0], shares[:, 1], "o-", color=_MEASURED, markersize=4, label="measured", zorder=2)
    for set_label, name, dose in zip((ax.set_xlabel, ax.set_ylabel), names, alone):
        set_label(f"Dose of {name} / {dose:.3g} (alone {effect * 100:.3g} % inhibition)")
    ax.set_xlim(left=0)
    ax.set_ylim(bottom=0)
    ax.legend(frameon=False)
    return ax


def _crossings(left: np.ndarray, axes: list[np.ndarray], level: float) -> list[tuple[float, float]]:
    """Return where the fraction left first falls to a level along drug 1, for each dose of drug 2."""
    found = []
    for j, other in enumerate(axes[1]):
        column = left[:, j]
        below = np.flatnonzero(column <= level)
        if not below.size or below[0] == 0:
            continue
        k = below[0]
        before, after = column[k - 1], column[k]
        if np.isnan(before):
            continue
        dose = axes[0][k - 1] + (before - level) / (before - after) * (axes[0][k] - axes[0][k - 1])
        found.append((float(dose), float(other)))
    return found
