"""DREAM4 time series whose end is hidden: the recovered network goes on, beside rules that know no network.

In each series an unknown stimulus acts until half time (500); the second half, or its last half, is hidden.
`hc.recover` is fitted to everything else (steady states, the visible part of the series), as it is by
default, and the network goes on without the stimulus. Rules: the last visible level stays; a line through
the last two; back to the wild type, or to the level at time 0, at one rate per network, which is fitted to
what is visible (the way back where any of it is, else the way out). What is predicted was measured with
noise, below which no error can be: its mean size stands beside.
"""

from __future__ import annotations

import time
from typing import Any

import jax.random as jr
import numpy as np
from recovery_parts.dream4 import networks

import hybridcell as hc

STIMULUS_OFF = 500.0
CUTS = {"the second half": 500.0, "the last quarter": 750.0}
#: Networks of 100 genes take minutes: the first question only.
BIG = {"the second half": 500.0}
RULES = ("last level stays", "line through the last two", "back to the wild type", "back to its own start")
GOAL = 0.7


def run() -> dict[str, Any]:
    """Hide and predict, network by network."""
    measured = []
    for size, cuts in ((10, CUTS), (100, BIG)):
        for network in networks(size):
            for hidden, cut in cuts.items():
                measured.append({"network": network, "hidden": hidden, **_one(network, cut)})
                print(measured[-1], flush=True)
    return {"measured": measured}


def tables(results: dict[str, Any]) -> list[tuple[str, list[str], list[list[Any]]]]:
    """Return heading, header and rows of the tables."""
    rows = []
    for one in results["measured"]:
        against = [one["recovered"] / one[rule] for rule in RULES[:2]]
        rows.append(
            [one["network"], one["hidden"], one["recovered"], *(one[rule] for rule in RULES),
             *(f"{1 - ratio:.0%}" for ratio in against), "30%", one["noise"], one["seconds"]]
        )  # fmt: skip
    header = [
        "network", "hidden", "RMSE, recovered network", *RULES, "lower than the last level", "than the line",
        "goal of both", "noise", "CPU s",
    ]  # fmt: skip
    return [("DREAM4 time series, the end hidden", header, rows)]


def _one(network: str, cut: float) -> dict[str, Any]:
    adata = hc.datasets.dream4(network)
    clock, series = (adata.obs[name].to_numpy(dtype=float) for name in ("time", "series"))
    hidden = (series >= 0) & (clock > cut)
    start = time.process_time()
    found = hc.recover(adata[~hidden].copy(), progress=False, key=jr.key(0))
    times = np.unique(clock[series >= 0])
    levels = np.asarray(adata.X, dtype=float)
    courses = np.stack(
        [levels[series == s][np.argsort(clock[series == s])] for s in np.unique(series[series >= 0])]
    )
    later = times[times > cut]
    predicted = {"recovered": found.predict_courses(later).to_numpy().reshape(len(courses), len(later), -1)}
    seconds = time.process_time() - start
    predicted |= _rules(times, courses[:, times <= cut], found.data.reference, cut)
    wanted = courses[:, times > cut]
    errors = {name: float(np.sqrt(np.mean((one - wanted) ** 2))) for name, one in predicted.items()}
    return {**errors, "noise": float(np.mean(found.data.noise.sd(wanted))), "seconds": seconds}


def _rules(times: np.ndarray, seen: np.ndarray, wild: np.ndarray, cut: float) -> dict[str, np.ndarray]:
    """Return what rules say of the times after the cut, shape (series, times, genes)."""
    before, after = times[times <= cut], times[times > cut]
    since = (after - before[-1])[None, :, None]
    last, slope = seen[:, -1:], (seen[:, -1:] - seen[:, -2:-1]) / (before[-1] - before[-2])
    found = {RULES[0]: last + 0 * since, RULES[1]: last + slope * since}
    for rule, rest in ((RULES[2], wild[None, None]), (RULES[3], seen[:, :1])):
        left = np.exp(-_rate(before, seen, rest) * since)
        found[rule] = rest + (last - rest) * left
    return found


def _rate(times: np.ndarray, seen: np.ndarray, rest: np.ndarray) -> float:
    """Return the one rate that fits what is visible best: of the way back, or of the way out."""
    moved, back = seen - rest, times > STIMULUS_OFF
    best = (np.inf, 0.0)
    for rate in np.geomspace(1e-4, 1.0, 200):
        if back.any():
            shape = np.exp(-rate * (times[back] - STIMULUS_OFF))[None, :, None]
            missed = moved[:, back] - moved[:, times == STIMULUS_OFF] * shape
        else:
            shape = -np.expm1(-rate * times)[None, :, None]
            missed = moved - (moved * shape).sum(axis=1, keepdims=True) / (shape**2).sum() * shape
        best = min(best, (float((missed**2).sum()), float(rate)))
    return best[1]
