"""Responses at doses beyond those that were measured, from a surface with pharmacological priors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.html import card
from hybridcell._core.number_checks import checked_share, is_number
from hybridcell.therapy.synergy._surface import replicate_surfaces
from hybridcell.therapy.synergy.four_states import surfaces
from hybridcell.therapy.synergy.particles import tempered_draws

if TYPE_CHECKING:
    import pandas as pd

_PARTICLES = 1500
_MOST_DOSE = 1e30
#: Numbers of one drug's curve: what it leaves at most, slope, EC50, error.
_CURVE = 4


@dataclass(frozen=True, kw_only=True)
class Beliefs:
    """What is believed of drugs before any data.

    Fractions left at full effect, by each drug and by both, are uniform between 0 and 1.

    Parameters
    ----------
    hill : float
        Standard deviation of the logarithm of Hill coefficients, which lie around 1.
    ec50 : float
        Of the logarithm of EC50s, around the middle of the tested doses.
    potency : float
        Of the logarithm of the factor by which one drug makes the other more potent, around 1.
    error : float
        Around which the error of a response lies, within a factor of e.

    Raises
    ------
    InvalidValueError
        When one of them is no positive number.

    Examples
    --------
    >>> import hybridcell as hc
    >>> hc.synergy.Beliefs(hill=0.3).error
    0.05
    """

    hill: float = 0.5
    ec50: float = 1.5
    potency: float = float(np.log(10.0))
    error: float = 0.05

    def __post_init__(self) -> None:
        for name in ("hill", "ec50", "potency", "error"):
            value = getattr(self, name)
            if not is_number(value) or not 0 < value < np.inf:
                raise InvalidValueError(f"Beliefs.{name} is {value!r}; wanted a positive number.")


@dataclass(frozen=True, eq=False)
class Extrapolation:
    """What `extrapolate` returns: responses at new doses, in the kind that was given.

    Attributes
    ----------
    doses_a, doses_b : ndarray
        Doses of rows and columns.
    mean, lower, upper : ndarray, shape (A, B)
        Posterior mean, and the interval of a response as it would be measured: what the data leave possible,
        and the error with which curves and surface describe the measured responses.
    level : float
        Of the interval.

    Examples
    --------
    >>> import hybridcell as hc
    >>> import numpy as np
    >>> doses = np.array([0.0, 0.1, 0.3, 1.0])
    >>> left = 1 / (1 + doses)
    >>> both = np.outer(left, left)
    >>> found = hc.synergy.extrapolate(both, doses, doses, [3.0], [0.0, 3.0], kind="viability")
    >>> found
    Extrapolation(1 x 2 doses, 90% intervals)
    >>> list(found.to_dataframe().columns)
    ['dose_a', 'dose_b', 'mean', 'lower', 'upper']
    """

    doses_a: Float[np.ndarray, " a"]
    doses_b: Float[np.ndarray, " b"]
    mean: Float[np.ndarray, "a b"]
    lower: Float[np.ndarray, "a b"]
    upper: Float[np.ndarray, "a b"]
    level: float

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per pair of doses: dose_a, dose_b, mean, lower, upper."""
        import pandas as pd

        a, b = np.meshgrid(self.doses_a, self.doses_b, indexing="ij")
        columns = {"dose_a": a, "dose_b": b, "mean": self.mean, "lower": self.lower, "upper": self.upper}
        return pd.DataFrame({name: values.ravel() for name, values in columns.items()})

    def __repr__(self) -> str:
        return f"Extrapolation({len(self.doses_a)} x {len(self.doses_b)} doses, {self.level:.0%} intervals)"

    def _repr_html_(self) -> str:
        widest = float(np.max(self.upper - self.lower))
        facts = {"doses": f"{len(self.doses_a)} x {len(self.doses_b)}", "widest interval": f"{widest:.3g}"}
        return card(f"Extrapolation, {self.level:.0%} intervals", facts)


