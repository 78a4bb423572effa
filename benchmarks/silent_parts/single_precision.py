"""Steady states of interaction networks in single precision, beside double precision."""

from __future__ import annotations

from typing import Any

import numpy as np

import hybridcell as hc
from hybridcell._core.errors import HybridCellError
from hybridcell.data import random_network
from silent_parts.case import ALLOWED


def compare(points: int) -> dict[str, dict[str, Any]]:
    """Return, for ten random networks, what is flagged and what is wrong."""
    entries = {f"random, seed {seed}": random_network(30, 2, 6, gain=0.9, seed=seed) for seed in range(10)}
    double = {name: _steady(entry, points) for name, entry in entries.items()}
    hc.config.precision = "float32"
    try:
        single = {name: _steady(entry, points) for name, entry in entries.items()}
        try:
            hc.simulate(hc.read_sbml(hc.networks.load("lotka_volterra")), t1=1.0)
            refused = "no"
        except HybridCellError:
            refused = "yes"
    finally:
        hc.config.precision = "float64"
    found = {}
    for name, (states, good) in double.items():
        other, fine = single[name]
        both = good & fine
        off = np.abs(other[both] - states[both]).max(axis=1) / np.maximum(
            np.abs(states[both]).max(axis=1), 1.0
        )
        found[name] = {
            "points": points,
            "flagged": int((~fine).sum()),
            "largest difference": f"{off.max(initial=0.0):.1e}",
            "wrong and not flagged (goal 0)": int((off > ALLOWED).sum()),
            "reactions are refused": refused,
        }
    return found


def _steady(entry: Any, points: int) -> tuple[np.ndarray, np.ndarray]:
    model = hc.CellBox(entry.nodes, entry.kinds, entry.weights, epsilon=entry.epsilon, alpha=entry.alpha)
    rng = np.random.default_rng(0)
    drugs = [name for name, kind in zip(entry.nodes, entry.kinds) if kind == "drug"]
    conditions = [dict(zip(drugs, rng.uniform(-3, 3, len(drugs)).tolist())) for _ in range(points)]
    found = hc.steady_state(model, conditions=conditions)
    return np.asarray(found.X, float), np.asarray(found.obs["success"], bool)
