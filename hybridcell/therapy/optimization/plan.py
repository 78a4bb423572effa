"""The therapy that was found, its rivals, and how it stands against a grid and against looser limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.html import card, table
from hybridcell._core.number_checks import is_whole
from hybridcell._core.progress import progress_bar
from hybridcell.therapy.optimization.problem import Limit, Problem
from hybridcell.therapy.optimization.search import Candidate, search

if TYPE_CHECKING:
    import pandas as pd

#: Most conditions of a grid to compare with.
_MOST_GRID = 2_000_000


@dataclass(frozen=True, eq=False)
class TherapyPlan:
    """What `hc.optimize_therapy` returns.

    Attributes
    ----------
    table : DataFrame
        One row per set of drugs that was searched to the end, best first: drugs (tuple), the dose of each
        drug in the model's input, cost, value of the aim (in the unit of the readout, by the `risk` over
        members), lower and upper (least and greatest over the members), and the value of each limit.
    readout, aim : str
        What is brought as low ("minimize") or as high ("maximize") as the limits allow.
    risk : str
        What counts over the members.
    untreated : float
        The aim without any drug.
    n_simulations : int
        Conditions that were simulated to find it, each for all members.
    complete : bool
        Whether all sets of drugs were searched; if not, drugs that do least beside all others were left out.
    """

    table: pd.DataFrame
    readout: str
    aim: str
    risk: str
    untreated: float
    n_simulations: int
    complete: bool
    _problem: Problem = field(repr=False)
    _options: dict[str, Any] = field(repr=False)

    @classmethod
    def of(
        cls, problem: Problem, found: Sequence[Candidate], *, complete: bool, **options: Any
    ) -> TherapyPlan:
        """Return the plan of candidates, best first."""
        spent = problem.n_simulations
        good = [one for one in found if one.excess <= 1e-4]
        return cls(
            table=_table(problem, good),
            readout=problem.readout,
            aim="minimize" if problem.sign > 0 else "maximize",
            risk=problem.risk,
            untreated=float(problem.sign * problem.certified(np.zeros((1, len(problem.tops))))[0, 0]),
            n_simulations=spent,
            complete=complete,
            _problem=problem,
            _options=options,
        )

    @property
    def drugs(self) -> tuple[str, ...]:
        """The drugs of the best therapy."""
        return tuple(self.table["drugs"].iloc[0])

    @property
    def doses(self) -> dict[str, float]:
        """The best therapy as a condition: what `hc.predict` and `hc.simulate` take."""
        return {drug: float(self.table[drug].iloc[0]) for drug in self.drugs}

    @property
    def value(self) -> float:
        """The aim under the best therapy."""
        return float(self.table["value"].iloc[0])

    def compare_with_grid(self, levels: int = 5) -> dict[str, Any]:
        """Simulate all combinations of up to `max_drugs` drugs on a grid of doses, and compare.

        Parameters
        ----------
        levels : int
            Doses per drug, 0 included.

        Returns
        -------
        dict
            doses and value of the best condition of the grid within the limits (empty and NaN where none
            is), n_simulations of the grid, and gain: how much better the plan is, in the unit of the readout
            (negative where the grid found better doses).

        Raises
        ------
        InvalidValueError
            On fewer than two levels, or a grid of more than two million conditions.
        """
        if not is_whole(levels) or levels < 2:
            raise InvalidValueError(f"levels is {levels!r}; wanted a whole number, at least 2.")
        problem = self._problem
        z = grid_of_shares(len(problem.tops), int(levels), self._options["max_drugs"])
        numbers = problem.certified(z)
        allowed = problem.feasible(numbers, z)
        if not allowed.any():
            return {"doses": {}, "value": float("nan"), "n_simulations": len(z), "gain": float("nan")}
        best = int(np.flatnonzero(allowed)[np.argmin(numbers[allowed, 0])])
        value = float(problem.sign * numbers[best, 0])
        doses = {
            drug: float(z[best, j] * top) for j, (drug, top) in enumerate(zip(self._names, problem.tops))
        }
        return {
            "doses": {drug: dose for drug, dose in doses.items() if dose != 0},
            "value": value,
            "n_simulations": len(z),
            "gain": float(problem.sign * (value - self.value)),
        }

    def pareto(
        self,
        readout: str,
        bounds: Sequence[float],
        *,
        side: str = "highest",
        healthy: bool = False,
        progress: bool | None = None,
    ) -> pd.DataFrame:
        """Trace what a limit costs: the best therapy under each of several bounds on one readout.

        The bounds take the place of the plan's own limit on that side of the readout; other limits stay.

        Parameters
        ----------
        readout : str
            The readout that is limited, such as a sign of toxicity.
        bounds : sequence of float
            Its highest (or lowest) allowed values.
        side : {"highest", "lowest"}
            What the bounds are.
        healthy : bool
            Whether the readout is that of the healthy model.
        progress : bool, optional
            Show a progress bar.

        Returns
        -------
        DataFrame
            One row per bound: bound, value of the aim, the limited readout, cost, and the doses; NaN where no
            doses keep the bound.

        Raises
        ------
        InvalidValueError
            When there are no bounds, or no healthy model.

        Examples
        --------
        >>> import hybridcell as hc
        >>> model = hc.CellBox(["growth", "stress", "a", "b"], ["phenotype", "phenotype", "drug", "drug"],
        ...                    [[0, 0, 1.0, 0.6], [0, 0, -0.8, -0.1], [0, 0, 0, 0], [0, 0, 0, 0]])
        >>> plan = hc.optimize_therapy(model, minimize="growth", input_range=-1.0)
        >>> plan.pareto("stress", [0.2, 0.6])["value"].round(2).tolist()
        [-0.55, -0.84]
        """
        import pandas as pd

        problem, sign = self._problem, {"highest": 1.0, "lowest": -1.0}.get(side)
        if sign is None:
            raise InvalidValueError(f"side is {side!r}; wanted 'highest' or 'lowest'.")
        values = np.atleast_1d(np.asarray(bounds, dtype=float))
        if not values.size or not np.isfinite(values).all():
            raise InvalidValueError(f"bounds are {bounds!r}; wanted finite numbers, at least one.")
        system = int(healthy)
        if system >= len(problem.systems):
            raise InvalidValueError(
                "There is no healthy model in this plan; give healthy= to optimize_therapy."
            )
        systems = list(problem.systems)
        systems[system] = systems[system].watching(readout)
        rows = []
        others = [
            one for one in problem.limits if (one.system, one.readout, one.sign) != (system, readout, sign)
        ]
        with progress_bar(total=len(values), description="tracing the front", show=progress) as bar:
            for bound in values:
                limits = [*others, Limit(system, readout, sign, float(bound))]
                one = replace(problem, systems=systems, limits=limits)
                found, _ = search(
                    one, max_drugs=self._options["max_drugs"], n_starts=self._options["n_starts"],
                    rng=np.random.default_rng(self._options["seed"]), tick=lambda _: None,
                )  # fmt: skip
                rows.append(_front_row(one, found[0], float(bound), self._names))
                bar.update(1)
        return pd.DataFrame(rows)

    @property
    def _names(self) -> tuple[str, ...]:
        return self._problem.systems[0].drugs

    def __repr__(self) -> str:
        doses = ", ".join(f"{drug} {dose:.3g}" for drug, dose in self.doses.items()) or "no drug"
        return (
            f"TherapyPlan({self.aim} {self.readout}: {self.value:.3g} (untreated {self.untreated:.3g}) by "
            f"{doses}; {self.n_simulations:,} simulations)"
        )

    def _repr_html_(self) -> str:
        facts = {
            self.aim: f"{self.readout}: {self.value:.4g} (untreated {self.untreated:.4g})",
            "over members": self.risk,
            "limits": "; ".join(limit.text for limit in self._problem.limits) or "none",
            "simulations": f"{self.n_simulations:,}",
            "sets of drugs": "all" if self.complete else "of the drugs that do most",
        }
        shown = [column for column in self.table.columns if column not in self._names]
        rows = [
            [v if isinstance(v, str) else " + ".join(v) if isinstance(v, tuple) else f"{v:.3g}" for v in row]
            for row in self.table[shown].head(8).itertuples(index=False)
        ]
        return card("TherapyPlan", facts) + table(shown, rows)


def _table(problem: Problem, found: Sequence[Candidate]) -> pd.DataFrame:
    import pandas as pd

    names = problem.systems[0].drugs
    z = np.array([one.z for one in found]).reshape(-1, len(names))
    numbers = problem.certified(z)
    states = problem.systems[0].values(z * problem.tops)[:, :, 0]
    rows = {}
    for i, one in enumerate(found):
        given = tuple(name for name, share in zip(names, one.z) if share > 0)
        if given in rows:  # two sets of drugs that end in the same therapy
            continue
        row: dict[str, Any] = {"drugs": given}
        row |= {name: float(share * top) for name, share, top in zip(names, one.z, problem.tops)}
        row |= {"cost": float(one.z @ problem.costs), "value": float(problem.sign * numbers[i, 0])}
        row |= {"lower": float(states[:, i].min()), "upper": float(states[:, i].max())}
        for limit, over in zip(problem.limits, numbers[i, 1:]):
            row[limit.text] = float(limit.bound + limit.sign * over)
        rows[given] = row
    return pd.DataFrame(list(rows.values()))


def _front_row(problem: Problem, one: Candidate, bound: float, names: Sequence[str]) -> dict[str, float]:
    numbers = problem.certified(one.z[None])[0]
    kept = bool(problem.feasible(numbers[None], one.z[None], slack=1e-4)[0])
    limit = problem.limits[-1]
    row = {
        "bound": bound,
        "value": problem.sign * numbers[0],
        limit.readout: bound + limit.sign * numbers[-1],
    }
    row["cost"] = float(one.z @ problem.costs)
    row |= {name: float(share * top) for name, share, top in zip(names, one.z, problem.tops)}
    return {name: float(v) if kept or name == "bound" else float("nan") for name, v in row.items()}


def grid_of_shares(n_drugs: int, levels: int, most: int) -> np.ndarray:
    """Return shares of the largest doses: all sets of up to `most` drugs at all levels, and the control."""
    above = np.linspace(0.0, 1.0, levels)[1:]
    sizes = range(min(most, n_drugs) + 1)
    total = sum(comb(n_drugs, k) * len(above) ** k for k in sizes)
    if total > _MOST_GRID:
        raise InvalidValueError(
            f"A grid of {levels} levels of {n_drugs} drugs, up to {most} together, has {total:,} conditions; "
            f"at most {_MOST_GRID:,} are compared. Take fewer levels."
        )
    rows = np.zeros((total, n_drugs))
    at = 0
    for k in sizes:
        for chosen in combinations(range(n_drugs), k):
            block = np.array(list(product(above, repeat=k))).reshape(len(above) ** k, k)
            rows[at : at + len(block), list(chosen)] = block
            at += len(block)
    return rows
