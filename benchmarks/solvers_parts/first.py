"""1,000 reactions: from the file to the first result in a fresh process, imports not counted, CPU seconds.

Cold: with an empty cache of compiled programs. Warm: with what the cold run left there. 500 species, to
t = 10, 101 points, tolerance 1e-6; medians of fresh processes that take turns.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from peers.finding import ABSENT, find

from solvers_parts.random_network import random_sbml

SPECIES, REACTIONS, REPEATS = 500, 1000, 3
_OURS = """
import sys, time
import hybridcell as hc
start = time.process_time()
hc.simulate(hc.read_sbml(sys.argv[1]), t1=10.0, n_points=101, solve=hc.Solve(rtol=1e-6, backend=sys.argv[2]))
print(time.process_time() - start)
"""
_THEIRS = """
import sys, time
import roadrunner
roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
start = time.process_time()
roadrunner.RoadRunner(sys.argv[1]).simulate(0.0, 10.0, 101)
print(time.process_time() - start)
"""


def run() -> dict[str, Any]:
    """Time fresh processes."""
    seconds: dict[str, list[float]] = {"cold": [], "warm": [], "NumPy backend": []}
    peer = find("libRoadRunner")
    if peer is not None:
        seconds["libRoadRunner"] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.xml"
        path.write_text(random_sbml(SPECIES, REACTIONS), encoding="utf-8")
        for turn in range(REPEATS):
            cache = f"{folder}/cache{turn}"
            for which in ("cold", "warm"):
                seconds[which].append(_fresh(sys.executable, _OURS, cache, str(path), "jax"))
            seconds["NumPy backend"].append(_fresh(sys.executable, _OURS, cache, str(path), "numpy"))
            if peer is not None:
                seconds["libRoadRunner"].append(_fresh(peer, _THEIRS, cache, str(path)))
    found: dict[str, Any] = {name: float(np.median(one)) for name, one in seconds.items()}
    return {
        "species": SPECIES,
        "reactions": REACTIONS,
        **found,
        **({} if peer else {"libRoadRunner": ABSENT}),
    }


def _fresh(python: str, code: str, cache: str, *arguments: str) -> float:
    environment = {**os.environ, "HYBRIDCELL_CACHE": cache}
    # else Python would compile the package anew in each process, which it does once for a user
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [python, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return float(done.stdout.splitlines()[-1])


def tables(results: dict[str, Any]) -> list[tuple[str, list[str], list[list[Any]]]]:
    """Return heading, header and rows of the table."""
    heading = "From the file to the first result, fresh processes, CPU s"
    return [(heading, list(results), [list(results.values())])]
