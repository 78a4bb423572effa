"""Which doses may be moved: between the schedules of several drugs and one vector of free numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from hybridcell.data import Schedule

#: Columns of a dose, as in `Schedule.doses`.
START, DURATION, AMOUNT, ABSORPTION, ELIMINATION = range(5)


@dataclass(frozen=True, eq=False)
class Regimen:
    """K doses of D drugs, given from t0 to t1; a point p (3 K,) holds starts, durations and amounts.

    Starts and durations are shares of the course, amounts shares of the largest amount of the dose: numbers
    of order one.

    Attributes
    ----------
    drugs
        Names.
    owner
        Drug of each dose.
    largest : ndarray, shape (k, 5)
        The doses as they were given, by drug and start: with their largest amounts.
    t0, t1
        Start and end of the course.
    window
        Earliest and latest start of a dose.
    durations : ndarray, shape (k, 2)
        Least and largest duration; equal where it is fixed.
    gap : ndarray, shape (D,)
        Least time from the end of a dose to the start of the next one of the drug.
    costs : ndarray, shape (D,)
        Per unit of amount.
    """

    drugs: tuple[str, ...]
    owner: Int[np.ndarray, " k"]
    largest: Float[np.ndarray, "k 5"]
    t0: float
    t1: float
    window: tuple[float, float]
    durations: Float[np.ndarray, "k 2"]
    gap: Float[np.ndarray, " d"]
    costs: Float[np.ndarray, " d"]

    @classmethod
    def of(
        cls, given: Mapping[str, Schedule], durations: Mapping[str, tuple[float, float]], **others: object
    ) -> Regimen:
        """Return the regimen of schedules, with durations free where a drug has a range."""
        owner, rows, ranges = [], [], []
        for d, (drug, schedule) in enumerate(given.items()):
            for row in schedule.doses[np.argsort(schedule.doses[:, START], kind="stable")]:
                owner.append(d)
                rows.append(row)
                ranges.append(durations.get(drug, (row[DURATION], row[DURATION])))
        return cls(
            drugs=tuple(given),
            owner=np.array(owner),
            largest=np.array(rows),
            durations=np.array(ranges, dtype=float),
            **others,  # pyright: ignore[reportArgumentType]
        )

    @property
    def k(self) -> int:
        """Number of doses."""
        return len(self.owner)

    @property
    def span(self) -> float:
        """Length of the course."""
        return self.t1 - self.t0

    @property
    def held(self) -> Bool[np.ndarray, " k"]:
        """Which doses are pulses: their amount is the input itself while they last."""
        return self.largest[:, ELIMINATION] == 0

    @property
    def scale(self) -> Float[np.ndarray, " m"]:
        """What a unit of each number of a point is."""
        one = np.ones(self.k)
        return np.concatenate([self.span * one, self.span * one, self.largest[:, AMOUNT]])

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Least and largest points; a number whose bounds are equal is fixed."""
        lengths = np.where(np.isfinite(self.durations), self.durations, self.span) / self.span
        low, high = ((w - self.t0) / self.span for w in self.window)
        zero, one = np.zeros(self.k), np.ones(self.k)
        return (
            np.concatenate([low * one, lengths[:, 0], zero]),
            np.concatenate([high * one, lengths[:, 1], one]),
        )

    @property
    def point(self) -> Float[np.ndarray, " m"]:
        """The doses as given, as a point."""
        low, high = self.bounds
        lengths = np.where(np.isfinite(self.largest[:, DURATION]), self.largest[:, DURATION], self.span)
        starts = (self.largest[:, START] - self.t0) / self.span
        return np.clip(np.concatenate([starts, lengths / self.span, np.ones(self.k)]), low, high)

    def doses(self, point: Float[np.ndarray, "*c m"]) -> Float[np.ndarray, "*c k 5"]:
        """Return the doses of points as in `Schedule.doses`."""
        found = np.broadcast_to(self.largest, (*point.shape[:-1], self.k, 5)).copy()
        starts, lengths, shares = np.split(point, 3, axis=-1)
        found[..., START] = self.t0 + self.span * starts
        found[..., DURATION] = self.span * lengths
        found[..., AMOUNT] = self.largest[:, AMOUNT] * shares
        return found

    def schedules(self, point: Float[np.ndarray, " m"]) -> dict[str, Schedule]:
        """Return the doses that are given, by drug."""
        doses = self.doses(point)
        # a pulse without an end in the course has none
        endless = np.isinf(self.largest[:, DURATION]) & (self.durations[:, 0] == self.durations[:, 1])
        doses[endless, DURATION] = np.inf
        found = {}
        for d, drug in enumerate(self.drugs):
            mine = doses[(self.owner == d) & (doses[:, AMOUNT] != 0)]
            if len(mine):
                found[drug] = Schedule(mine[np.argsort(mine[:, START], kind="stable")])
        return found

    def cost(self, point: Float[np.ndarray, " m"]) -> tuple[float, Float[np.ndarray, " m"]]:
        """Return what the doses cost, and its slopes: \\|amount\\|, of pulses times how long they act."""
        starts, lengths, shares = np.split(point, 3)
        unit = self.costs[self.owner] * np.abs(self.largest[:, AMOUNT])
        cut = self.held & (starts + lengths > 1.0)
        acting = np.where(self.held, self.span * np.where(cut, 1.0 - starts, lengths), 1.0)
        by_start = np.where(cut, -self.span * unit * shares, 0.0)
        by_length = np.where(self.held & ~cut, self.span * unit * shares, 0.0)
        return float(unit * acting @ shares), np.concatenate([by_start, by_length, unit * acting])

    def gaps(self) -> tuple[Float[np.ndarray, "g m"], Float[np.ndarray, " g"]]:
        """Return A and b of the gaps between doses that follow each other: A p >= b."""
        rows, least = [], []
        for i in range(self.k - 1):
            gap = self.gap[self.owner[i]]
            follows = self.owner[i] == self.owner[i + 1]
            if follows and (gap > 0 or self.durations[i, 1] > 0):
                row = np.zeros(3 * self.k)
                row[[i + 1, i, self.k + i]] = 1.0, -1.0, -1.0
                rows.append(row)
                least.append(gap / self.span)
        return np.array(rows).reshape(-1, 3 * self.k), np.array(least)

    def spread(self, point: Float[np.ndarray, " m"]) -> Float[np.ndarray, " m"]:
        """Return the point with starts moved apart, and back from the end of the window, to keep the gaps."""
        found = point.copy()
        low, high = self.bounds
        for d in range(len(self.drugs)):
            mine = np.flatnonzero(self.owner == d)
            least = found[self.k + mine] + self.gap[d] / self.span
            if not (self.gap[d] > 0 or (self.durations[mine, 1] > 0).any()):
                continue
            starts = np.sort(found[mine])
            for i in range(1, len(mine)):
                starts[i] = max(starts[i], starts[i - 1] + least[i - 1])
            starts[-1] = min(starts[-1], high[mine[-1]])
            for i in range(len(mine) - 2, -1, -1):
                starts[i] = min(starts[i], starts[i + 1] - least[i])
            found[mine] = np.maximum(starts, low[mine])
        return found

    def evenly(self, first: float, interval: float) -> Float[np.ndarray, " m"]:
        """Return full doses of every drug from `first` (share of the window), `interval` of the rest apart.

        Interval 0: as soon after each other as the gap lets, 1: until the end of the window.
        """
        return self.regular([first] * len(self.drugs), [interval] * len(self.drugs))

    def regular(self, first: Sequence[float], interval: Sequence[float]) -> Float[np.ndarray, " m"]:
        """Return full doses, regular for each drug, as `evenly`."""
        found = self.point
        low, high = self.bounds
        for d in range(len(self.drugs)):
            mine = np.flatnonzero(self.owner == d)
            begin = low[mine[0]] + first[d] * (high[mine[0]] - low[mine[0]])
            least = float(np.max(found[self.k + mine])) + self.gap[d] / self.span if len(mine) > 1 else 0.0
            widest = max((high[mine[0]] - begin) / max(len(mine) - 1, 1), least)
            step = least + interval[d] * (widest - least)
            found[mine] = np.minimum(begin + step * np.arange(len(mine)), high[mine])
        return self.spread(found)
