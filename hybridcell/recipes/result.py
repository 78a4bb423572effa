"""What running a recipe gives back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybridcell._core.errors import FileFormatError, nearest
from hybridcell._core.html import card, table
from hybridcell.recipes.schema import flat_expectations

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Check:
    """One line of [expect] and what was found.

    Attributes
    ----------
    metric
        Dotted name of the number.
    found
        Its value in this run.
    wanted
        What the recipe states, as text.
    passed
        Whether it holds.
    """

    metric: str
    found: float
    wanted: str
    passed: bool

    def __str__(self) -> str:
        return f"{self.metric} is {self.found:.4g}, wanted {self.wanted}"


@dataclass(frozen=True, eq=False)
class RunResult:
    """What a recipe made: tables in memory, files on disk, and whether it came out as stated.

    Attributes
    ----------
    name, title
        Of the recipe.
    folder
        Where the files are.
    tables
        Name -> DataFrame: "accuracy" always where something was evaluated.
    artifacts
        File name -> path.
    metrics
        Dotted name -> number; what [expect] is about.
    checks
        One per line of [expect]; empty when the recipe ran with overrides or as a smoke test, since [expect]
        states what it gives as written.
    objects
        What the steps returned ("fit", "interactions", "screen", ...), to go on with.
    seconds
        Wall time.

    Examples
    --------
    >>> from pathlib import Path
    >>> from hybridcell.recipes import RunResult
    >>> RunResult(name="demo", title="", folder=Path("."), seconds=1.0).passed
    True
    """

    name: str
    title: str
    folder: Path
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    artifacts: dict[str, Path] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    objects: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether every check holds."""
        return all(check.passed for check in self.checks)

    def __repr__(self) -> str:
        good = sum(check.passed for check in self.checks)
        judged = f", {good} of {len(self.checks)} checks passed" if self.checks else ""
        return f"RunResult({self.name!r}, {len(self.artifacts)} files in {str(self.folder)!r}{judged})"

    def _repr_html_(self) -> str:
        facts = {"folder": self.folder, "files": ", ".join(self.artifacts), "seconds": f"{self.seconds:.1f}"}
        rows = [(c.metric, f"{c.found:.4g}", c.wanted, "yes" if c.passed else "NO") for c in self.checks]
        html = card(self.title or self.name, facts)
        html += table(("expected", "found", "wanted", "passed"), rows) if rows else ""
        accuracy = self.tables.get("accuracy")
        return html if accuracy is None else html + accuracy.head(30).to_html(float_format="{:.3f}".format)


def check_expectations(
    expect: Mapping[str, Any], metrics: Mapping[str, float], *, where: str
) -> tuple[Check, ...]:
    """Compare what a recipe states with what was found.

    Raises
    ------
    FileFormatError
        When [expect] names a number that the run does not produce, or states nothing about it.
    """
    checks = []
    for name, wanted in flat_expectations(expect).items():
        if name not in metrics:
            guess = nearest(name, metrics)
            hint = f" Did you mean {guess!r}?" if guess else ""
            raise FileFormatError(f"{where}, [expect]: the run gives no number {name!r}.{hint}")
        checks.append(_check(name, float(metrics[name]), wanted, where))
    return tuple(checks)


def _check(name: str, found: float, wanted: Mapping[str, Any], where: str) -> Check:
    says, holds = [], [math.isfinite(found)]
    if "value" in wanted:
        value, tolerance = float(wanted["value"]), float(wanted.get("tolerance", 0.0))
        says.append(f"{value:g} ± {tolerance:g}")
        holds.append(abs(found - value) <= tolerance)
    if "at_least" in wanted:
        says.append(f"at least {float(wanted['at_least']):g}")
        holds.append(found >= float(wanted["at_least"]))
    if "at_most" in wanted:
        says.append(f"at most {float(wanted['at_most']):g}")
        holds.append(found <= float(wanted["at_most"]))
    if not says:
        raise FileFormatError(f"{where}, [expect.{name}]: wanted value with tolerance, at_least or at_most.")
    return Check(metric=name, found=found, wanted=" and ".join(says), passed=all(holds))
