"""The one page of benchmarks, from results/*.json: docs/reference/benchmarks.md and the table in README.md.

Every benchmark runs this when it has written its results. Standard library only.
Run: python benchmarks/overview.py
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from goals import GOALS, MISSED, REACHED, UNMEASURED, Goal, Runs

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "reference" / "benchmarks.md"
README = HERE.parent / "README.md"
BEGIN, END = "<!-- speed:begin -->", "<!-- speed:end -->"
_INTRODUCTION = """# Benchmarks

Written from `benchmarks/results/*.json` by `benchmarks/overview.py`; `make bench` measures anew. Times are
CPU seconds on one thread. A peer's figure comes from the same run on the same machine. Trust ratios rather
than times: another machine has other times. A missed goal says so.
"""


def read_runs(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the last run of every benchmark, by name."""
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}


def show(value: float | None, unit: str = "") -> str:
    """Return a figure in three digits, with its unit."""
    if value is None:
        return UNMEASURED
    digits = f"{value:.1e}" if 0 < abs(value) < 1e-3 else f"{value:.3g}"
    if value >= 1000:
        digits = f"{value:,.0f}"
    return f"{digits} {unit}".strip() if unit != "x" else f"{digits}x"


def goal_row(goal: Goal, runs: Runs) -> list[str]:
    """Return a goal's row: what, goal, measured, peer, ratio, whether reached, when, on what."""
    found, limit = goal.figure.number(runs), goal.limit(runs)
    theirs = None if goal.peers_figure is None else goal.peers_figure.number(runs)
    peer = ratio = ""
    if goal.peer:
        peer = f"{goal.peer}: {show(theirs, goal.unit)}"
        ratio = "" if not found or not theirs else f"{theirs / found:.3g}"
    bound = f"{goal.sense} {show(limit, goal.unit)}".replace("<=", "≤").replace(">=", "≥")
    if limit is None:
        bound = f"{'≤' if goal.sense == '<=' else '≥'} {goal.peer}"
    about = goal.figure.measured(runs) if found is not None else {}
    return [
        goal.what, bound, show(found, goal.unit), peer, ratio, goal.verdict(runs),
        about.get("date", ""), machine_of(about),
    ]  # fmt: skip


def machine_of(about: Any) -> str:
    """Return the kind of machine of a run, with its processor where that was noted."""
    return ", ".join(part for part in (about.get("processor"), about.get("machine")) if part)


def peer_rows(runs: Runs) -> list[list[str]]:
    """Return, for each peer and benchmark, the version that ran or that it was not installed."""
    rows = [
        [peer, found, f"`{name}`", run["date"]]
        for name, run in runs.items()
        for peer, found in run.get("peers", {}).items()
    ]
    return sorted(rows)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a Markdown table."""
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return lines + ["| " + " | ".join(row) + " |" for row in cells]


def page(runs: Runs) -> str:
    """Return the page."""
    rows = [goal_row(goal, runs) for goal in GOALS]
    verdicts = [row[5] for row in rows]
    counted = (
        f"{verdicts.count(REACHED)} of {len(rows)} goals are reached, {verdicts.count(MISSED)} missed, "
        f"{verdicts.count(UNMEASURED)} not measured."
    )
    lines = [_INTRODUCTION, "## Goals", "", counted, ""]
    lines += table(["what", "goal", "measured", "peer", "peer / ours", "reached", "date", "machine"], rows)
    lines += ["", "## Peers", "", "What ran beside the library in the last run of each benchmark.", ""]
    lines += table(["peer", "version", "benchmark", "date"], peer_rows(runs))
    lines += ["", "## All results", "", "Each benchmark writes its own tables.", ""]
    listed = [[f"`benchmarks/results/{name}.md`", run["date"], machine_of(run)] for name, run in runs.items()]
    lines += table(["tables", "date of the last run", "machine"], listed)
    return "\n".join(lines) + "\n"


def readme_table(runs: Runs) -> str:
    """Return the short table: one line for goals that share a name."""
    rows = []
    for line in dict.fromkeys(goal.line for goal in GOALS):
        shared = [goal_row(goal, runs) for goal in GOALS if goal.line == line]
        verdict = {row[5] for row in shared}
        peers = dict.fromkeys(row[3] for row in shared if row[3])
        rows.append(
            [
                line,
                "; ".join(row[1] for row in shared),
                "; ".join(row[2] for row in shared),
                "; ".join(peers),
                verdict.pop() if len(verdict) == 1 else "; ".join(row[5] for row in shared),
            ]
        )
    return "\n".join(table(["what", "goal", "measured", "peer in the same run", "reached"], rows)) + "\n"


def between_markers(text: str, inner: str) -> str:
    """Return a text with what stands between the markers replaced; unchanged where there are none."""
    if BEGIN not in text or END not in text:
        return text
    before, rest = text.split(BEGIN, 1)
    return f"{before}{BEGIN}\n{inner}{END}{rest.split(END, 1)[1]}"


def main() -> None:
    """Write the page and the table."""
    runs = read_runs(HERE / "results")
    PAGE.write_text(page(runs), encoding="utf-8")
    text = README.read_text(encoding="utf-8")
    filled = between_markers(text, readme_table(runs))
    if filled != text:
        README.write_text(filled, encoding="utf-8")


if __name__ == "__main__":
    main()
