"""1,024 parameter sets of the MAPK cascade in one call, beside libRoadRunner one after the other.

To t = 100, 201 points; the 30 rate constants are drawn with a logarithmic standard deviation of 0.3. Solvers
make errors of different sizes at one tolerance, so that work is compared at equal precision: libRoadRunner at
its own default (1e-6), the library at the loosest tolerance whose worst error is no larger. The table shows
both at all tolerances. Errors of the first 256 sets are against CVODE at 1e-11 and 1e-18, over each species'
largest value.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from peers.finding import ABSENT, find
from timing import interleaved, medians

import hybridcell as hc
from solvers_parts.cascade import CASCADE, TIMES

SETS, CHECKED, REPEATS = 1024, 256, 3
#: Relative tolerances; absolute ones are a millionth of them.
OURS = (1e-4, 5e-5, 3e-5, 2e-5, 1e-5, 7e-6, 5e-6, 3e-6, 2e-6, 1e-6, 1e-7, 1e-8)
THEIRS = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8)
#: What libRoadRunner takes when nothing is said.
USUAL = 1e-6


def run() -> dict[str, Any]:
    """Time both, and take the errors of both."""
    import pandas as pd

    network = hc.read_sbml(str(CASCADE))
    names = [one.id for one in network.definition.parameters]
    base = np.array([one.value for one in network.definition.parameters], dtype=float)
    sets = base * np.exp(0.3 * np.random.default_rng(0).normal(size=(SETS, len(names))))
    table = pd.DataFrame(sets, columns=names, index=[f"set {k}" for k in range(SETS)])
    kept: dict[tuple[str, float], Any] = {}

    def ours(rtol: float) -> None:
        solve = hc.Solve(rtol=rtol, atol=1e-6 * rtol)
        kept["hybridcell", rtol] = hc.simulate(network, t1=TIMES[-1], ts=TIMES, conditions=table, solve=solve)
        np.asarray(kept["hybridcell", rtol].values)

    if find("libRoadRunner") is None:
        median = medians(interleaved({"ours": lambda: ours(USUAL)}, REPEATS))
        succeeded = int(kept["hybridcell", USUAL].success.sum())
        figures = {"sets": SETS, "ms per solve": 1e3 * median["ours"] / SETS, "succeeded": succeeded}
        return {**figures, "libRoadRunner": ABSENT}
    runner = _runner(list(network.equations.states))
    wanted = _solves(runner, names, sets[:CHECKED], 1e-11, 1e-18)
    scale = np.abs(wanted).max(axis=1, keepdims=True)

    def theirs(rtol: float) -> None:
        kept["libRoadRunner", rtol] = _solves(runner, names, sets[:CHECKED], rtol, 1e-6 * rtol)

    def row(program: str, rtol: float, seconds: float) -> dict[str, Any]:
        found = kept[program, rtol]
        values = found if isinstance(found, np.ndarray) else np.asarray(found.values)[:CHECKED]
        worst = (np.abs(values - wanted) / scale).max(axis=(1, 2))
        n = CHECKED if program == "libRoadRunner" else SETS
        figures = {"ms per solve": 1e3 * seconds / n, "error": float(worst.max())}
        return {"program": program, "rtol": rtol, **figures, "median error": float(np.median(worst))}

    rows = []
    for rtol in sorted({*OURS, *THEIRS}, reverse=True):
        jobs = {}
        if rtol in OURS:
            jobs["hybridcell"] = lambda rtol=rtol: ours(rtol)
        if rtol in THEIRS:
            jobs["libRoadRunner"] = lambda rtol=rtol: theirs(rtol)
        median = medians(interleaved(jobs, REPEATS))
        rows += [row(program, rtol, seconds) for program, seconds in median.items()]
    usual = next(r for r in rows if r["program"] == "libRoadRunner" and r["rtol"] == USUAL)
    good = [r for r in rows if r["program"] == "hybridcell" and r["error"] <= usual["error"]]
    best = min(good, key=lambda r: r["ms per solve"])
    return {
        "sets": SETS,
        "rtol": best["rtol"],
        "ms per solve": best["ms per solve"],
        "libRoadRunner ms per solve": usual["ms per solve"],
        "times faster": usual["ms per solve"] / best["ms per solve"],
        "error": best["error"],
        "libRoadRunner error": usual["error"],
        "succeeded": int(kept["hybridcell", best["rtol"]].success.sum()),
        "precision": rows,
    }


def _runner(species: list[str]) -> Any:
    import roadrunner

    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
    runner = roadrunner.RoadRunner(str(CASCADE))
    runner.timeCourseSelections = [f"[{name}]" for name in species]
    return runner


def _solves(runner: Any, names: list[str], sets: np.ndarray, rtol: float, atol: float) -> np.ndarray:
    runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = rtol, atol
    found = []
    for row in sets:
        runner.reset()
        for name, value in zip(names, row):
            runner[name] = value
        found.append(np.array(runner.simulate(0.0, TIMES[-1], len(TIMES))))
    return np.stack(found)


def tables(results: dict[str, Any]) -> list[tuple[str, list[str], list[list[Any]]]]:
    """Return headings, headers and rows of the tables."""
    shown = {name: value for name, value in results.items() if name != "precision"}
    title = f"{SETS:,} parameter sets of that cascade in one call"
    found = [(title, list(shown), [[_shown(name, value) for name, value in shown.items()]])]
    if rows := results.get("precision"):
        cells = [[_shown(name, value) for name, value in row.items()] for row in rows]
        found.append(("The same at other tolerances: work and worst error", list(rows[0]), cells))
    return found


def _shown(name: str, value: Any) -> Any:
    exact = isinstance(value, float) and ("error" in name or name == "rtol")
    return f"{value:.1e}" if exact else value
