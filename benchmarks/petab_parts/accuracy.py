"""Log-likelihoods and gradients of the benchmark collection against its references."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np

#: Up to so many parameters, forward sensitivities are computed too.
_FORWARD = 75
HEADER = [
    "problem", "states", "parameters", "log-likelihood", "off", "within the bar",
    "gradient off (of its largest entry)", "the same, forward",
]  # fmt: skip


def measure(data: Path, problem_of: Callable[[str], Any], names: list[str]) -> dict[str, Any]:
    """Return the results of all problems."""
    results = {}
    for name in names:
        reference = json.loads((data / name / "reference.json").read_text("utf-8"))
        problem = problem_of(name)
        value, wanted = problem.log_likelihood(), reference["llh"]
        results[name] = {
            "states": len(problem.model.equations.states),
            "parameters": len(problem.free),
            "log-likelihood": value,
            "reference": wanted,
            "off": abs(value - wanted),
            "within the bar": bool(abs(value - wanted) <= 1e-3 + 1e-4 * abs(wanted)),
            **_gradients(problem, reference.get("perturbed_point", {})),
        }
        print(name, results[name], flush=True)
        jax.clear_caches()
    return results


def _gradients(problem: Any, point: dict[str, Any]) -> dict[str, float]:
    if "gradient_scaled" not in point:
        return {}
    theta = np.array([point["theta_scaled"][id] for id in problem.free])
    wanted = np.array([point["gradient_scaled"][id] for id in problem.free])
    size = np.abs(wanted).max()
    found = {"adjoint": float(np.abs(problem.gradient(theta).to_numpy() - wanted).max() / size)}
    if problem.objective.has_least_squares and len(problem.free) <= _FORWARD:
        r, j = problem.compiled.residuals(theta[None])
        slope = -np.asarray(r)[0] @ np.asarray(j)[0]
        found["forward"] = float(np.abs(slope - wanted).max() / size)
    return found


def rows(results: dict[str, Any]) -> list[list[Any]]:
    """Return the rows of the table."""
    return [
        [
            name, one["states"], one["parameters"], f"{one['log-likelihood']:.4f}", f"{one['off']:.1e}",
            "yes" if one["within the bar"] else "NO",
            *(f"{one[way]:.1e}" if way in one else "-" for way in ("adjoint", "forward")),
        ]
        for name, one in results.items()
    ]  # fmt: skip
