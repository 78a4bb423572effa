"""Fits from many starts, jointly and hierarchically."""

from __future__ import annotations

import resource
from collections.abc import Callable
from typing import Any

import jax.random as jr
import numpy as np

#: Minus the log-likelihood that is to be found; that of Fujita is of the nominal parameters.
FITTED = {
    "Boehm_JProteomeRes2014": 138.22200,
    "Fujita_SciSignal2010": -53.08378,
    "Raia_CancerResearch2011": 346.08978,
}
HEADER = [
    "problem", "how", "parameters", "-log-likelihood, best", "reference", "within 0.01 of it", "within 1",
    "evaluations a start", "CPU s a start",
]  # fmt: skip


def cpu() -> float:
    """Return CPU seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measure(problem_of: Callable[[str], Any], starts: int) -> dict[str, Any]:
    """Return the results of all fits."""
    results = {}
    for name, known in FITTED.items():
        problem = problem_of(name)
        ways = {"joint": problem, "hierarchical": problem.hierarchical(numerical=name.startswith("Raia"))}
        for how, one in ways.items():
            started = cpu()
            found = one.fit(n_starts=starts, key=jr.key(0))
            seconds = cpu() - started
            values = np.array([run.value for run in found.runs])
            best = float(np.nanmin(values))
            results[f"{name}, {how}"] = {
                "problem": name, "how": how, "starts": starts, "best": best, "reference": known,
                "parameters": len(found.best.theta), "near": int(np.sum(values < known + 0.01)),
                "nearly": int(np.sum(values < known + 1)),
                "evaluations": float(np.mean([run.evaluations for run in found.runs])),
                "seconds": seconds / starts,
            }  # fmt: skip
            print(results[f"{name}, {how}"], flush=True)
    return results


def rows(results: dict[str, Any]) -> list[list[Any]]:
    """Return the rows of the table."""
    return [
        [
            one["problem"], one["how"], one["parameters"], f"{one['best']:.5f}", f"{one['reference']:.5f}",
            f"{one['near']} of {one['starts']}", one.get("nearly", ""), one["evaluations"], one["seconds"],
        ]
        for one in results.values()
    ]  # fmt: skip
