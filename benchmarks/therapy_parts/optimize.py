"""Therapies of up to three of six drugs on random networks: the plan against all combinations on a grid.

The limit, on a second phenotype, is half of what the best unlimited therapy does to it; the budget is half of
three full doses. A seed is won where no condition of the grid within the limits is better by more than 1e-4.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

import hybridcell as hc
from hybridcell.data import random_network

SEEDS = range(100, 140)
LEVELS = 9
TOP = -2.0


def run() -> dict[str, Any]:
    """Optimize on every network."""
    return {"seeds": [_one(seed) for seed in SEEDS]}


def tables(results: dict[str, Any]) -> list[tuple[str, list[str], list[list[Any]]]]:
    """Return heading, header and rows of the table."""
    rows = results["seeds"]
    share = float(np.mean([one["gain"] >= -1e-4 for one in rows]))
    fewer = [one["grid simulations"] / one["simulations"] for one in rows]
    full = LEVELS**6 / np.median([one["simulations"] for one in rows])
    return [
        (
            "Therapies of up to three of six drugs, 40 random networks",
            ["what", "goal", "measured"],
            [
                ["seeds in which no point of the grid is better", 0.95, share],
                ["simulations of the grid over those of the plan, median", 20, float(np.median(fewer))],
                ["the same, least", "", float(np.min(fewer))],
                ["the same, against a grid of all six drugs", 20, float(full)],
                ["gain over the grid's best, median", "", float(np.median([one["gain"] for one in rows]))],
                [
                    "CPU s of a plan, median (compilation included)",
                    "",
                    float(np.median([one["seconds"] for one in rows])),
                ],
            ],
        )
    ]


def _one(seed: int) -> dict[str, Any]:
    entry = random_network(12, 2, 6, density=0.25, gain=0.9, seed=seed)
    model = hc.CellBox(entry.nodes, entry.kinds, entry.weights, epsilon=entry.epsilon, alpha=entry.alpha)
    drugs = list(entry.of_kind("drug"))
    options: dict[str, Any] = {
        "minimize": "Y1", "drugs": drugs, "input_range": TOP, "max_drugs": 3, "progress": False,
    }  # fmt: skip
    free = hc.optimize_therapy(model, **options)
    side = float(hc.predict(model, free.doses).to_df()["Y2"].iloc[0]) if free.drugs else 0.0
    half = (side / 2, None) if side < 0 else (None, side / 2)
    start = time.process_time()
    plan = hc.optimize_therapy(
        model, budget=3.0, limits={"Y2": half} if abs(side) > 0.05 else None, **options
    )
    seconds = time.process_time() - start
    grid = plan.compare_with_grid(LEVELS)
    return {
        "seed": seed,
        "simulations": plan.n_simulations,
        "grid simulations": grid["n_simulations"],
        "value": plan.value,
        "grid value": grid["value"],
        "gain": grid["gain"],
        "seconds": seconds,
    }
