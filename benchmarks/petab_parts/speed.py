"""What a likelihood and its gradient cost: of one vector, of 64 at once, and the first time."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import hybridcell as hc

REPEATS, BATCH = 15, 64
HEADER = [
    "problem", "parameters", "simulate", "gradient", "AMICI simulate", "AMICI gradient", "gradient / AMICI",
    "64 at once, a gradient", "64 at once / AMICI", "log_likelihood() / simulate_petab",
]  # fmt: skip
FIRST_HEADER = ["problem", "empty cache", "filled cache", "AMICI builds for"]
_FIRST = """
import resource, sys
import hybridcell as hc
import jax
started = resource.getrusage(resource.RUSAGE_SELF)
hc.read_petab(sys.argv[1]).gradient()
ended = resource.getrusage(resource.RUSAGE_SELF)
print(ended.ru_utime + ended.ru_stime - started.ru_utime - started.ru_stime)
"""


def cpu() -> float:
    """Return CPU seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def median_ms(function: Any, repeats: int = REPEATS) -> float:
    """Return the median CPU time of a call whose result lies in memory when it returns."""
    function()
    times = []
    for _ in range(repeats):
        started = time.process_time()
        function()
        times.append(time.process_time() - started)
    return 1e3 * statistics.median(times)


def measure(data: Path, names: tuple[str, ...], peer: dict[str, Any]) -> tuple[list[list[Any]], dict[str, Any]]:
    """Return rows and results; `peer` holds what AMICI measured."""
    rows, results = [], {}
    for name in names:
        problem = hc.read_petab(data / name / f"{name}.yaml")
        theta = problem.nominal
        # other starts near the nominal point, all of which can be simulated
        many = theta + 0.01 * np.random.default_rng(0).normal(size=(BATCH, len(theta)))
        many = np.clip(many, problem.lower, problem.upper)
        own = {
            "simulate ms": median_ms(problem.log_likelihood),
            "gradient ms": median_ms(problem.gradient),
            f"gradient of {BATCH} at once, each, ms": median_ms(lambda: problem.gradient(many), 3) / BATCH,  # noqa: B023
        }
        other = peer.get(name, {})
        results[name] = {"hybridcell": own, "AMICI": other}
        mine, batched = own["gradient ms"], own[f"gradient of {BATCH} at once, each, ms"]
        row = [name, len(theta), own["simulate ms"], mine]
        if "gradient ms" in other:
            theirs = other["gradient ms"]
            whole = own["simulate ms"] / other["simulate_petab, simulate ms"]
            row += [other["simulate ms"], theirs, mine / theirs, batched, batched / theirs, whole]
        else:
            row += ["-", "-", "-", batched, "-", "-"]
        rows.append(row)
        print(row, flush=True)
    return rows, results


def first_gradients(
    data: Path, names: tuple[str, ...], peer: dict[str, Any] | None = None
) -> tuple[list[list[Any]], dict[str, Any]]:
    """Return the CPU seconds from YAML to the first gradient, in fresh processes, without the imports."""
    rows, results = [], {}
    for name in names:
        with tempfile.TemporaryDirectory() as cache:
            environment = {**os.environ, "HYBRIDCELL_CACHE": cache}
            command = [sys.executable, "-c", _FIRST, str(data / name / f"{name}.yaml")]
            cold, warm = (
                float(
                    subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
                    .stdout.strip()
                    .splitlines()[-1]
                )
                for _ in range(2)
            )
        build = (peer or {}).get(name, {}).get("build CPU s")
        results[name] = {"empty cache": cold, "filled cache": warm, "AMICI builds": build}
        rows.append([name, cold, warm, "-" if build is None else build])
        print(rows[-1], flush=True)
    return rows, results
