"""Silent wrongness: random constants in ten networks, every solve flagged or right; losses; single precision.

Simulations: each network's constants are multiplied by factors from a tenth to ten, all at once, and
simulated in batches with the default settings. What says "success" is compared with libRoadRunner at far
tighter tolerances. A finding is a success that is off by more than a thousandth of the largest value of its
column, where SciPy's integrators at the tight tolerances agree with libRoadRunner ten times better than that;
where these two differ, or both give up within their steps, nobody knows the truth, and points are counted as
undecided or without a reference. Along an oscillation errors of steps grow: it is said how many findings
finer tolerances make right, and how many of the same points libRoadRunner gets wrong, or gives up, with the
tolerances that it has by default.
Losses: residuals of a fit at the same points, with so few steps allowed that many solves fail, beside those
of simulations with the same settings and with the default ones: a finding is one that is finite where its
solve failed, or that is not that of its solve.
Single precision: steady states of ten interaction networks under random inputs, against double precision.
Run: python benchmarks/silent.py [--points 1000] [--parts lotka_volterra nfkb ...]
Parts that are not run keep their results of last time.
"""

from __future__ import annotations

import argparse
from typing import Any

from report import Table, last_run, one_thread, stamped, write

one_thread()

from silent_parts import losses, simulations, single_precision  # noqa: E402
from silent_parts.case import Case  # noqa: E402

NETWORKS = (
    "cell_cycle", "glycolytic_oscillator", "glycolysis", "lotka_volterra", "mapk_cascade", "mapk_oscillator",
    "mitotic_oscillator", "nfkb", "p53_mdm2", "toggle_switch",
)  # fmt: skip
PARTS = (*NETWORKS, "single_precision")


def main() -> None:
    """Measure, and write the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=1000)
    parser.add_argument("--parts", nargs="*", default=PARTS, choices=PARTS)
    options = parser.parse_args()
    last = last_run("silent")
    results = last.get("results", {}) | {part: _measure(part, options.points) for part in options.parts}
    stamps = stamped(last, options.parts)
    shown = [part for part in PARTS if part in results]
    results = {part: results[part] for part in shown}
    write("silent", results, tables(results), parts={part: stamps[part] for part in shown})


def _measure(part: str, points: int) -> dict[str, Any]:
    if part == "single_precision":
        return single_precision.compare(points)
    case = Case(part, points)
    return {"simulations": simulations.compare(case), "losses": losses.compare(case)}


def tables(results: dict[str, dict[str, Any]]) -> list[Table]:
    """Return headings, headers and rows of the tables."""
    networks = [name for name in NETWORKS if name in results]
    found = []
    for kind, title in (
        ("simulations", "Random constants, a tenth to ten times their values"),
        ("losses", f"Residuals of a fit with at most {losses.FEW} steps"),
    ):
        found.append(_table(title, "network", {name: results[name][kind] for name in networks}))
    single = results.get("single_precision", {})
    found.append(_table("Steady states in single precision", "interaction network", single))
    return [table for table in found if table[2]]


def _table(title: str, first: str, found: dict[str, dict[str, Any]]) -> Table:
    header = [first, *next(iter(found.values()), {})]
    return title, header, [[name, *values.values()] for name, values in found.items()]


if __name__ == "__main__":
    main()
