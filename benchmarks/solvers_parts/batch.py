"""1,024 parameter sets of the MAPK cascade in one call, beside libRoadRunner one after the other.

Tolerances 1e-6 and 1e-12, to t = 100, 201 points; the 30 rate constants are drawn with a logarithmic standard
deviation of 0.3. Errors of the first 64 sets are against CVODE at 1e-11 and 1e-18, over each species' largest
value.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from peers.finding import ABSENT, find
from timing import interleaved, medians

import hybridcell as hc
from solvers_parts.cascade import CASCADE, TIMES

SETS, CHECKED, REPEATS, RTOL, ATOL = 1024, 64, 5, 1e-6, 1e-12


def run() -> dict[str, Any]:
    """Time both, and take the errors of both."""
    import pandas as pd

    network = hc.read_sbml(str(CASCADE))
    names = [one.id for one in network.definition.parameters]
    base = np.array([one.value for one in network.definition.parameters], dtype=float)
    sets = base * np.exp(0.3 * np.random.default_rng(0).normal(size=(SETS, len(names))))
    table = pd.DataFrame(sets, columns=names, index=[f"set {k}" for k in range(SETS)])
    solve = hc.Solve(rtol=RTOL, atol=ATOL)
    kept: dict[str, Any] = {}

    def ours() -> None:
        kept["ours"] = hc.simulate(network, t1=TIMES[-1], ts=TIMES, conditions=table, solve=solve)
        np.asarray(kept["ours"].values)

    if find("libRoadRunner") is None:
        median = medians(interleaved({"ours": ours}, REPEATS))
        succeeded = int(kept["ours"].success.sum())
        figures = {"sets": SETS, "ms per solve": 1e3 * median["ours"] / SETS, "succeeded": succeeded}
        return {**figures, "libRoadRunner": ABSENT}
    species = list(network.equations.states)
    runner = _runner(species)

    def theirs() -> None:
        kept["theirs"] = _solves(runner, names, sets[:CHECKED], RTOL, ATOL)

    median = medians(interleaved({"ours": ours, "theirs": theirs}, REPEATS))
    wanted = _solves(runner, names, sets[:CHECKED], 1e-11, 1e-18)
    scale = np.abs(wanted).max(axis=1, keepdims=True)
    found = np.asarray(kept["ours"].values)[:CHECKED]
    own, other = 1e3 * median["ours"] / SETS, 1e3 * median["theirs"] / CHECKED
    return {
        "sets": SETS,
        "ms per solve": own,
        "libRoadRunner ms per solve": other,
        "times faster": other / own,
        "error": float((np.abs(found - wanted) / scale).max()),
        "libRoadRunner error": float((np.abs(kept["theirs"] - wanted) / scale).max()),
        "succeeded": int(kept["ours"].success.sum()),
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
    """Return heading, header and rows of the table."""
    shown = [f"{v:.1e}" if "error" in k and isinstance(v, float) else v for k, v in results.items()]
    return [(f"{SETS:,} parameter sets of that cascade in one call", list(results), [shown])]
