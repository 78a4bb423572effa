"""HPN-DREAM in silico: one graph of 20 nodes and 74 edges, and a score declared before it was looked at.

Declared: `hc.association` — |Spearman correlation over conditions (replicates averaged)| times
sqrt(SNR_i SNR_j), SNR = variance between conditions, less the noise in it, over variance between replicates.
Nothing is tuned. The score is symmetric, so it says nothing about direction. One graph gives a wide error:
the interval is that of a bootstrap of the nodes (pairs of a node with its own copy left out). No claim that
it is better than the plain correlation beside it, or than any other method.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from report import data_folder

import hybridcell as hc
from hybridcell.data import truth_edges
from hybridcell.graph.correlation import association
from hybridcell.graph.ranking import area_under_roc, average_precision

AUROC, AUPR = 0.76, 0.47
DRAWS, LEVEL = 2000, 0.95


def run() -> dict[str, Any]:
    """Return both scores with their intervals, and how often the declared one is ahead."""
    data_folder("hpn_dream8")
    adata = hc.datasets.hpn_dream8("insilico")
    names = list(map(str, adata.var_names))
    truth = matrix(truth_edges(adata).assign(weight=1.0), names, "weight") > 0
    graph = association(adata, n=0)
    scores = {
        "declared": np.abs(matrix(graph.edges, names, "weight")),
        "correlation alone": np.abs(matrix(graph.edges, names, "correlation")),
    }
    rng = np.random.default_rng(0)
    draws = [rng.integers(0, len(names), len(names)) for _ in range(DRAWS)]
    found: dict[str, Any] = {"nodes": len(names), "edges": int(truth.sum()), "draws": DRAWS, "level": LEVEL}
    over = {}
    for name, score in scores.items():
        over[name] = np.array([figures(truth, score, nodes) for nodes in draws])
        tail = (1 - LEVEL) / 2
        low, high = np.nanquantile(over[name], [tail, 1 - tail], axis=0)
        best = figures(truth, score, np.arange(len(names)))
        found[name] = {
            what: {"value": float(best[k]), "lower": float(low[k]), "upper": float(high[k])}
            for k, what in enumerate(("auroc", "aupr"))
        }
    ahead = over["declared"] > over["correlation alone"]
    found["draws_ahead"] = dict(zip(("auroc", "aupr"), map(float, ahead.mean(axis=0))))
    return found


def matrix(edges: Any, names: list[str], column: str) -> np.ndarray:
    """Return a column of an edge table as [target, source]."""
    place = {name: k for k, name in enumerate(names)}
    found = np.zeros((len(names), len(names)))
    found[edges["target"].map(place), edges["source"].map(place)] = edges[column]
    return found


def figures(truth: np.ndarray, score: np.ndarray, nodes: np.ndarray) -> tuple[float, float]:
    """Return AUROC and AUPR over the ordered pairs of different nodes among those drawn."""
    pairs = nodes[:, None] != nodes[None, :]
    known, value = truth[np.ix_(nodes, nodes)][pairs], score[np.ix_(nodes, nodes)][pairs]
    return area_under_roc(known, value), average_precision(known, value)


def tables(results: dict[str, Any]) -> list[Any]:
    """Return one table."""
    header = ["score", f"AUROC (goal {AUROC})", f"AUPR (goal {AUPR})"]
    rows = [
        [name, *(f"{r['value']:.3f} [{r['lower']:.3f}, {r['upper']:.3f}]" for r in results[name].values())]
        for name in ("declared", "correlation alone")
    ]
    ahead = results["draws_ahead"]
    rows.append(
        ["share of draws in which declared is ahead", f"{ahead['auroc']:.2f}", f"{ahead['aupr']:.2f}"]
    )
    heading = (
        f"HPN-DREAM in silico, {results['nodes']} nodes: {results['level']:.0%} intervals of a node bootstrap"
    )
    return [(heading, header, rows)]
