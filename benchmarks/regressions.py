"""Which ratios and errors got worse since the last committed run.

Times depend on the machine and are left out; ratios to a peer of the same run, and errors, should not. A
benchmark that ran on another kind of machine than the committed one is named and not compared.
Run: python benchmarks/regressions.py [--against REVISION] [--threshold 1.25]
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from overview import machine_of, read_runs, table

HERE = Path(__file__).parent
THRESHOLD = 1.25
#: Errors below are rounding: one may well be many times another.
ROUNDING = 1e-9
#: Words in a figure's name that say what it is. A ratio says by its words which way is worse.
_WORSE_WHEN_SMALLER = (
    "faster", "throughput", "share of", "over hybridcell", "over the steady state", "over single fits", "r2",
)  # fmt: skip
_WORSE_WHEN_LARGER = (
    "error", "ratio", "residual", "difference", "deviation", "off by", "rmse", "member / fit", "unusable",
    "working memory",
)  # fmt: skip
_PEERS = (
    "libroadrunner", "copasi", "scipy", "casadi", "pytorch", "amici", "pypesto", "package", "numpy", "scan",
    "ridge",
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """A figure in the committed and in the fresh run; `worse` is by which factor, below 1 where better."""

    benchmark: str
    figure: str
    before: float
    after: float
    worse: float


def direction(path: tuple[str, ...]) -> int:
    """Return 1 where larger figures are worse, -1 where smaller ones are, 0 where it is none to compare.

    The last key that says something decides. Figures of peers alone are theirs to watch.
    """
    for key in reversed(path):
        name = key.lower()
        if any(word in name for word in _WORSE_WHEN_SMALLER):
            return 0 if name.endswith(_PEERS) else -1
        if any(word in name for word in _WORSE_WHEN_LARGER):
            return 0 if name.startswith(_PEERS) or name.endswith(_PEERS) else 1
    return 0


def figures(results: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], float]]:
    """Yield the path and value of every finite number; of a list of numbers the median."""
    if isinstance(results, Mapping):
        for key, value in results.items():
            yield from figures(value, (*path, str(key)))
        return
    if isinstance(results, list) and results and all(_is_number(value) for value in results):
        results = statistics.median(results)
    if _is_number(results) and math.isfinite(results):
        yield path, float(results)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def factor(before: float, after: float, sense: int) -> float:
    """Return how many times worse a figure has become; errors that are rounding count as equal."""
    small, large = (before, after) if sense > 0 else (after, before)
    return max(abs(large), ROUNDING) / max(abs(small), ROUNDING)


def changes(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return what can be compared between two runs of a benchmark on one kind of machine."""
    old = dict(figures(before.get("results", {})))
    found = []
    for path, value in figures(after.get("results", {})):
        sense = direction(path)
        if sense and path in old:
            worse = factor(old[path], value, sense)
            found.append(Change(name, ", ".join(path), old[path], value, worse))
    return found


def same_machine(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Tell whether two runs are of one kind of machine, as far as both say."""
    processors = {run["processor"] for run in (before, after) if run.get("processor")}
    return before.get("machine") == after.get("machine") and len(processors) < 2


def committed(revision: str, name: str) -> dict[str, Any] | None:
    """Return a benchmark's results as they stand in a revision; None where they do not or there is no git."""
    command = ["git", "show", f"{revision}:./results/{name}.json"]
    try:
        done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return json.loads(done.stdout)


def report(
    before: Mapping[str, Mapping[str, Any] | None], after: Mapping[str, Mapping[str, Any]], threshold: float
) -> str:
    """Return the report on fresh runs beside committed ones."""
    compared: list[Change] = []
    notes = []
    for name, run in after.items():
        last = before.get(name)
        if last is None:
            notes.append(f"{name}: no committed run to compare with.")
        elif last == run:
            notes.append(f"{name}: not run since the commit.")
        elif not same_machine(last, run):
            notes.append(
                f"{name}: not compared, {machine_of(run)} is another kind of machine than "
                f"{machine_of(last)} of the committed run."
            )
        else:
            compared += changes(name, last, run)
    worse = sorted((c for c in compared if c.worse > threshold), key=lambda c: -c.worse)
    better = sum(c.worse < 1 / threshold for c in compared)
    counted = f"{len(compared)} ratios and errors compared: {len(worse)} worse by more than {threshold:g}x"
    lines = ["# Regressions", "", f"{counted}, {better} better by as much.", ""]
    if worse:
        rows = [
            [c.benchmark, c.figure, f"{c.before:.4g}", f"{c.after:.4g}", f"{c.worse:.2f}x"] for c in worse
        ]
        lines += [*table(["benchmark", "figure", "committed", "now", "worse by"], rows), ""]
    return "\n".join([*lines, *(f"- {note}" for note in notes)]) + "\n"


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--against", default="HEAD", help="the revision that holds the runs to compare with")
    parser.add_argument("--threshold", type=float, default=THRESHOLD)
    options = parser.parse_args()
    runs = read_runs(HERE / "results")
    print(report({name: committed(options.against, name) for name in runs}, runs, options.threshold))


if __name__ == "__main__":
    main()
