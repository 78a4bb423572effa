"""A response surface in ten numbers with intervals: is one drug more potent, or both stronger, together?"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import InvalidValueError, NotConvergedError
from hybridcell._core.number_checks import checked_share
from hybridcell._core.progress import progress_bar
from hybridcell.therapy.synergy._surface import replicate_surfaces
from hybridcell.therapy.synergy.descent import descend
from hybridcell.therapy.synergy.four_states import NAMES, surface, surface_and_slopes
from hybridcell.therapy.synergy.hill import dose_scale
from hybridcell.therapy.synergy.surface_fit import SurfaceFit

#: What is believed before any data, as mean and standard deviation: fractions left with no drug, one, both;
#: logarithms of slopes; of EC50s, which are put in ratio to the middle dose; of potency factors. One standard
#: deviation of a potency factor is a factor of ten.
_LEVEL, _SLOPE, _EC50, _POTENCY = (0.5, 1.0), (0.0, 0.7), (0.0, 3.0), (0.0, np.log(10.0))
_PRIOR = np.array([*[_LEVEL] * 4, *[_SLOPE] * 2, *[_EC50] * 2, *[_POTENCY] * 2]).T
#: Slopes and potencies from which the fits start.
_STARTS = ((1.0, 1.0), (3.0, 1.0), (1.0, 10.0), (1.0, 0.1))
_SMALLEST_NOISE = 1e-6
#: Seconds before a bar is drawn: most surfaces are fitted by then.
_QUIET = 2.0


def musyc(
    responses: Any,
    doses_a: Any,
    doses_b: Any,
    *,
    kind: str = "inhibition",
    level: float = 0.95,
    progress: bool | None = None,
) -> SurfaceFit:
    """Fit a surface with separate numbers for synergy of potency and of efficacy (the MuSyC model).

    Cells are free, hold drug 1, drug 2 or both; each state has its level, and each drug finds cells that
    hold the other with a potency of its own. Steps of cooperativity are the same with and without the other
    drug. Numbers that the doses do not show (an effect beyond the highest dose, a potency where nothing is
    left to act on) would run to infinity; a weak prior, one standard deviation of which is a factor of ten in
    potency, keeps them and their intervals finite, and is named beside them.

    Parameters
    ----------
    responses : array_like, shape (A, B) or (R, A, B)
        Fractions, 0 to 1 but for noise; rows follow `doses_a`, columns `doses_b`; R replicates. NaN is
        skipped.
    doses_a, doses_b : array_like, shape (A,) and (B,)
        Rising doses, the first of them 0. Any unit.
    kind : {"inhibition", "viability"}
        Whether 0 ("inhibition") or 1 ("viability") means no effect.
    level : float
        Of the intervals.
    progress : bool, optional
        Progress bar of fits that take longer than two seconds; default in a terminal or notebook.

    Returns
    -------
    SurfaceFit
        alpha12 above 1: drug 1 makes drug 2 more potent, alpha21 the reverse; beta above 0: together they
        go further than the stronger one alone.

    Raises
    ------
    InvalidValueError
        On responses far outside 0 to 1, a shape that does not fit, doses that are negative, unsorted or
        without 0, fewer than six measured values, a level outside 0 to 1.
    NotConvergedError
        When no fit is found.

    References
    ----------
    Meyer et al., Cell Systems 8 (2019) 97-108; Wooten, Meyer, Lubbock, Quaranta and Lopez, Nature
    Communications 12 (2021) 4607, for the general form.

    Examples
    --------
    >>> import hybridcell as hc
    >>> import numpy as np
    >>> doses = np.array([0.0, 0.3, 1.0, 3.0, 10.0])
    >>> alone = 1 / (1 + doses)
    >>> fit = hc.synergy.musyc(np.outer(alone, alone), doses, doses, kind="viability")
    >>> round(fit.r_squared, 2)
    1.0
    >>> low, high = fit.parameters.loc["alpha12", ["lower", "upper"]]
    >>> bool(low < 1 < high)
    True
    """
    level = checked_share("level", level, 0.95)
    problem, scales = surface_problem(responses, doses_a, doses_b, kind)
    # both ends of every interval are fits of their own
    total = 1 + 2 * len(NAMES)
    with progress_bar(total=total, description="musyc", show=progress, delay=_QUIET) as bar:
        best = problem.fit()
        bar.update(1)
        return SurfaceFit.of(problem, best, scales=scales, level=level, tick=bar.update)


def surface_problem(
    responses: Any, doses_a: Any, doses_b: Any, kind: str
) -> tuple[SurfaceProblem, list[float]]:
    """Return the fitting problem of checked responses, and the doses in whose unit it is stated."""
    left = 1.0 - replicate_surfaces(responses, (doses_a, doses_b), kind)
    axes = [np.asarray(axis, dtype=float) for axis in (doses_a, doses_b)]
    scales = [dose_scale(axis) for axis in axes]
    grid = np.meshgrid(*(axis / scale for axis, scale in zip(axes, scales)), indexing="ij")
    known = ~np.isnan(left)
    if known.sum() < 6:
        raise InvalidValueError(f"{int(known.sum())} values are measured; wanted six at least.")
    with np.errstate(divide="ignore"):
        logs = [np.log(np.broadcast_to(dose, left.shape)[known]) for dose in grid]
    return SurfaceProblem(logs[0], logs[1], left[known]), scales


class SurfaceProblem:
    """Least squares with priors, in units of the noise, which is found on the way."""

    def __init__(
        self, log_a: Float[np.ndarray, " n"], log_b: Float[np.ndarray, " n"], left: Float[np.ndarray, " n"]
    ) -> None:
        self.log_a, self.log_b, self.left = log_a, log_b, left
        self.noise = 0.1
        self.prior_precision = _PRIOR[1] ** -2.0

    def squares(self, theta: np.ndarray) -> float:
        """Return the sum of squared residuals, in the unit of the responses."""
        return float(np.sum((surface(theta, self.log_a, self.log_b) - self.left) ** 2))

    def fit(self) -> np.ndarray:
        """Return the best of several starts; the noise follows from what is left over."""
        found, cost = descend(self._residuals, np.stack(self._starts()), tolerance=1e-3, most=25)
        best = found[int(np.nanargmin(cost))]
        for tolerance in (1e-4, 1e-6, 1e-9):
            free = max(len(self.left) - len(NAMES), 1)
            self.noise = max(np.sqrt(self.squares(best) / free), _SMALLEST_NOISE)
            best = self.minimize(best, tolerance=tolerance)
        if not np.isfinite(best).all():
            raise NotConvergedError("No surface fits these responses; look at them with hc.pl.dose_surface.")
        return best

    def minimize(self, start: np.ndarray, held: int | None = None, *, tolerance: float = 1e-9) -> np.ndarray:
        """Return the minimum near a start; one number may be held."""
        free = np.arange(len(start)) != held
        return descend(self._residuals, start[None], tolerance=tolerance, most=300, free=free)[0][0]

    def _residuals(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return residuals (K, n + p) and slopes (K, n + p, p); those of the priors come last."""
        left, slopes = surface_and_slopes(theta, self.log_a, self.log_b)
        believed = np.broadcast_to(np.diag(1.0 / _PRIOR[1]), (len(theta), len(NAMES), len(NAMES)))
        return (
            np.concatenate([(left - self.left) / self.noise, (theta - _PRIOR[0]) / _PRIOR[1]], axis=1),
            np.concatenate([slopes / self.noise, believed], axis=1),
        )

    def objective(self, theta: np.ndarray) -> float:
        """Return minus twice the log-posterior, up to a constant."""
        return self.squares(theta) / self.noise**2 + float(np.sum(((theta - _PRIOR[0]) / _PRIOR[1]) ** 2))

    def _starts(self) -> list[np.ndarray]:
        one, two = np.isneginf(self.log_b), np.isneginf(self.log_a)
        top = float(np.mean(self.left[one & two])) if (one & two).any() else 1.0
        ends = [
            float(np.min(self.left[where])) if where.any() else top / 2
            for where in (one, two, np.ones_like(one))
        ]
        starts = []
        for slope, potency in _STARTS:
            logs = np.log([slope, slope, 1.0, 1.0, potency, potency])
            starts.append(np.array([top, *ends, *logs]))
        return starts
