"""The schedule problem in numbers: one aim over a course, limits at every time of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from hybridcell.therapy.optimization.problem import UNSETTLED, Limit
from hybridcell.therapy.optimization.risk import weights_of_risk
from hybridcell.therapy.scheduling.courses import Courses
from hybridcell.therapy.scheduling.regimen import Regimen

#: What of a course may be aimed at.
OVER = ("mean", "end", "max")
#: Stretches of the course; the worst time of each makes one inequality.
_STRETCHES = 24


@dataclass(frozen=True, eq=False)
class ScheduleProblem:
    """Starts, durations and amounts of doses, as a point of the regimen.

    Attributes
    ----------
    systems
        The model that is treated and, where there is one, the healthy one.
    readout, sign, over
        What is to be small: sign times the readout, at the end, on average, or at its worst time.
    limits
        Kept at every time.
    budget
        Most that all doses may cost.
    """

    systems: Sequence[Courses]
    readout: str
    sign: float
    over: str
    limits: Sequence[Limit]
    budget: float
    risk: str
    tail: float

    @property
    def regimen(self) -> Regimen:
        """The doses that may be moved."""
        return self.systems[0].regimen

    @property
    def n_simulations(self) -> int:
        """Regimens simulated so far (each of them for all members)."""
        return sum(system.n_simulations for system in self.systems)

    @property
    def n_worst(self) -> int:
        """How many numbers `evaluate` gives for the aim: one, or one per stretch of the course."""
        return _STRETCHES if self.over == "max" else 1

    def evaluate(
        self, point: Float[np.ndarray, " m"], free: np.ndarray
    ) -> tuple[Float[np.ndarray, " q"], Float[np.ndarray, "q f"]]:
        """Return `n_worst` aims, then excesses over each limit by stretch, and their slopes."""
        found = [system.values_and_slopes(point, free) for system in self.systems]
        states, means, d_states, d_means = found[0]
        if self.over == "max":
            rows = self._worst(found, 0, self.readout, self.sign, 0.0)
        else:
            r = self.systems[0].readouts.index(self.readout)
            values, slopes = (
                (means[:, r], d_means[:, r])
                if self.over == "mean"
                else (states[:, -1, r], d_states[:, -1, r])
            )
            rows = [self._over_members(0, self.sign * values, self.sign * slopes)]
        for one in self.limits:
            rows += self._worst(found, one.system, one.readout, one.sign, one.bound)
        return np.array([value for value, _ in rows]), np.array([slope for _, slope in rows])

    def certified(self, points: Float[np.ndarray, "c m"], *, finer: bool = False) -> Float[np.ndarray, "c l"]:
        """Return aim and greatest excess over each limit of many regimens, no slopes."""
        found = [system.values(points, finer=finer) for system in self.systems]
        columns = []
        for which, readout, sign, bound in self._asked:
            r = self.systems[which].readouts.index(readout)
            end, mean, states = found[which]
            if bound is None and self.over != "max":
                values = sign * (mean if self.over == "mean" else end)[:, :, r]
                columns.append([self._risk(which, one) for one in values])
            else:
                courses = sign * (states[:, :, :, r] - (bound or 0.0))
                columns.append([self._highest(which, one) for one in courses])
        return np.array(columns).T

    def costs(self, points: Float[np.ndarray, "c m"]) -> Float[np.ndarray, " c"]:
        """Return what each regimen costs."""
        return np.array([self.regimen.cost(point)[0] for point in points])

    def feasible(self, numbers: np.ndarray, points: np.ndarray, slack: float = 1e-5) -> np.ndarray:
        """Tell which regimens keep limits and budget."""
        kept = (numbers[:, 1:] <= slack).all(axis=1) & (numbers[:, 0] < UNSETTLED)
        return kept & (self.costs(points) <= self.budget * (1 + 1e-9) + slack)

    def fits(self, point: Float[np.ndarray, " m"]) -> bool:
        """Tell whether a regimen keeps window, gaps and budget."""
        rows, least = self.regimen.gaps()
        low, high = self.regimen.bounds
        inside = bool((point >= low - 1e-9).all() and (point <= high + 1e-9).all())
        apart = not len(rows) or bool((rows @ point >= least - 1e-9).all())
        return inside and apart and self.regimen.cost(point)[0] <= self.budget * (1 + 1e-9)

    @property
    def _asked(self) -> list[tuple[int, str, float, float | None]]:
        aim = [(0, self.readout, self.sign, None)]
        return [*aim, *((one.system, one.readout, one.sign, one.bound) for one in self.limits)]

    def _worst(
        self, found: Sequence[tuple[np.ndarray, ...]], which: int, readout: str, sign: float, bound: float
    ) -> list[tuple[float, np.ndarray]]:
        """Return the worst time of each stretch."""
        r = self.systems[which].readouts.index(readout)
        courses, slopes = found[which][0][:, :, r], found[which][2][:, :, r]
        curve = self._curve(which, sign * (courses - bound))
        rows = []
        for part in np.array_split(np.arange(len(curve)), _STRETCHES):
            t = int(part[np.argmax(curve[part])])
            rows.append(self._over_members(which, sign * (courses[:, t] - bound), sign * slopes[:, t]))
        return rows

    def _over_members(self, which: int, values: np.ndarray, slopes: np.ndarray) -> tuple[float, np.ndarray]:
        if not np.isfinite(values).all():
            return UNSETTLED, np.zeros(slopes.shape[-1])
        share = weights_of_risk(values, self._weights(which), self.risk, self.tail)
        return float(share @ values), share @ slopes

    def _risk(self, which: int, values: np.ndarray) -> float:
        return self._over_members(which, values, np.zeros((len(values), 0)))[0]

    def _highest(self, which: int, courses: Float[np.ndarray, "e t"]) -> float:
        return float(np.max(self._curve(which, courses)))

    def _curve(self, which: int, courses: Float[np.ndarray, "e t"]) -> Float[np.ndarray, " t"]:
        """Return the risk over members at each time."""
        if not np.isfinite(courses).all():
            return np.full(courses.shape[1], UNSETTLED)
        weights = self._weights(which)
        if self.risk == "mean":
            return weights @ courses
        if self.risk == "worst":
            return courses.max(axis=0)
        return np.array([self._risk(which, values) for values in courses.T])

    def _weights(self, which: int) -> np.ndarray:
        weights = self.systems[which].ensemble.weights
        return weights / weights.sum()
