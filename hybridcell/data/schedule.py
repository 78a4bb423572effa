"""When a perturbation is given: pulses, boluses and infusions, with what the body does to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.html import card
from hybridcell._core.number_checks import is_finite_number, is_number
from hybridcell.data.pharmacokinetics import concentration

#: Elimination of doses that act at full strength while they are given, and not after.
_NONE = 0.0


@dataclass(frozen=True, eq=False)
class Schedule:
    """The doses of one perturbation over time; what a condition may hold in the place of a number.

    Made by `Schedule.pulses`, `Schedule.bolus` and `Schedule.infusion`; added, the doses of both are given.

    Attributes
    ----------
    doses : ndarray, shape (K, 5)
        Per dose: start, duration, amount, absorption rate, elimination rate. An elimination of 0 means that
        the amount is the input itself from start to start + duration.

    Examples
    --------
    >>> import hybridcell as hc
    >>> daily = hc.Schedule.bolus([0, 24, 48], -1.0, half_life=8.0)
    >>> daily.at([0.0, 8.0, 24.0]).round(3).tolist()
    [-1.0, -0.5, -1.125]
    >>> model = hc.CellBox(["growth", "a"], ["phenotype", "drug"], [[0, 1.0], [0, 0]])
    >>> course = hc.simulate(model, t1=72.0, conditions={"a": daily})
    >>> course.result
    ('success',)
    """

    doses: Float[np.ndarray, "k 5"]

    def __post_init__(self) -> None:
        doses = _checked(self.doses)
        doses.flags.writeable = False
        object.__setattr__(self, "doses", doses)

    @classmethod
    def pulses(cls, starts: float | Sequence[float], duration: float, level: float) -> Schedule:
        """Return full strength for a while, then washout.

        Parameters
        ----------
        starts : float or sequence of float
            When each pulse begins, in the model's unit of time.
        duration : float
            Of a pulse; infinite for one that does not end.
        level : float
            The input meanwhile: a dose, or a signed strength.
        """
        begins = _times("starts", starts)
        length = _positive("duration", duration, infinite=True)
        if (np.diff(np.sort(begins)) < length * (1 - 1e-12)).any():
            raise InvalidValueError(
                f"Pulses of duration {length:g} that start at {starts!r} overlap; shorten them, or add "
                "schedules where both are meant to be given."
            )
        return cls(np.array([[t, length, _number("level", level), np.inf, _NONE] for t in begins]))

    @classmethod
    def bolus(
        cls,
        times: float | Sequence[float],
        amount: float,
        *,
        half_life: float,
        absorption_half_life: float | None = None,
    ) -> Schedule:
        """Return doses that are given at once and leave one compartment at a constant rate.

        Parameters
        ----------
        times : float or sequence of float
            When each is given.
        amount : float
            The input that a dose would make if all of it were there at once (dose over volume, times
            bioavailability).
        half_life : float
            Of elimination.
        absorption_half_life : float, optional
            Of the way in, as by mouth; None for a dose given into the blood.
        """
        rates = _rates(half_life, absorption_half_life)
        return cls(np.array([[t, 0.0, _number("amount", amount), *rates] for t in _times("times", times)]))

    @classmethod
    def infusion(
        cls,
        starts: float | Sequence[float],
        duration: float,
        amount: float,
        *,
        half_life: float,
        absorption_half_life: float | None = None,
    ) -> Schedule:
        """Return doses that flow in evenly for a while and leave one compartment at a constant rate.

        Parameters
        ----------
        starts, duration
            When each begins, and how long it takes.
        amount : float
            Of the whole infusion, as for `bolus`.
        half_life, absorption_half_life
            As for `bolus`.
        """
        rates, length = _rates(half_life, absorption_half_life), _positive("duration", duration)
        return cls(
            np.array([[t, length, _number("amount", amount), *rates] for t in _times("starts", starts)])
        )

    def at(self, times: Any) -> np.ndarray:
        """Return the input at these times, of the same shape; at a jump, the value after it."""
        t = np.asarray(times, dtype=float)
        start, duration, amount, absorption, elimination = self.doses.T
        at = t[..., None]
        direct = np.where((at >= start) & (at < start + duration), amount, 0.0)
        kept = elimination > 0
        by_kinetics = concentration(
            at, start=start, duration=np.where(kept, duration, 0.0), amount=amount, absorption=absorption,
            elimination=np.where(kept, elimination, 1.0), xp=np,
        )  # fmt: skip
        return np.where(kept, by_kinetics, direct).sum(axis=-1)

    @property
    def breaks(self) -> np.ndarray:
        """Times at which the input or its slope jumps, rising."""
        ends = self.doses[:, 0] + self.doses[:, 1]
        found = np.unique(np.concatenate([self.doses[:, 0], ends]))
        return found[np.isfinite(found)]

    def __add__(self, other: Schedule) -> Schedule:
        if not isinstance(other, Schedule):
            raise InvalidValueError(f"A Schedule and {other!r} cannot be added; wanted another Schedule.")
        return Schedule(np.concatenate([self.doses, other.doses]))

    def __mul__(self, factor: float) -> Schedule:
        """Return the same times with all amounts multiplied."""
        doses = np.array(self.doses)
        doses[:, 2] *= _number("The factor", factor)
        return Schedule(doses)

    __rmul__ = __mul__

    def __repr__(self) -> str:
        first, last = self.doses[:, 0].min(), self.doses[:, 0].max()
        return f"Schedule({len(self.doses)} doses, from {first:g} to {last:g})"

    def _repr_html_(self) -> str:
        amounts = sorted({f"{amount:g}" for amount in self.doses[:, 2]})
        return card(
            "Schedule",
            {
                "doses": len(self.doses),
                "first and last": f"{self.doses[:, 0].min():g}, {self.doses[:, 0].max():g}",
                "amounts": ", ".join(amounts[:5]) + (", ..." if len(amounts) > 5 else ""),
            },
        )


def _checked(given: Any) -> np.ndarray:
    try:
        doses = np.array(given, dtype=float)
    except (TypeError, ValueError):
        raise InvalidValueError(f"The doses of a schedule are {given!r:.60}; wanted numbers.") from None
    if doses.ndim != 2 or doses.shape[1] != 5 or not len(doses):
        raise InvalidValueError(
            f"The doses of a schedule have shape {doses.shape}; wanted (doses, 5), one dose at least. "
            "Schedule.pulses, Schedule.bolus and Schedule.infusion make them."
        )
    start, duration, amount, absorption, elimination = doses.T
    good = np.isfinite(start) & np.isfinite(amount) & (duration >= 0) & (absorption > 0)
    good &= np.isfinite(elimination) & (elimination >= 0)
    if not good.all():
        raise InvalidValueError(
            f"Dose {int(np.argmin(good))} of a schedule is {doses[np.argmin(good)].tolist()}; wanted a "
            "finite start and amount, a duration and an elimination of 0 or more, and a positive absorption."
        )
    return doses


def _times(what: str, times: Any) -> np.ndarray:
    try:
        found = np.atleast_1d(np.asarray(times, dtype=float))
    except (TypeError, ValueError):
        raise InvalidValueError(f"{what} is {times!r:.60}; wanted numbers.") from None
    if found.ndim != 1 or not found.size or not np.isfinite(found).all():
        raise InvalidValueError(f"{what} is {times!r:.60}; wanted one finite time at least.")
    return found


def _number(what: str, value: Any) -> float:
    if not is_finite_number(value):
        raise InvalidValueError(f"{what} is {value!r}; wanted a finite number.")
    return float(value)


def _positive(what: str, value: Any, *, infinite: bool = False) -> float:
    good = is_number(value) and value > 0
    if not good or (np.isinf(value) and not infinite):
        raise InvalidValueError(f"{what} is {value!r}; wanted a positive number.")
    return float(value)


def _rates(half_life: Any, absorption_half_life: Any) -> tuple[float, float]:
    out = np.log(2) / _positive("half_life", half_life)
    if absorption_half_life is None:
        return float("inf"), float(out)
    return float(np.log(2) / _positive("absorption_half_life", absorption_half_life)), float(out)
