"""The schedule that was found, and the regimens it is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.html import card, table
from hybridcell._core.number_checks import is_whole
from hybridcell.data import Schedule
from hybridcell.therapy.scheduling.problem import ScheduleProblem
from hybridcell.therapy.scheduling.search import Found

if TYPE_CHECKING:
    import pandas as pd

#: Most regimens of a grid to compare with, and shares of all amounts that rivals are tried with.
_MOST_GRID, _SHARES = 100_000, 21


@dataclass(frozen=True, eq=False)
class SchedulePlan:
    """What `hc.optimize_schedule` returns.

    Attributes
    ----------
    schedules : dict
        Drug -> `Schedule`: a condition for ``hc.simulate(model, t1=..., conditions=plan.schedules)``. Doses
        of nothing are left out.
    value : float
        The aim, in the unit of the readout, by the `risk` over members.
    untreated : float
        The aim without any dose.
    rivals : DataFrame
        Usual regimens, and no treatment: regimen, share of the amounts (the same for all doses, the best of
        21 within the budget and the limits), value (NaN where no share keeps the limits), cost, gain of the
        plan over it.
    table : DataFrame
        What the starts of the search came to, best first: value, cost, doses that are given, and the highest
        excess over a limit.
    readout, aim, over, risk : str
        What was aimed at.
    n_simulations : int
        Regimens simulated to find it, those with slopes among them, each for all members; rivals not counted.
    """

    schedules: dict[str, Schedule]
    value: float
    untreated: float
    rivals: pd.DataFrame
    table: pd.DataFrame
    readout: str
    aim: str
    over: str
    risk: str
    n_simulations: int
    _problem: ScheduleProblem = field(repr=False)

    @classmethod
    def of(cls, problem: ScheduleProblem, found: Sequence[Found]) -> SchedulePlan:
        """Return the plan of regimens, best first."""
        import pandas as pd

        spent, regimen = problem.n_simulations, problem.regimen
        points = np.array([one.point for one in found])
        numbers = problem.certified(points, finer=True)
        value = float(problem.sign * numbers[0, 0])
        rows = [
            {
                "value": problem.sign * numbers[i, 0],
                "cost": regimen.cost(point)[0],
                "doses": int((point[2 * regimen.k :] > 0).sum()),
                "excess": float(np.max(numbers[i, 1:], initial=0.0)),
            }
            for i, point in enumerate(points)
        ]
        usual = {
            "as given": regimen.point,
            "evenly spaced": regimen.evenly(0.0, 1.0),
            "as early as possible": regimen.evenly(0.0, 0.0),
        }
        rivals = pd.DataFrame([_rival(problem, name, point) for name, point in usual.items()])
        untreated = _shared(regimen.point, np.zeros(1))
        zero = float(problem.sign * problem.certified(untreated)[0, 0])
        rivals.loc[len(rivals)] = {"regimen": "untreated", "share": 0.0, "value": zero, "cost": 0.0}
        rivals["gain"] = problem.sign * (rivals["value"] - value)
        return cls(
            schedules=regimen.schedules(points[0]),
            value=value,
            untreated=zero,
            rivals=rivals,
            table=pd.DataFrame(rows).drop_duplicates("value").reset_index(drop=True),
            readout=problem.readout,
            aim="minimize" if problem.sign > 0 else "maximize",
            over=problem.over,
            risk=problem.risk,
            n_simulations=spent,
            _problem=problem,
        )

    @property
    def cost(self) -> float:
        """What the doses cost."""
        return float(self.table["cost"].iloc[0])

    def to_dataframe(self) -> pd.DataFrame:
        """Return a row per dose, by time: drug, start, duration, amount."""
        import pandas as pd

        rows = [
            {"drug": drug, "start": dose[0], "duration": dose[1], "amount": dose[2]}
            for drug, schedule in self.schedules.items()
            for dose in schedule.doses
        ]
        empty = pd.DataFrame(columns=pd.Index(["drug", "start", "duration", "amount"]))
        return pd.DataFrame(rows).sort_values("start", ignore_index=True) if rows else empty

    def compare_with_grid(self, levels: int = 5) -> dict[str, Any]:
        """Simulate regular regimens on a grid, and compare.

        Each drug has its first dose at one of `levels` times and its doses one of `levels` intervals apart
        (from as close as allowed to until the end of the window), all of its amounts one of `levels` shares
        of the largest, 0 included; all combinations of the drugs.

        Parameters
        ----------
        levels : int
            At least 2.

        Returns
        -------
        dict
            schedules and value of the best regimen of the grid within limits and budget (empty and NaN where
            none is), n_simulations of the grid, and gain: how much better the plan is (negative where the
            grid found a better regimen).

        Raises
        ------
        InvalidValueError
            On fewer than two levels, or a grid of more than 100,000 regimens.
        """
        if not is_whole(levels) or levels < 2:
            raise InvalidValueError(f"levels is {levels!r}; wanted a whole number, at least 2.")
        problem, regimen = self._problem, self._problem.regimen
        points = _grid(problem, int(levels))
        numbers = problem.certified(points)
        allowed = problem.feasible(numbers, points)
        if not allowed.any():
            return {"schedules": {}, "value": np.nan, "n_simulations": len(points), "gain": np.nan}
        best = int(np.flatnonzero(allowed)[np.argmin(numbers[allowed, 0])])
        value = float(problem.sign * problem.certified(points[[best]], finer=True)[0, 0])
        return {
            "schedules": regimen.schedules(points[best]),
            "value": value,
            "n_simulations": len(points),
            "gain": float(problem.sign * (value - self.value)),
        }

    def __repr__(self) -> str:
        doses = ", ".join(f"{len(one.doses)} of {drug}" for drug, one in self.schedules.items()) or "none"
        return (
            f"SchedulePlan({self.aim} {self._what}: {self.value:.3g} (untreated {self.untreated:.3g}); "
            f"doses: {doses}; {self.n_simulations:,} simulations)"
        )

    @property
    def _what(self) -> str:
        words = {"mean": "mean of {}", "end": "{} at the end", "max": "highest {}"}
        if self.aim == "maximize":
            words["max"] = "lowest {}"
        return words[self.over].format(self.readout)

    def _repr_html_(self) -> str:
        regimen = self._problem.regimen
        facts = {
            self.aim: f"{self._what}: {self.value:.4g} (untreated {self.untreated:.4g})",
            "over members": self.risk,
            "limits, at all times": "; ".join(one.text for one in self._problem.limits) or "none",
            "course": f"from {regimen.t0:g} to {regimen.t1:g}",
            "cost": f"{self.cost:.4g}",
            "simulations": f"{self.n_simulations:,}",
        }
        doses = self.to_dataframe()
        shown = [[one[0], *(f"{number:.4g}" for number in one[1:])] for one in doses.itertuples(index=False)]
        rivals = [[r[0], *(f"{number:.4g}" for number in r[1:])] for r in self.rivals.itertuples(index=False)]
        return (
            card("SchedulePlan", facts)
            + table(list(doses.columns), shown)
            + table(list(self.rivals.columns), rivals)
        )


def _shared(point: Float[np.ndarray, " m"], shares: np.ndarray) -> Float[np.ndarray, "s m"]:
    """Return the regimen with each share of its amounts."""
    found = np.repeat(point[None], len(shares), axis=0)
    third = 2 * len(point) // 3
    found[:, third:] = shares[:, None] * point[third:]
    return found


def _rival(problem: ScheduleProblem, name: str, point: np.ndarray) -> dict[str, Any]:
    cost = problem.regimen.cost(point)[0]
    most = min(1.0, problem.budget / cost) if cost > 0 else 1.0
    points = _shared(point, most * np.linspace(0.0, 1.0, _SHARES))
    numbers = problem.certified(points)
    allowed = problem.feasible(numbers, points)
    if not allowed.any():
        return {"regimen": name, "share": np.nan, "value": np.nan, "cost": np.nan}
    best = int(np.flatnonzero(allowed)[np.argmin(numbers[allowed, 0])])
    value = float(problem.sign * problem.certified(points[[best]], finer=True)[0, 0])
    spent = problem.regimen.cost(points[best])[0]
    return {"regimen": name, "share": most * best / (_SHARES - 1), "value": value, "cost": spent}


def _grid(problem: ScheduleProblem, levels: int) -> Float[np.ndarray, "c m"]:
    regimen, even = problem.regimen, np.linspace(0.0, 1.0, levels)
    ways = []
    for d in range(len(regimen.drugs)):
        intervals = even if (regimen.owner == d).sum() > 1 else even[:1]
        # what is given of nothing needs no times
        ways.append([(0.0, 0.0, 0.0), *product(even, intervals, even[1:])])
    total = int(np.prod([len(one) for one in ways], dtype=float))
    if total > _MOST_GRID:
        raise InvalidValueError(
            f"A grid of {levels} levels for {len(regimen.drugs)} drugs has {total:,} regimens; at most "
            f"{_MOST_GRID:,} are compared. Take fewer levels."
        )
    found = []
    for chosen in product(*ways):
        point = regimen.regular([one[0] for one in chosen], [one[1] for one in chosen])
        point[2 * regimen.k :] = np.array([one[2] for one in chosen])[regimen.owner]
        if problem.fits(point):
            found.append(point)
    return np.array(found)
