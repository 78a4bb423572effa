"""DREAM4 double knockouts, predicted from single knockouts and time series, against naive rules.

The gold standard is without noise. A naive rule knows the measured single knockouts and the untouched cell;
the best one is chosen afterwards for each network, in its favor. Denoising keeps an effect that exceeds 2.5
standard deviations of the noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.random as jr
import numpy as np
from report import data_folder

import hybridcell as hc
from hybridcell.fit.gene_network import NetworkExperiments
from hybridcell.graph.recovery import recover
from recovery_parts.dream4 import networks

#: genes -> (how the ratios over networks are summarized, the most that it may be)
GOALS = {10: ("median", 0.60), 100: ("mean", 0.70)}
_DENOISE = 2.5
MODEL, DENOISED = "networks", "denoise + max-effect"


def run(*, sizes: Sequence[int] = (10, 100), n: int | None = None) -> dict[str, Any]:
    """Return mean squared errors of each rule on each network."""
    measured = []
    for size in sizes:
        for network in networks(size):
            measured.append({"network": network, "genes": size, **measure(network, n)})
            print(measured[-1], flush=True)
    return {"goals": {str(size): goal for size, goal in GOALS.items()}, "measured": measured}


def measure(network: str, n: int | None) -> dict[str, Any]:
    """Return the errors on one network."""
    folder = data_folder("dream4_insilico", network)
    pairs = np.loadtxt(folder / "dualknockouts.tsv", skiprows=1, dtype=int) - 1
    gold = np.loadtxt(folder / "dualknockouts_nonoise_gold.tsv")
    found = recover(hc.datasets.dream4(network), n=n, progress=False, key=jr.key(0))
    genes = found.genes
    predicted = found.predict_doubles([(genes[a], genes[b]) for a, b in pairs]).to_numpy()

    def error(levels: np.ndarray) -> float:
        return float(np.mean((levels - gold) ** 2))

    errors = {name: error(levels) for name, levels in naive(found.data, pairs).items()}
    denoised = errors.pop(DENOISED)
    best = min(errors, key=lambda name: errors[name])
    return {"naive": errors, "best": best, DENOISED: denoised, MODEL: error(predicted)}


def naive(data: NetworkExperiments, pairs: np.ndarray) -> dict[str, np.ndarray]:
    """Return what each rule predicts, shape (pairs, n)."""
    rest = data.reference
    alone = {int(np.argmin(row)): level for row, level in zip(data.made, data.steady) if row.min() == 0}
    a, b = (np.array([alone[int(gene)] for gene in pairs[:, k]]) for k in (0, 1))

    def quiet(x: np.ndarray) -> np.ndarray:
        return np.where(np.abs(x - rest) > _DENOISE * data.noise.sd(np.maximum(x, rest)), x, rest)

    def larger(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        return np.where(np.abs(one - rest) > np.abs(other - rest), one, other)

    rules = {
        "untouched": np.broadcast_to(rest, a.shape),
        "sum of effects": a + b - rest,
        "product of effects": a * b / np.maximum(rest, data.noise.floor),
        "max-effect": larger(a, b),
        "lower level": np.minimum(a, b),
        "mean": 0.5 * (a + b),
        DENOISED: larger(quiet(a), quiet(b)),
    }
    for name, levels in rules.items():
        rules[name] = np.maximum(levels, 0.0)
        for row, pair in enumerate(pairs):
            rules[name][row, pair] = 0.0
    return rules


def tables(results: dict[str, Any]) -> list[tuple[str, list[str], list[list[Any]]]]:
    """Return ratios to the best naive rule, by size and by network."""
    measured = results["measured"]
    each = [
        [row["network"], row["best"], row["naive"][row["best"]], row[DENOISED] / row["naive"][row["best"]],
         row[MODEL] / row["naive"][row["best"]]]
        for row in measured
    ]  # fmt: skip
    summary = []
    for size, (how, most) in GOALS.items():
        mine = [ratios[3:] for ratios, row in zip(each, measured) if row["genes"] == size]
        if mine:
            center = getattr(np, how)(np.array(mine), axis=0)
            summary.append([size, len(mine), how, float(center[0]), float(center[1]), f"at most {most:.2f}"])
    return [
        (
            "DREAM4 double knockouts: squared error over that of the best naive rule",
            ["genes", "networks", "summary", DENOISED, MODEL, "goal"],
            summary,
        ),
        (
            "DREAM4 double knockouts: each network",
            ["network", "best naive rule", "its mean squared error", f"{DENOISED}, ratio", f"{MODEL}, ratio"],
            each,
        ),
    ]
