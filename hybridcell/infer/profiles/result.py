"""Profiles that were computed: intervals, verdicts, curves."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import unknown_name
from hybridcell._core.html import card, table
from hybridcell.infer.profiles.walk import CROSSED

if TYPE_CHECKING:
    import pandas as pd

    from hybridcell.infer.profiles.search import Walked
    from hybridcell.infer.profiles.walk import Path
    from hybridcell.infer.target import Target

IDENTIFIABLE, PRACTICALLY_NOT, STRUCTURALLY_NOT = "identifiable", "practically not", "structurally not"
#: Rise of the whole profile, in thresholds, up to which it is flat.
_FLAT = 5e-3


class Profiles:
    """The profile likelihood of some parameters, around an optimum.

    Attributes
    ----------
    names : tuple of str
        The parameters that were profiled.
    level : float
        Confidence of the intervals.
    threshold : float
        Rise of the objective at their ends: half a quantile of chi-square.
    target : Target
        What was profiled, at the optimum.
    value : float
        Objective (minus the log-posterior) at the optimum.
    notes : tuple of str
        What is to be known, in words: better optima, second branches.
    evaluations, batches : int
        Evaluations of the objective with derivatives, and in how many batches.

    Examples
    --------
    >>> import hybridcell as hc
    >>> from hybridcell.fit.estimation import FunctionObjective
    >>> bowl = FunctionObjective(["a"], [-5], [5], residuals=lambda p: 2 * p)
    >>> found = hc.infer.profiles(bowl, at=[0.0])
    >>> found.names, found.table.loc["a", ["lower", "upper"]].astype(float).round(2).tolist()
    (('a',), [-0.98, 0.98])
    """

    def __init__(self, target: Target, walked: Walked, level: float):
        self.target, self.level, self.threshold = target, level, walked.threshold
        self._paths, self._floor = walked.paths, walked.start.value
        self._places = sorted({place for place, _ in walked.paths})
        self.names = tuple(target.names[k] for k in self._places)
        self.value = float(target.values(target.at[None])[0])
        self.notes = tuple(walked.notes)
        self.evaluations, self.batches = walked.evaluations, walked.batches

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per parameter.

        Columns ``scale``; ``estimate``, ``lower``, ``upper`` on that scale; ``estimate_linear``,
        ``lower_linear``, ``upper_linear``; ``verdict`` ("identifiable", "practically not", "structurally
        not"); ``below`` and ``above``: how each side ended. The end of an open side is infinite on the scale.
        Where the threshold is crossed only because another parameter has come to its bound, that is said
        there, and the verdict is "practically not": it is the bound that tells, not the data.
        """
        import pandas as pd

        rows = [self._row(place) for place in self._places]
        return pd.DataFrame(rows, index=pd.Index(self.names, name="parameter"))

    def _row(self, place: int) -> dict[str, Any]:
        below, above = self._paths[place, -1], self._paths[place, 1]
        at = self.target.at
        ends = [below.end, at[place], above.end]
        linear = []
        for x in ends:
            theta = at.copy()
            theta[place] = x
            linear.append(float(self.target.linear(theta)[place]))
        return {
            "scale": self.target.scales[place],
            "estimate": float(at[place]), "lower": float(below.end), "upper": float(above.end),
            "estimate_linear": linear[1], "lower_linear": linear[0], "upper_linear": linear[2],
            "verdict": self._verdict(place), "below": self._words(below), "above": self._words(above),
        }  # fmt: skip

    def _words(self, path: Path) -> str:
        if not path.held:
            return path.reason
        return f"{path.reason} only at the bound of {', '.join(self.target.names[k] for k in path.held)}"

    def _verdict(self, place: int) -> str:
        paths = self._paths[place, -1], self._paths[place, 1]
        if all(path.reason == CROSSED and not path.held for path in paths):
            return IDENTIFIABLE
        rises = [p.value - self._floor for path in paths for p in path.points]
        flat = max(rises) <= _FLAT * self.threshold
        return STRUCTURALLY_NOT if flat and not any(p.reason == CROSSED for p in paths) else PRACTICALLY_NOT

    def curve(self, name: str) -> pd.DataFrame:
        """Return the points of one profile, in ascending order of the parameter.

        Columns ``value`` (the parameter on its scale), ``linear``, ``rise`` (of the objective above the
        optimum), ``slope`` (of the rise), and, named like the parameters, all parameters on their scales as
        they were re-optimized.
        """
        import pandas as pd

        if name not in self.names:
            raise unknown_name("parameter with a profile", name, self.names)
        place = self.target.names.index(name)
        points = [*self._paths[place, -1].points[::-1], *self._paths[place, 1].points[1:]]
        points.sort(key=lambda p: p.theta[place])
        thetas = np.stack([p.theta for p in points])
        frame = {
            "value": thetas[:, place],
            "linear": self.target.linear(thetas)[:, place],
            "rise": np.array([p.value for p in points]) - self._floor,
            "slope": np.array([p.slope[place] for p in points]),
        }
        whole = pd.DataFrame(thetas, columns=pd.Index(self.target.names))
        return pd.concat([pd.DataFrame(frame), whole.drop(columns=[c for c in frame if c in whole])], axis=1)

    def interval(self, name: str, *, linear: bool = False) -> tuple[float, float]:
        """Return both ends of one parameter's interval, infinite where it is open."""
        if name not in self.names:
            raise unknown_name("parameter with a profile", name, self.names)
        columns = ["lower_linear", "upper_linear"] if linear else ["lower", "upper"]
        low, high = self.table.loc[[name], columns].to_numpy(float)[0]
        return float(low), float(high)

    @property
    def result(self) -> str:
        """How it went, in words."""
        verdicts = self.table["verdict"]
        parts = [f"{len(self.names)} profiles at {self.level:.0%}"]
        for verdict, said in (
            (IDENTIFIABLE, "identifiable"),
            (PRACTICALLY_NOT, "practically not identifiable (open, or ended by bounds of others)"),
            (STRUCTURALLY_NOT, "structurally not identifiable (flat)"),
        ):
            named = [str(name) for name, its in verdicts.items() if its == verdict]
            if named:
                shown = "" if verdict == IDENTIFIABLE else f": {', '.join(named)}"
                parts.append(f"{len(named)} {said}{shown}")
        return "; ".join([*parts, *self.notes])

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        return f"<Profiles of {self.target.source.what}: {self.result}>"

    def _repr_html_(self) -> str:
        facts = {
            "of": self.target.source.what,
            "result": self.result,
            "threshold": f"{self.threshold:.4g} above {self.value:.6g}",
            "evaluations": f"{self.evaluations} in {self.batches} batches",
        }
        rows = [
            (
                name, row["scale"], f"{row['estimate']:.4g}", _end(row["lower"], row["below"]),
                _end(row["upper"], row["above"]), row["verdict"],
            )
            for name, row in self.table.to_dict("index").items()
        ]  # fmt: skip
        head = ("parameter", "scale", "estimate", "lower", "upper", "verdict")
        return card("Profiles", facts) + table(head, rows)


def _end(value: float, reason: str) -> str:
    return f"{value:.4g}" if np.isfinite(value) else reason
