"""Therapies of up to three of six drugs on random networks: the plan against all combinations on a grid.

The limit, on a second phenotype, is half of what the best unlimited therapy does to it; the budget is half of
three full doses. Grids hold the control and all sets of up to three drugs at all combinations of their
levels. A seed is won where no condition within the limits is better by more than 1e-4: of the grid of 9
levels, of one of 13, and, which is stricter, of what gradients make of the best point of the finer grid for
each set of three drugs (one start within the limits, two that pass them by up to .1 and .3). The plan's
simulations are all conditions solved, those with slopes (one more linear solve each) among them; the grid's
are its conditions.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

import hybridcell as hc
from hybridcell.data import random_network
from hybridcell.therapy.optimization.plan import grid_of_shares
from hybridcell.therapy.optimization.search import improve

SEEDS = range(100, 140)
LEVELS, FINER = 9, 13
TOP = -2.0
CLOSE = 1e-4


def run() -> dict[str, Any]:
    """Optimize on every network."""
    return {"seeds": [_one(seed) for seed in SEEDS]}


def tables(results: dict[str, Any]) -> list[tuple[str, list[str], list[list[Any]]]]:
    """Return heading, header and rows of the table."""
    rows = results["seeds"]

    def median(name: str) -> float:
        return float(np.median([one[name] for one in rows]))

    def won(name: str) -> float:
        return float(np.mean([one[name] >= -CLOSE for one in rows]))

    fewer = [one["grid simulations"] / one["simulations"] for one in rows]
    trivial = sum(abs(one["value"]) < CLOSE for one in rows)
    return [
        (
            f"Therapies of up to three of six drugs, {len(rows)} random networks",
            ["what", "goal", "measured"],
            [
                [f"seeds in which no point of the grid of {LEVELS} levels is better", 0.95, won("gain")],
                [f"of {FINER} levels", 0.95, won("gain, finer")],
                ["in which gradients from that grid's best points find nothing better", 0.95,
                 won("gain, polished")],
                [f"simulations of the grid of {LEVELS} levels over those of the plan, median", 20,
                 float(np.median(fewer))],
                ["the same, least", "", float(np.min(fewer))],
                ["the same, against a grid of all six drugs", 20, float(LEVELS**6 / median("simulations"))],
                ["simulations of the plan, median", "", median("simulations")],
                [f"of the grids of {LEVELS} and {FINER} levels", "",
                 f"{rows[0]['grid simulations']:,} and {rows[0]['finer simulations']:,}"],
                [f"gain over the best point of {LEVELS} levels, median", "", median("gain")],
                ["seeds in which no therapy does anything within the limits", "", trivial],
                ["CPU s of a plan, median (compilation included)", "", median("seconds")],
            ],
        )
    ]  # fmt: skip


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
    grid, finer = plan.compare_with_grid(LEVELS), plan.compare_with_grid(FINER)
    return {
        "seed": seed,
        "simulations": plan.n_simulations,
        "grid simulations": grid["n_simulations"],
        "finer simulations": finer["n_simulations"],
        "value": plan.value,
        "grid value": grid["value"],
        "gain": grid["gain"],
        "gain, finer": finer["gain"],
        "gain, polished": _polished(plan) - plan.value,
        "seconds": seconds,
    }


def _polished(plan: Any) -> float:
    """Return the best value that gradients reach from the grid's best points for each set of three drugs."""
    problem = plan._problem
    z = grid_of_shares(len(problem.tops), FINER, 3)
    numbers = problem.certified(z)
    over = np.maximum(numbers[:, 1:].max(axis=1, initial=0.0), z @ problem.costs - problem.budget)
    three = z[(z > 0).sum(axis=1) == 3] > 0
    best = np.inf
    for given in np.unique(three, axis=0):
        within = (z[:, ~given] == 0).all(axis=1)
        for slack in (0.0, 0.1, 0.3):
            rows = np.flatnonzero(within & (over <= slack + 1e-9))
            if len(rows):
                start = z[rows[np.argmin(numbers[rows, 0])]]
                found = improve(problem, tuple(int(d) for d in np.flatnonzero(given)), start, 80)
                best = min(best, found.value) if found.excess <= 1e-6 else best
    return float(best)
