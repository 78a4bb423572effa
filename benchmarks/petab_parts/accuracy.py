"""Log-likelihoods and gradients of the benchmark collection against its references."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np

#: Up to so many parameters, forward sensitivities are computed too.
_FORWARD = 75
HEADER = [
    "problem", "states", "parameters", "log-likelihood", "off", "within the bar", "off AMICI, run here",
    "gradient off (of its largest entry)", "the same, forward",
]  # fmt: skip


def reference_of(data: Path, name: str) -> dict[str, Any]:
    """Return what is known of a problem: `llh`, and whether it was computed again (`llh_verified_here`)."""
    return json.loads((data / name / "reference.json").read_text("utf-8"))


def not_computed_again(data: Path, names: list[str]) -> list[str]:
    """Return the problems whose reference was taken from elsewhere, where versions of the problem differ."""
    return [name for name in names if not reference_of(data, name).get("llh_verified_here", True)]


def measure(data: Path, problem_of: Callable[[str], Any], names: list[str]) -> dict[str, Any]:
    """Return the results of all problems."""
    results = {}
    for name in names:
        reference = reference_of(data, name)
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


def rows(results: dict[str, Any], amici: Mapping[str, float] | None = None) -> list[list[Any]]:
    """Return the rows of the table; with what AMICI makes of problems whose reference is in doubt."""
    beside = {
        name: f"{abs(results[name]['log-likelihood'] - value):.1e}" for name, value in (amici or {}).items()
    }
    return [
        [
            name, one["states"], one["parameters"], f"{one['log-likelihood']:.4f}", f"{one['off']:.1e}",
            "yes" if one["within the bar"] else "NO", beside.get(name, ""),
            *(f"{one[way]:.1e}" if way in one else "-" for way in ("adjoint", "forward")),
        ]
        for name, one in results.items()
    ]  # fmt: skip
