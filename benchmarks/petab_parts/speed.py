"""What a likelihood and its gradient cost: of one vector, of 64 at once, and the first time."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

REPEATS, BATCH = 15, 64
HEADER = [
    "problem", "parameters", "simulate", "gradient", "AMICI simulate", "AMICI gradient", "gradient / AMICI",
    "64 at once, a gradient", "64 at once / AMICI", "log_likelihood() / simulate_petab",
]  # fmt: skip
FIRST_HEADER = ["problem", "empty cache", "filled cache", "AMICI builds for"]
_FIRST = """
import resource, sys
import hybridcell as hc
import hybridcell.fit.petab.read, libsbml, pandas
started = resource.getrusage(resource.RUSAGE_SELF)
hc.read_petab(sys.argv[1]).gradient()
ended = resource.getrusage(resource.RUSAGE_SELF)
print(ended.ru_utime + ended.ru_stime - started.ru_utime - started.ru_stime)
"""


def median_ms(function: Any, repeats: int = REPEATS) -> float:
    """Return the median CPU time of a call whose result lies in memory when it returns."""
    function()
    times = []
    for _ in range(repeats):
        started = time.process_time()
        function()
        times.append(time.process_time() - started)
    return 1e3 * statistics.median(times)


def measure(problem_of: Callable[[str], Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Return the results of all problems."""
    results = {}
    for name in names:
        problem = problem_of(name)
        theta = problem.nominal
        # other starts near the nominal point, all of which can be simulated
        many = theta + 0.01 * np.random.default_rng(0).normal(size=(BATCH, len(theta)))
        many = np.clip(many, problem.lower, problem.upper)
        results[name] = {
            "parameters": len(theta),
            "simulate": median_ms(problem.log_likelihood),
            "gradient": median_ms(problem.gradient),
            "batched": median_ms(partial(problem.gradient, many), 3) / BATCH,
        }
        print(name, results[name], flush=True)
    return results


def rows(results: dict[str, Any], peer: dict[str, Any]) -> list[list[Any]]:
    """Return the rows of the table."""
    found = []
    for name, one in results.items():
        row = [name, one["parameters"], one["simulate"], one["gradient"]]
        other = peer.get(name, {})
        if "gradient ms" in other:
            theirs = other["gradient ms"]
            whole = one["simulate"] / other["simulate_petab, simulate ms"]
            row += [other["simulate ms"], theirs, one["gradient"] / theirs]
            row += [one["batched"], one["batched"] / theirs, whole]
        else:
            row += ["-", "-", "-", one["batched"], "-", "-"]
        found.append(row)
    return found


def first_gradients(data: Path, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the CPU seconds from YAML to the first gradient, in fresh processes, without the imports."""
    results = {}
    for name in names:
        with tempfile.TemporaryDirectory() as cache:
            environment = {**os.environ, "HYBRIDCELL_CACHE": cache}
            command = [sys.executable, "-c", _FIRST, str(data / name / f"{name}.yaml")]
            seconds = []
            for _ in range(2):
                done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
                seconds.append(float(done.stdout.strip().splitlines()[-1]))
        results[name] = dict(zip(("empty cache", "filled cache"), seconds))
        print(name, results[name], flush=True)
    return results


def first_rows(results: dict[str, Any], peer: dict[str, Any]) -> list[list[Any]]:
    """Return the rows of the table."""
    return [
        [name, one["empty cache"], one["filled cache"], peer.get(name, {}).get("build CPU s") or "-"]
        for name, one in results.items()
    ]
