"""True error of every BioModel at ordinary tolerances, against a reference at rtol 1e-12."""

from __future__ import annotations

from typing import Any

import numpy as np

import hybridcell as hc
from sbml_parts.biomodels import read, simulate_by_roadrunner
from sbml_parts.data import BioModel, judged, read_biomodels

TOLERANCES = (1e-4, 1e-6, 1e-8)
WAYS = ("jax", "numpy", "libRoadRunner")


def run(arguments: list[str]) -> dict[str, Any]:
    """Measure every model; arguments: numbers of models."""
    results = {}
    for model in read_biomodels(arguments):
        print(f"-- {model.id}", flush=True)
        try:
            wanted = _trajectory(model, "numpy", 1e-12)
        except Exception as error:
            results[model.id] = f"{type(error).__name__}: {error}"[:200]
            continue
        row: dict[str, Any] = {}
        for way in WAYS:
            for tolerance in TOLERANCES:
                try:
                    row[f"{way} {tolerance:g}"] = (
                        _error(_trajectory(model, way, tolerance), wanted) / tolerance
                    )
                except Exception as error:
                    row[f"{way} {tolerance:g}"] = f"{type(error).__name__}: {error}"[:200]
        results[model.id] = row
    return results


def _trajectory(model: BioModel, way: str, tolerance: float) -> dict[str, np.ndarray]:
    if way == "libRoadRunner":
        found = simulate_by_roadrunner(model, tolerance)()
        return {name: found[name] for name in judged(model)}
    solve = hc.Solve(rtol=tolerance, atol=tolerance * 1e-3 * model.typical, backend=way, max_steps=1_000_000)
    frame = hc.simulate(read(model), t1=model.t_end, ts=model.times, solve=solve).to_dataframe(
        amounts=judged(model)
    )
    return {name: np.asarray(frame[name]) for name in judged(model)}


def _error(found: dict[str, np.ndarray], wanted: dict[str, np.ndarray]) -> float:
    """Return the largest error relative to the column's largest value."""
    worst = max(np.max(np.abs(found[name] - wanted[name])) / np.abs(wanted[name]).max() for name in wanted)
    return float(np.nan_to_num(worst, nan=np.inf))


def tables(results: dict[str, Any]) -> list[tuple[str, list[str], list[list[Any]]]]:
    """Return the Markdown tables of this part."""
    ways = [f"{way} {tolerance:g}" for way in WAYS for tolerance in TOLERANCES]
    measured = {name: row for name, row in results.items() if isinstance(row, dict)}
    n = len(results)
    good = [
        f"{sum(isinstance(row[way], float) and row[way] <= 10 for row in measured.values())} of {n}"
        for way in ways
    ]
    rows = [["at most 10", *good]]
    for name, row in results.items():
        cells = [row[way] for way in ways] if isinstance(row, dict) else [row] + [""] * (len(ways) - 1)
        rows.append([name, *(f"{cell:.2g}" if isinstance(cell, float) else cell for cell in cells)])
    return [("True error / rtol, worst cell relative to its column's largest value", ["model", *ways], rows)]
