"""Dose times and amounts of two drugs on random networks: optimized, beside usual regimens and a grid.

Four doses of each drug within a course of 24 (half-lives 3 and 6; relaxation times of the nodes are about 1),
the mean of one phenotype over the course to be low; another phenotype is limited at all times to half of what
its peak is under the doses as given (all at the start), and the budget is half of all doses.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

import hybridcell as hc
from hybridcell.data import random_network
from hybridcell.therapy import optimize_schedule

SEEDS = range(100, 108)
T1, DOSES, LEVELS = 24.0, 4, 5


def run() -> dict[str, Any]:
    """Optimize on every network."""
    return {"seeds": [_one(seed) for seed in SEEDS]}


def tables(results: dict[str, Any]) -> list[tuple[str, list[str], list[list[Any]]]]:
    """Return heading, header and rows of the table."""
    rows = results["seeds"]
    names = [*rows[0]["rivals"], "grid"]
    found = []
    for name in names:
        gains = np.array([one["gain grid"] if name == "grid" else one["rivals"][name] for one in rows])
        effect = np.array([abs(one["value"] - one["untreated"]) for one in rows])
        effect[effect < 1e-6] = np.nan  # networks in which nothing can be done within the limit
        share = float(np.nanmedian(gains / effect))
        shown = f"grid of {LEVELS} levels of first dose, interval and amount" if name == "grid" else name
        found.append([shown, float(np.mean(gains >= -1e-4)), float(np.nanmedian(gains)), f"{share:.0%}"])
    fewer = float(np.median([one["grid simulations"] / one["simulations"] for one in rows]))
    seconds = float(np.median([one["seconds"] for one in rows]))
    work = [
        ["simulations of the plan, median", float(np.median([one["simulations"] for one in rows]))],
        ["simulations of the grid over those of the plan, median", fewer],
        ["CPU s of a plan, median", seconds],
        ["largest excess over a limit, by hc.simulate", float(np.max([one["excess"] for one in rows]))],
    ]
    header = ["rival, at the best share of its amounts", "share of networks in which it is not better",
              "gain of the plan, median", "of the plan's effect"]  # fmt: skip
    return [
        (f"Schedules of two drugs, {len(rows)} random networks", header, found),
        ("Schedules: what they took", ["what", "measured"], work),
    ]


def _one(seed: int) -> dict[str, Any]:
    entry = random_network(12, 2, 4, density=0.25, gain=0.9, seed=seed)
    model = hc.CellBox(entry.nodes, entry.kinds, entry.weights, epsilon=entry.epsilon, alpha=entry.alpha)
    drugs = {
        name: hc.Schedule.bolus([0.0] * DOSES, -1.0, half_life=half)
        for name, half in zip(_strongest(model, entry), (3.0, 6.0))
    }
    given = hc.simulate(model, t1=T1, n_points=241, conditions=drugs)
    peak = float(given["Y2"][0][np.argmax(np.abs(given["Y2"][0]))])
    bounds = (peak / 2, None) if peak < 0 else (None, peak / 2)
    start = time.process_time()
    plan = optimize_schedule(
        model, drugs=drugs, t1=T1, minimize="Y1", limits={"Y2": bounds}, budget=float(DOSES), progress=False
    )
    seconds = time.process_time() - start
    grid = plan.compare_with_grid(LEVELS)
    exact = hc.Solve(backend="numpy", rtol=1e-7)
    course = hc.simulate(model, t1=T1, n_points=241, conditions=plan.schedules, solve=exact)["Y2"][0]
    over = bounds[0] - course.min() if bounds[0] is not None else course.max() - peak / 2
    return {
        "seed": seed,
        "value": plan.value,
        "untreated": plan.untreated,
        "rivals": dict(zip(plan.rivals["regimen"], plan.rivals["gain"])),
        "gain grid": grid["gain"],
        "simulations": plan.n_simulations,
        "grid simulations": grid["n_simulations"],
        "excess": float(max(over, 0.0)),
        "seconds": seconds,
    }


def _strongest(model: Any, entry: Any) -> list[str]:
    """Return the two drugs that lower the phenotype most at steady state."""
    names = list(entry.of_kind("drug"))
    effects = hc.predict(model, [{name: -1.0} for name in names]).to_df()["Y1"].to_numpy()
    return [names[k] for k in np.argsort(effects)[:2]]
