"""Log-likelihoods and gradients of the benchmark collection against its references."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jax
import numpy as np

import hybridcell as hc

HEADER = ["problem", "states", "parameters", "log-likelihood", "off", "gradient off (max-norm, relative)", "forward"]


def measure(data: Path, names: list[str]) -> tuple[list[list[Any]], dict[str, Any]]:
    """Return rows and results of all problems."""
    rows, results = [], {}
    for name in names:
        reference = json.loads((data / name / "reference.json").read_text("utf-8"))
        problem = hc.read_petab(data / name / f"{name}.yaml")
        value = problem.log_likelihood()
        found: dict[str, Any] = {"log-likelihood": value, "reference": reference["llh"]}
        found["off"] = abs(value - reference["llh"])
        found["within bar"] = found["off"] <= 1e-3 + 1e-4 * abs(reference["llh"])
        point = reference.get("perturbed_point", {})
        adjoint = forward = "-"
        if "gradient_scaled" in point:
            theta = np.array([point["theta_scaled"][id] for id in problem.free])
            wanted = np.array([point["gradient_scaled"][id] for id in problem.free])
            size = np.abs(wanted).max()
            found["adjoint off"] = float(np.abs(problem.gradient(theta).to_numpy() - wanted).max() / size)
            adjoint = f"{found['adjoint off']:.1e}"
            if problem.objective.has_least_squares and len(problem.free) <= 75:
                r, j = problem.compiled.residuals(theta[None])
                slope = -np.asarray(r)[0] @ np.asarray(j)[0]
                found["forward off"] = float(np.abs(slope - wanted).max() / size)
                forward = f"{found['forward off']:.1e}"
        states = len(problem.model.equations.states)
        off = f"{found['off']:.1e}{'' if found['within bar'] else ' (beyond the bar)'}"
        rows.append([name, states, len(problem.free), f"{value:.4f}", off, adjoint, forward])
        results[name] = found
        print(rows[-1], flush=True)
        jax.clear_caches()
    return rows, results