def extrapolate(
    responses: Any,
    doses_a: Any,
    doses_b: Any,
    new_a: Any,
    new_b: Any,
    *,
    kind: str = "inhibition",
    beliefs: Beliefs | None = None,
    level: float = 0.9,
    seed: int = 0,
) -> Extrapolation:
    """Predict the responses of two drugs at doses that were not measured, above the highest ones too.

    Each drug alone follows a Hill curve, both together the surface of `musyc` with these curves. The numbers
    are not fitted but averaged over all that the data leave possible, each as far as it is: where the highest
    dose is below the EC50, curves that level off soon and curves that go on are both there, and the interval
    is as wide. Errors of single drugs and of pairs are separate numbers. What single drugs do is read from
    the responses to them alone, because the surface is rougher a description than the curves. Where a surface
    bends in ways this one cannot, intervals are too narrow: look at how well `musyc` describes the data.

    Parameters
    ----------
    responses : array_like, shape (A, B) or (R, A, B)
        Fractions as for `musyc`; R replicates, whose spread says how exact each mean is. NaN is skipped.
    doses_a, doses_b : array_like, shape (A,) and (B,)
        Rising doses, the first of them 0.
    new_a, new_b : array_like
        Doses to predict, all pairs of them; 0 for none.
    kind : {"inhibition", "viability"}
        Whether 0 ("inhibition") or 1 ("viability") means no effect.
    beliefs : Beliefs, optional
        Priors; the same for all drugs.
    level : float
        Of the intervals.
    seed : int
        The same seed gives the same numbers.

    Returns
    -------
    Extrapolation

    Raises
    ------
    InvalidValueError
        On responses or doses as for `musyc`, negative doses to predict, fewer than two values of a drug
        alone, or a level outside 0 to 1.

    References
    ----------
    Meyer et al., Cell Systems 8 (2019) 97-108, for the surface.

    Examples
    --------
    >>> import numpy as np
    >>> from hybridcell.therapy.synergy import extrapolate
    >>> doses = np.array([0.0, 0.1, 0.3, 1.0])
    >>> left = 1 / (1 + doses)
    >>> found = extrapolate(np.outer(left, left), doses, doses, [3.0], [0.0, 3.0], kind="viability")
    >>> bool(found.lower[0, 0] < 0.25 < found.upper[0, 0])
    True
    """
    level = checked_share("level", level, 0.9)
    beliefs = Beliefs() if beliefs is None else beliefs
    left = 1.0 - replicate_surfaces(responses, (doses_a, doses_b), kind)
    new = [_new_doses(name, axis) for name, axis in (("new_a", new_a), ("new_b", new_b))]
    axes = [np.asarray(axis, dtype=float) for axis in (doses_a, doses_b)]
    rng = np.random.default_rng(seed)
    draws, errors = _draws(left, axes, new, beliefs, rng)
    measured = draws + errors * rng.normal(size=draws.shape)
    low, high = np.quantile(measured, [0.5 - level / 2, 0.5 + level / 2], axis=0)
    if kind == "inhibition":
        draws, low, high = 1.0 - draws, 1.0 - high, 1.0 - low
    return Extrapolation(new[0], new[1], draws.mean(axis=0), low, high, level)


def _new_doses(what: str, given: Any) -> np.ndarray:
    try:
        doses = np.atleast_1d(np.asarray(given, dtype=float))
    except (TypeError, ValueError):
        raise InvalidValueError(f"{what} is {given!r:.60}; wanted doses.") from None
    if doses.ndim != 1 or not doses.size or not np.isfinite(doses).all() or (doses < 0).any():
        raise InvalidValueError(f"{what} is {given!r:.60}; wanted a list of finite doses of 0 or more.")
    return doses


def _draws(
    left: np.ndarray,
    axes: list[np.ndarray],
    new: list[np.ndarray],
    beliefs: Beliefs,
    rng: np.random.Generator,
) -> tuple[Float[np.ndarray, "k a b"], Float[np.ndarray, "k a b"]]:
    """Return draws of the responses left at the new doses, and of their errors."""
    mean, variance = _summary(left)
    centers = [np.log(axis[1] * axis[-1]) / 2.0 for axis in axes]
    alone = [_Alone(mean[:, 0], variance[:, 0], axes[0], centers[0], beliefs)]
    alone += [_Alone(mean[0], variance[0], axes[1], centers[1], beliefs)]
    curves = [tempered_draws(rng.normal(size=(_PARTICLES, _CURVE)), _normal, one, rng) for one in alone]
    pairs = _Pairs(mean, variance, axes, centers, beliefs)
    start = np.concatenate([*curves, rng.normal(size=(_PARTICLES, 4))], axis=1)

    def before(z: np.ndarray) -> np.ndarray:
        return _normal(z) + alone[0](z[:, :_CURVE]) + alone[1](z[:, _CURVE : 2 * _CURVE])

    both = tempered_draws(start, before, pairs, rng) if pairs.known.any() else start
    logs = np.meshgrid(*(_logarithms(axis) for axis in new), indexing="ij")
    found = surfaces(pairs.theta(both), logs[0].ravel(), logs[1].ravel()).reshape(len(both), *logs[0].shape)
    single = surfaces(pairs.theta(start), logs[0].ravel(), logs[1].ravel()).reshape(found.shape)
    no_a, no_b = np.broadcast_arrays((new[0] == 0)[:, None], new[1] == 0)
    error = beliefs.error * np.exp(np.stack([start[:, 3], start[:, _CURVE + 3], both[:, 11]], axis=1))
    # untreated cells are what all is in ratio to, and have no error
    which = np.where(no_b, 0, np.where(no_a, 1, 2))
    errors = np.where(no_a & no_b, 0.0, error[:, which])
    return np.where(no_a | no_b, single, found), errors


