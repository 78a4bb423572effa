"""A fitted response surface: its numbers with intervals, and what it says at any doses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.html import card, table
from hybridcell.therapy.synergy.four_states import N_LEVELS, NAMES, surface, surface_and_slopes

if TYPE_CHECKING:
    import pandas as pd

_MEANING = {
    "E0": "left without drug",
    "E1": "left by drug 1 alone, at most",
    "E2": "left by drug 2 alone, at most",
    "E3": "left by both, at most",
    "h1": "Hill slope of drug 1",
    "h2": "Hill slope of drug 2",
    "C1": "EC50 of drug 1",
    "C2": "EC50 of drug 2",
    "alpha12": "potency of drug 2 with drug 1, as a factor",
    "alpha21": "potency of drug 1 with drug 2, as a factor",
    "beta": "how much further both go than the stronger one",
}
_STEP, _MOST_STEPS = 0.5, 60


@dataclass(frozen=True, eq=False)
class SurfaceFit:
    """What `hc.synergy.musyc` returns.

    Attributes
    ----------
    parameters : DataFrame
        Rows E0, E1, E2, E3 (fractions left), h1, h2, C1, C2 (in the unit of the doses), alpha12, alpha21,
        beta; columns value, lower, upper, meaning.
    level : float
        Of the intervals, which are those of the profile of the posterior; of beta, by the delta method.
    r_squared : float
        Share of the variance explained, over all values.
    noise : float
        Standard deviation of the residuals.
    n : int
        Values measured.

    Examples
    --------
    >>> import hybridcell as hc
    >>> import numpy as np
    >>> doses = np.array([0.0, 0.3, 1.0, 3.0, 10.0])
    >>> alone = 1 / (1 + doses)
    >>> fit = hc.synergy.musyc(np.outer(alone, alone), doses, doses, kind="viability")
    >>> fit.n, fit.parameters.loc["C1", "meaning"]
    (25, 'EC50 of drug 1')
    """

    parameters: pd.DataFrame
    level: float
    r_squared: float
    noise: float
    n: int

    @classmethod
    def of(
        cls,
        problem: Any,
        theta: np.ndarray,
        *,
        scales: list[float],
        level: float,
        tick: Callable[[int], Any] = lambda _: None,
    ) -> SurfaceFit:
        """Return the fit with intervals; `problem` can evaluate and minimize with one number held.

        `tick` is called with 1 after each end of an interval.
        """
        import pandas as pd
        from scipy.stats import t

        spread = float(np.sum((problem.left - problem.left.mean()) ** 2))
        n = len(problem.left)
        reach = float(t.ppf(0.5 + level / 2, max(n - len(theta), 1)))
        rows = {}
        for i, name in enumerate(NAMES):
            ends = []
            for side in (-1.0, 1.0):
                ends.append(_end(problem, theta, i, side, reach))
                tick(1)
            shift = np.log(scales[i - 6]) if name in ("C1", "C2") else 0.0
            rows[name] = [v if i < N_LEVELS else float(np.exp(v + shift)) for v in (float(theta[i]), *ends)]
        rows["beta"] = _beta(problem, theta, reach)
        parameters = pd.DataFrame(rows, index=pd.Index(["value", "lower", "upper"])).T
        parameters["meaning"] = [_MEANING[name] for name in rows]
        explained = 1.0 - problem.squares(theta) / spread if spread > 0 else float("nan")
        return cls(
            parameters=parameters.rename_axis("parameter"), level=level, r_squared=explained,
            noise=float(problem.noise), n=n,
        )  # fmt: skip

    def predict(self, doses_a: Any, doses_b: Any) -> np.ndarray:
        """Return the fractions left at doses in pairs, of the shape to which both broadcast.

        Raises
        ------
        InvalidValueError
            On doses below 0, or that are no numbers.
        """
        a, b = np.broadcast_arrays(np.asarray(doses_a, dtype=float), np.asarray(doses_b, dtype=float))
        for what, doses in (("doses_a", a), ("doses_b", b)):
            wrong = ~(doses >= 0)  # NaN too
            if wrong.any():
                raise InvalidValueError(f"{what} holds {doses[wrong][0]:g}; wanted doses of 0 or more.")
        theta = self.parameters["value"].loc[list(NAMES)].to_numpy(dtype=float)
        theta[N_LEVELS:] = np.log(theta[N_LEVELS:])
        with np.errstate(divide="ignore"):
            return surface(theta, np.log(a.ravel()), np.log(b.ravel())).reshape(a.shape)

    def __repr__(self) -> str:
        p = self.parameters
        numbers = ", ".join(
            f"{name} {p.loc[name, 'value']:.3g} [{p.loc[name, 'lower']:.3g}, {p.loc[name, 'upper']:.3g}]"
            for name in ("alpha12", "alpha21", "beta")
        )
        return f"SurfaceFit({numbers}, R^2 {self.r_squared:.3f}, {self.n} values)"

    def _repr_html_(self) -> str:
        facts = {"R²": f"{self.r_squared:.3f}", "noise": f"{self.noise:.3g}", "values": self.n}
        rows = [
            [str(name), f"{row.value:.3g}", f"{row.lower:.3g}", f"{row.upper:.3g}", str(row.meaning)]
            for name, row in self.parameters.iterrows()
        ]
        header = ["parameter", "value", f"lower {self.level:.0%}", f"upper {self.level:.0%}", "meaning"]
        return card("SurfaceFit", facts) + table(header, rows)


def _end(problem: Any, theta: np.ndarray, i: int, side: float, reach: float) -> float:
    """Return where the profile of a number rises by reach^2: steps outward, then between the last two."""
    least, rise = problem.objective(theta), reach**2
    before, height = theta[i], 0.0
    step, at = _STEP * _scale(problem, theta, i), theta
    for _ in range(_MOST_STEPS):
        here = at.copy()
        here[i] = before + side * step
        at = problem.minimize(here, held=i)
        now = max(problem.objective(at) - least, 0.0)
        if now >= rise:
            # square roots of the rise are nearly straight lines in the number
            share = (reach - np.sqrt(height)) / max(np.sqrt(now) - np.sqrt(height), 1e-12)
            return float(before + side * step * share)
        before, height = here[i], now
        step *= 1.3
    return float(before)


def _scale(problem: Any, theta: np.ndarray, i: int) -> float:
    return float(np.sqrt(covariance(problem, theta)[i, i]))


def covariance(problem: Any, theta: np.ndarray) -> np.ndarray:
    """Return the covariance at the optimum, priors included: never singular."""
    slopes = surface_and_slopes(theta, problem.log_a, problem.log_b)[1] / problem.noise
    return np.linalg.inv(slopes.T @ slopes + np.diag(problem.prior_precision))


def _beta(problem: Any, theta: np.ndarray, reach: float) -> list[float]:
    """Return (min(E1, E2) - E3) / (E0 - min(E1, E2)) with its interval."""
    stronger = 1 + int(theta[2] < theta[1])
    span = theta[0] - theta[stronger]
    value = (theta[stronger] - theta[3]) / span if span != 0 else float("nan")
    slope = np.zeros(len(theta))
    slope[0], slope[3] = -value / span, -1.0 / span
    slope[stronger] = 1.0 / span + value / span
    sd = float(np.sqrt(slope @ covariance(problem, theta) @ slope))
    return [float(value), float(value - reach * sd), float(value + reach * sd)]
