"""Fits from the same number of random starts by pyPESTO (AMICI, L-BFGS-B) and by us, in one run.

Each draws its own starts within the problem's bounds.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax.random as jr
import numpy as np
from peers.finding import ABSENT, find

PROBLEM, STARTS = "Boehm_JProteomeRes2014", 20
HEADER = ["program", "starts", "best", "median", "within 1 of the best of all", "evaluations a start",
          "CPU s a start"]  # fmt: skip


def measure(problem_of: Callable[[str], Any], data: Path, models: str) -> dict[str, Any]:
    """Return what each program found, and what it took."""
    problem = problem_of(PROBLEM)
    problem.fit(n_starts=STARTS, key=jr.key(1))  # compiles, as AMICI has built its model before
    began = time.process_time()
    found = problem.fit(n_starts=STARTS, key=jr.key(0))
    own = {
        "starts": STARTS,
        "values": [float(run.value) for run in found.runs],
        "evaluations": float(np.mean([run.evaluations for run in found.runs])),
        "seconds": (time.process_time() - began) / STARTS,
    }
    python = find("pyPESTO", "AMICI")
    if python is None:
        return {"hybridcell": own, "pyPESTO": ABSENT}
    script = Path(__file__).parent / "pypesto_peer.py"
    command = [python, str(script), models, str(STARTS), str(data / PROBLEM / f"{PROBLEM}.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    peer = json.loads(done.stdout.strip().splitlines()[-1])
    return {"hybridcell": own, "pyPESTO": peer, "times faster than pyPESTO": peer["seconds"] / own["seconds"]}


def rows(results: dict[str, Any]) -> list[list[Any]]:
    """Return the rows of the table."""
    programs = {name: one for name, one in results.items() if isinstance(one, dict)}
    best = min((min(one["values"]) for one in programs.values()), default=0.0)
    found: list[list[Any]] = [
        [
            name, one["starts"], f"{min(one['values']):.5f}", f"{np.median(one['values']):.5f}",
            sum(value < best + 1 for value in one["values"]), one["evaluations"], one["seconds"],
        ]
        for name, one in programs.items()
    ]  # fmt: skip
    if results.get("pyPESTO") == ABSENT:
        found.append(["pyPESTO", ABSENT, *[""] * (len(HEADER) - 2)])
    return found
