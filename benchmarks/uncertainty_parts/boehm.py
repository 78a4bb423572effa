"""Boehm (PEtab): profiles of all parameters in one call against one at a time, and chains of NUTS."""

from __future__ import annotations

import time
from typing import Any

import jax.random as jr
import numpy as np
from report import data_folder

import hybridcell as hc
from hybridcell.infer.posterior.sample import sample
from hybridcell.infer.profiles.profiles import profiles
from uncertainty_parts.one_at_a_time import all_ends, lowest

NAME = "Boehm_JProteomeRes2014"
#: Starts besides the warm one with which the ends are checked, and how far they are shaken.
REFEREES, SHAKE = 3, 0.15
REPEATS = 3


def run() -> dict[str, Any]:
    """Return what was measured."""
    problem = hc.read_petab(data_folder("petab-benchmark", NAME) / f"{NAME}.yaml")
    results = {"profiles": _profiles(problem), "nuts": _nuts(problem)}
    print(results, flush=True)
    return results


def _profiles(problem: Any) -> dict[str, Any]:
    began = time.process_time()
    profiles(problem)
    first, seconds = time.process_time() - began, []
    for _ in range(REPEATS):
        began = time.process_time()
        found = profiles(problem)
        seconds.append(time.process_time() - began)
    objective, best = problem.objective, found.target.at

    def evaluate(theta: np.ndarray) -> tuple[float, np.ndarray]:
        values, slopes = objective.values_and_gradients(theta[None])
        return float(values[0]), slopes[0]

    evaluate(best)  # compiled
    alone = all_ends(evaluate, found.target.lower, found.target.upper, best, found.threshold)
    ours = found.table[["lower", "upper"]].to_numpy(float)
    theirs = np.array(alone["ends"])
    both = np.isfinite(ours) & np.isfinite(theirs)
    # an interval that is open ends at the bound, for its width
    bounded = np.clip(ours, found.target.lower[:, None], found.target.upper[:, None])
    width = np.diff(bounded, axis=1)
    off = np.abs(np.where(both, ours, 0.0) - np.where(both, theirs, 0.0)) / width
    return {
        "parameters": list(found.names),
        "ours": ours.tolist(),
        "one at a time": theirs.tolist(),
        "open sides agree": bool((np.isfinite(ours) == np.isfinite(theirs)).all()),
        "largest difference, of the width": float(off[both].max()),
        "largest error by the referee, of the width": _referee(found, evaluate, width),
        "seconds, first": first,
        "seconds": float(np.median(seconds)),
        "seconds, one at a time": alone["seconds"],
        "evaluations": found.evaluations,
        "evaluations, one at a time": alone["evaluations"],
        "faster": alone["seconds"] / float(np.median(seconds)),
    }


def _referee(found: Any, evaluate: Any, width: np.ndarray) -> float:
    """Return how far ends are from where several other minimizations find the threshold."""
    rng, worst = np.random.default_rng(0), 0.0
    target, curves = found.target, [found.curve(name) for name in found.names]
    for place, (name, curve) in enumerate(zip(found.names, curves)):
        thetas = curve[[*target.names]].to_numpy(float)
        for x in found.interval(name):
            if not np.isfinite(x):
                continue
            near = int(np.argmin(np.abs(thetas[:, place] - x)))
            shaken = thetas[near] + SHAKE * rng.standard_normal((REFEREES, len(target)))
            starts = np.clip(np.concatenate([thetas[near : near + 1], shaken]), target.lower, target.upper)
            starts[:, place] = x
            rise = lowest(evaluate, target.lower, target.upper, target.at, place, starts)
            slope = abs(float(curve["slope"].iloc[near]))
            worst = max(worst, abs(rise - found.threshold) / slope / float(width[place, 0]))
    return worst


def _nuts(problem: Any) -> dict[str, Any]:
    began, clock = time.process_time(), time.time()
    found = sample(problem, key=jr.key(0))
    return {
        "draws": found.n,
        "chains": found.chains,
        "R-hat, largest": float(found.rhat.max()),
        "divergences": found.divergences,
        "effective draws, least": float(found.ess.min()),
        "steps a draw": float(found.statistics["n_steps"].mean()),
        "seconds": time.process_time() - began,
        "seconds by the clock": time.time() - clock,
        "result": found.result,
    }


def tables(results: dict[str, Any]) -> list[tuple[str, list[str], list[list[Any]]]]:
    """Return the tables."""
    p, n = results["profiles"], results["nuts"]
    rows = [
        ["ends against one at a time, of the width", "0.02", p["largest difference, of the width"]],
        ["ends against the referee, of the width", "0.02", p["largest error by the referee, of the width"]],
        ["times faster than one at a time", "5", p["faster"]],
        ["CPU s, all profiles (first call)", "", f"{p['seconds']:.2f} ({p['seconds, first']:.1f})"],
        ["CPU s, one at a time", "", p["seconds, one at a time"]],
        ["evaluations (one at a time)", "", f"{p['evaluations']} ({p['evaluations, one at a time']})"],
        ["NUTS: largest R-hat", "1.01", f"{n['R-hat, largest']:.4f}"],
        ["NUTS: divergences", "0", n["divergences"]],
        ["NUTS: least effective draws", "", f"{n['effective draws, least']:.0f} of {n['draws']}"],
        ["NUTS: CPU s, compilation included", "", n["seconds"]],
    ]
    return [("Boehm (PEtab), 9 parameters", ["what", "goal", "measured"], rows)]
