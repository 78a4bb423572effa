"""300 species and 600 random reactions: one solve, beside libRoadRunner's CVODE.

Tolerances 1e-6 and 1e-9, to t = 100, 101 points; everything loaded and compiled. Errors are against CVODE at
1e-11 and 1e-14, over each species' largest value. Work is compared at equal precision, as solvers make errors
of different sizes at one tolerance: the library at the loosest whose error is no larger than CVODE's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from peers.finding import ABSENT, find
from timing import interleaved, median_ratio, medians

import hybridcell as hc
from solvers_parts.random_network import random_sbml

SPECIES, REACTIONS, REPEATS, RTOL, ATOL = 300, 600, 9, 1e-6, 1e-9
#: Tolerances that are tried, from the loosest; absolute ones are a thousandth of them.
LADDER = (1e-4, 3e-5, 1e-5, 5e-6, 3e-6, RTOL)
TIMES = np.linspace(0.0, 100.0, 101)


def run() -> dict[str, Any]:
    """Time both, and take the errors of both."""
    text = random_sbml(SPECIES, REACTIONS)
    network = hc.read_sbml(text)
    kept: dict[str, Any] = {}

    def ours(rtol: float = RTOL) -> None:
        solve = hc.Solve(rtol=rtol, atol=1e-3 * rtol)
        kept["ours"] = np.asarray(hc.simulate(network, t1=TIMES[-1], ts=TIMES, solve=solve).values)[0]

    sizes = {"species": SPECIES, "reactions": REACTIONS}
    if find("libRoadRunner") is None:
        median = medians(interleaved({"ours": ours}, REPEATS))
        return {**sizes, "ms": 1e3 * median["ours"], "libRoadRunner": ABSENT}
    import roadrunner

    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
    runner = roadrunner.RoadRunner(text)
    runner.timeCourseSelections = [f"[{name}]" for name in network.equations.states]

    def theirs(rtol: float = RTOL, atol: float = ATOL) -> None:
        runner.reset()
        runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = rtol, atol
        kept["theirs"] = np.array(runner.simulate(0.0, TIMES[-1], len(TIMES)))

    theirs(1e-11, 1e-14)
    wanted = kept["theirs"]
    scale = np.abs(wanted).max(axis=0)

    def error(job: Any, who: str) -> float:
        job()
        return float((np.abs(kept[who] - wanted) / scale).max())

    their_error = error(theirs, "theirs")
    errors = {rtol: error(lambda rtol=rtol: ours(rtol), "ours") for rtol in LADDER}
    rtol = next((r for r in LADDER if errors[r] <= their_error), RTOL)
    jobs = {"ours": lambda: ours(rtol), "same tolerance": ours, "theirs": theirs}
    seconds = interleaved(jobs, REPEATS)
    median = medians(seconds)
    return {
        **sizes,
        "rtol": rtol,
        "ms": 1e3 * median["ours"],
        "libRoadRunner ms": 1e3 * median["theirs"],
        "times faster": median_ratio(seconds, "theirs", "ours"),
        "error": errors[rtol],
        "libRoadRunner error": their_error,
        "ms at 1e-6": 1e3 * median["same tolerance"],
        "error at 1e-6": errors[RTOL],
    }


def tables(results: dict[str, Any]) -> list[tuple[str, list[str], list[list[Any]]]]:
    """Return heading, header and rows of the table."""
    shown = [
        f"{v:.1e}" if ("error" in k or k == "rtol") and isinstance(v, float) else v
        for k, v in results.items()
    ]
    return [("One solve of a large random network", list(results), [shown])]
