"""Verdicts on the 45 parameters of DREAM7, model 1, against the truth, which they do not see.

Two sets of data: the wild type's mRNA as given (18 times), and with it what contestants could buy, simulated
under the truth with the noise of the challenge: mRNA and proteins, at 40 times, of the wild type and of the
deletion of each gene. The same is done for made-up truths of the same network. Estimates are the best of
several starts; verdicts are those of `hc.infer.identifiability` with its own defaults.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import jax.random as jr
import numpy as np
import pandas as pd
from report import CpuClock, data_folder

import hybridcell as hc
from uncertainty_parts import dream7_problem as dream

#: Made-up truths, by seed, besides that of the challenge (0).
SEEDS = (0, 1, 2, 3)
#: Starts and iterations of the fits, by data.
EFFORT = {"given": (24, 80), "more": (8, 80)}
TIMES = np.arange(0.5, 20.01, 0.5)
#: Ranges of made-up truths, drawn evenly on logarithms.
RANGES = {"strength": (0.5, 5.0), "Kd": (0.1, 10.0), "h": (1.5, 4.0), "rate": (0.05, 0.2)}
GOAL = {"median |log10 ratio| of identifiable ones": 0.15, "wrong by more than 2x and called so": 0.9}
WHAT = {
    "given": "wild type mRNA, 18 times, as given",
    "more": "and simulated: mRNA and proteins, 40 times, of wild type and 9 deletions",
}
HEADER = [
    "truth", "data", "measurements", "called identifiable", "median absolute log10 ratio of these",
    "wrong by > 2x", "of these called not identifiable", "starts at the best value", "CPU s",
]  # fmt: skip


def run(seeds: tuple[int, ...] = SEEDS) -> dict[str, Any]:
    """Return goals, and what was measured for each truth and data set and over all of them."""
    source = data_folder("dream7_parameters")
    measured = {}
    for seed in seeds:
        for which in WHAT:
            measured[f"{_name(seed)}, {which}"] = one = measure(source, seed, which)
            print({k: v for k, v in one.items() if k != "parameters"}, flush=True)
    return {"goal": GOAL, "data": WHAT, "measured": measured, "summary": _summary(measured)}


def measure(source: Path, seed: int, which: str) -> dict[str, Any]:
    """Return estimates and verdicts for one truth (0: that of the challenge) and data set."""
    n_starts, iterations = EFFORT[which]
    with tempfile.TemporaryDirectory() as made, CpuClock() as clock:
        folder = Path(made)
        truth, data = truth_and_data(folder, source, seed, which)
        tolerance = 1e-8 if which == "given" else 1e-6
        problem = dream.problem(folder, source, data, hc.Solve(rtol=tolerance, atol=tolerance))
        runs = problem.fit(
            n_starts=n_starts, key=jr.key(seed), max_iterations=iterations, batch=8, progress=False
        )
        found = hc.infer.identifiability(problem, at=runs, key=jr.key(seed))
    return scores(found, truth) | {
        "truth": _name(seed), "data": which, "measurements": len(data), "starts": n_starts,
        "at the best": runs.n_best, "value": float(runs.values[0]), "seconds": clock.seconds,
    }  # fmt: skip


def truth_and_data(
    folder: Path, source: Path, seed: int, which: str
) -> tuple[dict[str, float], pd.DataFrame]:
    """Return true values, and measurements."""
    model = hc.read_sbml(dream.write_model(folder, source))
    mrna, protein = [f"v{k}_mrna" for k in dream.GENES], [f"p{k}" for k in dream.GENES]
    sets, data = dream.experiments(), dream.wild_type(source)
    truth = dream.answers(source) if seed == 0 else made_up(seed)
    if seed:
        times = np.unique(data["time"])
        data = dream.simulated(model, truth, sets.loc[["wild_type"]], times, mrna, 100 + seed)
    if which == "more":
        bought = sets.loc[[name for name in sets.index if name.startswith(("wild", "deletion"))]]
        more = dream.simulated(model, truth, bought, TIMES, mrna + protein, 200 + seed)
        data = pd.concat([data, more], ignore_index=True)
    return truth, data


def made_up(seed: int) -> dict[str, float]:
    """Return a truth of the same network that nobody chose."""
    rng = np.random.default_rng(seed)
    ranges = {name: np.log10(RANGES[name.rpartition("_")[2]]) for name in dream.names()}
    return {name: float(10 ** rng.uniform(*ends)) for name, ends in ranges.items()}


def scores(found: Any, truth: dict[str, float]) -> dict[str, Any]:
    """Return how estimates and verdicts compare with the truth."""
    table = found.table
    ratio = np.abs(np.log10(table["value"]) - np.log10([truth[name] for name in table.index]))
    told, wrong = found.verdicts == "identifiable", ratio > np.log10(2.0)
    inside = (table["lower"] <= [truth[n] for n in table.index]) & (
        table["upper"] >= [truth[n] for n in table.index]
    )
    rows = zip(table.index, table["value"], ratio, found.verdicts, table["by"])
    return {
        "identifiable": int(told.sum()),
        "median": float(ratio[told].median()) if told.any() else None,
        "wrong": int(wrong.sum()),
        "wrong and called so": int((wrong & ~told).sum()),
        "truth within the intervals": float(inside.mean()),
        "rank": found.structure.rank,
        "parameters": {name: [float(v), float(r), verdict, by] for name, v, r, verdict, by in rows},
    }


def _summary(measured: dict[str, Any]) -> dict[str, Any]:
    """Return the two goals over all parameters of all truths, by data, and of the challenge alone."""
    found = {}
    for which in WHAT:
        for what, chosen in (("challenge", [_name(0)]), ("all truths", None)):
            ones = [
                m for m in measured.values() if m["data"] == which and (not chosen or m["truth"] in chosen)
            ]
            rows = [row for one in ones for row in one["parameters"].values()]
            if not rows:
                continue
            told = [row[1] for row in rows if row[2] == "identifiable"]
            wrong = [row for row in rows if row[1] > np.log10(2.0)]
            found[f"{what}, {which}"] = {
                "identifiable": len(told),
                "of": len(rows),
                "median": float(np.median(told)) if told else None,
                "wrong": len(wrong),
                "share called so": sum(row[2] != "identifiable" for row in wrong) / max(len(wrong), 1),
            }
    return found


def _name(seed: int) -> str:
    return "the challenge" if seed == 0 else f"made up {seed}"


def tables(results: dict[str, Any]) -> list[tuple[str, list[str], list[list[Any]]]]:
    """Return the tables of the results."""
    rows = [
        [
            one["truth"], one["data"], one["measurements"],
            f"{one['identifiable']} of {len(one['parameters'])}",
            "" if one["median"] is None else one["median"], one["wrong"], one["wrong and called so"],
            f"{one['at the best']} of {one['starts']}", one["seconds"],
        ]
        for one in results["measured"].values()
    ]  # fmt: skip
    goal = "median of the identifiable < 0.15, 90 % of those wrong by > 2x called not identifiable"
    title = f"DREAM7 model 1, verdicts on 45 parameters (goal: {goal})"
    data = [[name, what] for name, what in results["data"].items()]
    return [(title, HEADER, rows), ("DREAM7: data sets", ["data", "what"], data)]
