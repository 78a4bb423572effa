"""DREAM4 in silico networks: how well do ranked pairs agree with the true edges?

From all experiments (wild type, knockouts, knockdowns, time series) and from the time series alone. The
library takes the rates from the time series; for networks of 10 genes they are also given three times too
fast and three times too slow. AUPR and AUROC are over all ordered pairs of different genes; early precision
is the share of true edges among as many first pairs as there are edges. Networks 1 to 3 were looked at while
the method was made; others say more.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import jax.random as jr
import numpy as np
from report import data_folder

import hybridcell as hc
from hybridcell.fit.gene_network import read_experiments
from hybridcell.graph.recovery import recover
from recovery_parts.baselines import score_all
from recovery_parts.scoring import figures, truth_matrix

#: (genes, data) -> least AUPR and AUROC on the mean over the networks; None: no goal was set.
GOALS = {
    (10, "all"): (0.80, 0.92),
    (10, "time series"): (0.60, None),
    (100, "all"): (0.50, 0.85),
    (100, "time series"): (0.18, None),
}
MOST_SECONDS = 300.0
FACTORS = {10: (1.0, 3.0, 1 / 3)}
_FIGURES = ("aupr", "auroc", "early")


def run(*, sizes: Sequence[int] = (10, 100), n: int | None = None) -> dict[str, Any]:
    """Return what was measured on each network; fewer sizes and members for a try."""
    measured = []
    for size in sizes:
        for network in networks(size):
            everything = hc.datasets.dream4(network)
            truth = truth_matrix(everything)
            courses = everything[(everything.obs["experiment"] == "timeseries").to_numpy()].copy()
            for data, adata in (("all", everything), ("time series", courses)):
                about = {"network": network, "genes": size, "data": data}
                rows = [recovered(adata, truth, factor, n) for factor in FACTORS.get(size, (1.0,))]
                rows += [{"method": name, **figures(truth, s)} for name, s in score_all(adata).items()]
                measured += [{**about, **row} for row in rows]
                print(*measured[-len(rows) :], sep="\n", flush=True)
    return {"goals": {f"{g}, {d}": goal for (g, d), goal in GOALS.items()}, "measured": measured}


def networks(size: int) -> list[str]:
    """Return the networks of a size that are on this computer."""
    root = data_folder("dream4_insilico")
    return sorted(path.name for path in root.glob(f"size{size}_*") if path.is_dir())


def recovered(adata: Any, truth: np.ndarray, factor: float, n: int | None) -> dict[str, Any]:
    """Return how well a recovery agrees with the truth, and what it took."""
    rates = None if factor == 1.0 else read_experiments(adata).time_scale * factor
    start, cpu = time.perf_counter(), time.process_time()
    found = recover(adata, rates=rates, n=n, progress=False, key=jr.key(0))
    score = found.scores.to_numpy()
    return {
        "method": "recover" if factor == 1.0 else f"recover, rates times {factor:.2g}",
        **figures(truth, score),
        "members": found.fits.n_members,
        "left out": found.fits.left_out,
        "decay": float(found.rates["decay"].median()),
        "seconds": time.perf_counter() - start,
        "cpu seconds": time.process_time() - cpu,
    }


def tables(results: dict[str, Any]) -> list[tuple[str, list[str], list[list[Any]]]]:
    """Return means over networks against the goals, and each network."""
    measured = results["measured"]
    groups: dict[tuple[int, str, str], list[dict[str, Any]]] = {}
    for row in measured:
        groups.setdefault((row["genes"], row["data"], row["method"]), []).append(row)
    means = [_mean(*group, rows) for group, rows in groups.items()]
    header = ["genes", "data", "method", "networks", "AUPR", "goal", "AUROC", "goal", "early precision"]
    each = [
        [row["network"], row["data"], row["method"], *(row[k] for k in _FIGURES), row.get("cpu seconds", "")]
        for row in measured
    ]
    columns = ["network", "data", "method", "AUPR", "AUROC", "early precision", "CPU seconds"]
    return [
        (
            "DREAM4: recovered edges, mean over the networks here",
            [*header, "most CPU seconds", "goal (5 minutes)"],
            means,
        ),
        ("DREAM4: each network", columns, each),
    ]


def _mean(genes: int, data: str, method: str, rows: list[dict[str, Any]]) -> list[Any]:
    aupr, auroc, early = (float(np.mean([row[key] for row in rows])) for key in _FIGURES)
    ours = method.startswith("recover")
    least = GOALS.get((genes, data), (None, None)) if ours else (None, None)
    most = max(row["cpu seconds"] for row in rows) if ours else ""
    goals = ["" if value is None else f"at least {value:.2f}" for value in least]
    limit = f"at most {MOST_SECONDS:.0f}" if ours else ""
    return [genes, data, method, len(rows), aupr, goals[0], auroc, goals[1], early, most, limit]