def _summary(left: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean over replicates, NaN where none is known, and its variance as far as they tell."""
    count = np.sum(~np.isnan(left), axis=0)
    total = np.nansum(left, axis=0)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    squares = np.nansum((left - mean) ** 2, axis=0)
    return mean, np.where(count > 1, squares / np.maximum(count - 1, 1) / np.maximum(count, 1), 0.0)


def _logarithms(doses: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.log(np.minimum(doses, _MOST_DOSE))


def _normal(z: np.ndarray) -> np.ndarray:
    return -0.5 * np.sum(z**2, axis=1)


def _uniform(z: np.ndarray) -> np.ndarray:
    """Return numbers between 0 and 1 that are uniform where z is standard normal."""
    from scipy.special import ndtr

    return ndtr(z)


class _Alone:
    """The likelihood of one drug's curve."""

    def __init__(
        self, left: np.ndarray, variance: np.ndarray, doses: np.ndarray, center: float, beliefs: Beliefs
    ) -> None:
        known = ~np.isnan(left) & (doses > 0)
        if known.sum() < 2:
            raise InvalidValueError(
                f"A drug alone was measured at {int(known.sum())} doses above 0; wanted two at least."
            )
        self.left, self.variance, self.logs = left[known], variance[known], np.log(doses[known])
        self.center, self.beliefs = center, beliefs

    def __call__(self, z: Float[np.ndarray, "k 4"]) -> Float[np.ndarray, " k"]:
        slope, ec50, error = _curve_numbers(z, self.center, self.beliefs)
        steps = np.clip(np.exp(slope)[:, None] * (self.logs - ec50[:, None]), -100.0, 100.0)
        found = 1.0 - (1.0 - _uniform(z[:, :1])) / (1.0 + np.exp(-steps))
        return _log_likelihood(found, self.left, self.variance, error)


class _Pairs:
    """The likelihood of the responses to both drugs, given their curves."""

    def __init__(
        self,
        left: np.ndarray,
        variance: np.ndarray,
        axes: list[np.ndarray],
        centers: list[float],
        beliefs: Beliefs,
    ) -> None:
        self.known = ~np.isnan(left) & (axes[0] > 0)[:, None] & (axes[1] > 0)
        self.left, self.variance = left[self.known], variance[self.known]
        logs = np.meshgrid(*(_logarithms(axis) for axis in axes), indexing="ij")
        self.log_a, self.log_b = logs[0][self.known], logs[1][self.known]
        self.centers, self.beliefs = centers, beliefs

    def theta(self, z: Float[np.ndarray, "k 12"]) -> Float[np.ndarray, "k 10"]:
        """Return the numbers of the surface, in the order of `four_states.NAMES`."""
        one, two = z[:, :_CURVE], z[:, _CURVE : 2 * _CURVE]
        slopes, ec50s, _ = zip(
            *(_curve_numbers(*pair, self.beliefs) for pair in zip((one, two), self.centers))
        )
        levels = [_uniform(column) for column in (one[:, 0], two[:, 0], z[:, 8])]
        potency = self.beliefs.potency * z[:, 9:11]
        return np.column_stack([np.ones(len(z)), *levels, *slopes, *ec50s, potency])

    def __call__(self, z: Float[np.ndarray, "k 12"]) -> Float[np.ndarray, " k"]:
        found = surfaces(self.theta(z), self.log_a, self.log_b)
        return _log_likelihood(found, self.left, self.variance, self.beliefs.error * np.exp(z[:, 11]))


def _curve_numbers(
    z: np.ndarray, center: float, beliefs: Beliefs
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return logarithms of slope and EC50, and the error."""
    return beliefs.hill * z[:, 1], center + beliefs.ec50 * z[:, 2], beliefs.error * np.exp(z[:, 3])


def _log_likelihood(
    found: np.ndarray, left: np.ndarray, variance: np.ndarray, error: np.ndarray
) -> np.ndarray:
    spread = error[:, None] ** 2 + variance
    return -0.5 * np.sum((found - left) ** 2 / spread + np.log(spread), axis=1)
