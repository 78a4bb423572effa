"""Hidden rate laws: hybrid, wrong law, black box and true law on the same noisy data, by seed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import jax.random as jr
import numpy as np

import hybridcell as hc
from hybrid_parts.problems import PROBLEMS, Problem

KINDS = ("hybrid", "wrong_law", "black_box", "true_law")
#: A parameter is found if it is this close to the truth.
FOUND = 0.1


def run(seeds: Sequence[int] = range(10)) -> dict[str, Any]:
    """Return errors, times and parameters of every problem."""
    return {name: _problem(name, problem, seeds) for name, problem in PROBLEMS.items()}


def _problem(name: str, problem: Problem, seeds: Sequence[int]) -> dict[str, Any]:
    found: dict[str, Any] = {kind: {"error": [], "seconds": [], "chi2": [], "result": []} for kind in KINDS}
    found["first_seconds"] = {}
    found["parameters"] = []
    for seed in seeds:
        for kind in KINDS:
            network = getattr(problem, kind)(seed)
            data = problem.data_for(network, seed)
            if kind not in found["first_seconds"]:
                # the programs of one kind are compiled once; another seed is another start and other data
                started = time.process_time()
                hc.fit(network, data, iterations=2, retries=0, progress=False, key=jr.key(seed))
                found["first_seconds"][kind] = time.process_time() - started
            started = time.process_time()
            fitted = hc.fit(network, data, key=jr.key(seed), progress=False)
            found[kind]["seconds"].append(time.process_time() - started)
            found[kind]["error"].append(problem.held_out_error(fitted.model, seed))
            found[kind]["chi2"].append(fitted.chi2 / fitted.n_data)
            found[kind]["result"].append(fitted.result == "success")
            if kind in ("hybrid", "true_law"):
                found["parameters"] += _parameters(problem, kind, seed, fitted)
        errors = ", ".join(f"{kind} {found[kind]['error'][-1]:.3f}" for kind in KINDS)
        print(f"{name}, seed {seed}: {errors}", flush=True)
    return found


def _parameters(problem: Problem, kind: str, seed: int, fitted: Any) -> list[dict[str, Any]]:
    truth = dict(
        zip(problem.truth.equations.constants, np.asarray(problem.truth.values).tolist(), strict=True)
    )
    rows = fitted.parameters
    return [
        {
            "kind": kind,
            "seed": seed,
            "id": id,
            "off": float(abs(rows.loc[id, "value"] / truth[id] - 1)),
            "verdict": str(rows.loc[id, "verdict"]),
        }
        for id in problem.free
    ]


def tables(results: dict[str, Any]) -> list[Any]:
    """Return the tables of the page."""
    errors, costs, parameters = [], [], []
    for name, found in results.items():
        e = {kind: np.array(found[kind]["error"]) for kind in KINDS}
        third = int((e["hybrid"] <= e["wrong_law"] / 3).sum())
        medians = {kind: float(np.median(e[kind])) for kind in KINDS}
        errors.append(
            [
                name,
                *(medians[kind] for kind in KINDS),
                f"{third} of {len(e['hybrid'])}",
                medians["hybrid"] / medians["black_box"],
                medians["hybrid"] / medians["true_law"],
                float(e["hybrid"].max()),
                f"{sum(found['hybrid']['result'])} of {len(e['hybrid'])}",
            ]
        )
        costs.append(
            [
                name,
                found["first_seconds"]["hybrid"],
                float(np.median(found["hybrid"]["seconds"])),
                float(np.max(found["hybrid"]["seconds"])),
                float(np.median(found["true_law"]["seconds"])),
                float(np.median(found["black_box"]["seconds"])),
            ]
        )
        parameters += _parameter_rows(name, found["parameters"])
    return [
        (
            "Hidden laws: error on new initial values (root mean square in units of each readout's spread)",
            ["system", "hybrid", "wrong law", "black box", "true law", "hybrid <= wrong law / 3",
             "hybrid / black box", "hybrid / true law", "worst hybrid", "hybrids that describe their data"],
            errors,
        ),
        (
            "CPU seconds of a fit",
            ["system", "first (compilation)", "hybrid, median", "hybrid, slowest", "true law", "black box"],
            costs,
        ),
        (
            "Parameters of the mechanism, all seeds",
            ["system", "model", "within 10 %", "beyond, flagged as uncertain", "beyond, not flagged"],
            parameters,
        ),
    ]  # fmt: skip


def _parameter_rows(name: str, rows: list[dict[str, Any]]) -> list[list[Any]]:
    found = []
    for kind in ("hybrid", "true_law"):
        mine = [row for row in rows if row["kind"] == kind]
        beyond = [row for row in mine if row["off"] > FOUND]
        flagged = sum(row["verdict"] != "determined" for row in beyond)
        found.append(
            [
                name,
                kind.replace("_", " "),
                f"{len(mine) - len(beyond)} of {len(mine)}",
                flagged,
                len(beyond) - flagged,
            ]
        )
    return found
