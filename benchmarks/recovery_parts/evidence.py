"""q-values and intervals of edges on simulated screens with known truth: do they hold what they say?

Random networks of four kinds, ten of each, screened at two doses alone and in pairs with 5 % noise. Beside
the q-values stands the reading that shrunken fits invite: edges whose interval over bootstrap members is
clear of 0.
"""

from __future__ import annotations

from typing import Any

import jax.random as jr
import numpy as np

import hybridcell as hc
from hybridcell.data import as_perturbation_data, random_network, simulate_screen

KINDS = {
    "8 proteins, 4 drugs": {"n_proteins": 8, "n_phenotypes": 1, "n_drugs": 4, "density": 0.15},
    "8 proteins, 8 drugs": {"n_proteins": 8, "n_phenotypes": 1, "n_drugs": 8, "density": 0.15},
    "12 proteins, 6 drugs": {"n_proteins": 12, "n_phenotypes": 1, "n_drugs": 6, "density": 0.12},
    "15 proteins, 10 drugs": {"n_proteins": 15, "n_phenotypes": 2, "n_drugs": 10, "density": 0.12},
}
N_NETWORKS, FIRST_SEED = 10, 100
LEVELS, INTERVAL, N_MEMBERS = (0.05, 0.1, 0.2), 0.9, 20


def run() -> dict[str, Any]:
    """Return shares of false and of found edges by level, and coverage of intervals."""
    results = {}
    for name, options in KINDS.items():
        rows = [one_network(seed, options) for seed in range(FIRST_SEED, FIRST_SEED + N_NETWORKS)]
        results[name] = {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}
        print(name, results[name], flush=True)
    return results


def one_network(seed: int, options: dict[str, Any]) -> dict[str, float]:
    """Return the figures of one network."""
    network = random_network(**options, seed=seed)
    screen = as_perturbation_data(simulate_screen(network, seed=seed))
    model = hc.CellBox.from_data(screen, key=jr.key(seed))
    ensemble = hc.fit_ensemble(
        model, screen, n=N_MEMBERS, resample="bootstrap", calibrate=False, key=jr.key(seed), progress=False
    )
    edges = hc.interactions(ensemble, level=INTERVAL).significance(progress=False).edges
    place = {name: i for i, name in enumerate(network.nodes)}
    truth = np.array([network.weights[place[t], place[s]] for s, t in zip(edges["source"], edges["target"])])
    true = truth != 0
    found: dict[str, float] = {}
    for q in LEVELS:
        found |= shares(f"q {q}", edges["q_value"].to_numpy() <= q, true)
    clear = (edges["lower"].to_numpy() > 0) | (edges["upper"].to_numpy() < 0)
    found |= shares("bootstrap", clear, true)
    for name, low, high in (
        ("estimate", "estimate_lower", "estimate_upper"),
        ("bootstrap", "lower", "upper"),
    ):
        inside = (edges[low].to_numpy() <= truth) & (truth <= edges[high].to_numpy())
        found |= {
            f"{name} covers": float(inside.mean()),
            f"{name} covers true edges": float(inside[true].mean()),
        }
    return found


def shares(name: str, called: np.ndarray, true: np.ndarray) -> dict[str, float]:
    """Return the share of called edges that are false, and of true edges that are called."""
    return {
        f"{name} false": float((called & ~true).sum() / max(called.sum(), 1)),
        f"{name} found": float((called & true).sum() / true.sum()),
    }


def tables(results: dict[str, Any]) -> list[tuple[str, tuple[str, ...], list[list[Any]]]]:
    """Return the tables of the report."""
    called, covered = [], []
    for name, row in results.items():
        for q in LEVELS:
            called.append([name, f"q <= {q}", q, f"{row[f'q {q} false']:.3f}", f"{row[f'q {q} found']:.2f}"])
        clear = [f"{row['bootstrap false']:.3f}", f"{row['bootstrap found']:.2f}"]
        called.append([name, "bootstrap interval clear of 0", "", *clear])
        for kind in ("estimate", "bootstrap"):
            figures = [f"{row[f'{kind} covers']:.3f}", f"{row[f'{kind} covers true edges']:.3f}"]
            covered.append([name, kind, INTERVAL, *figures])
    return [
        (
            f"Edges called on simulated screens, mean of {N_NETWORKS} networks",
            ("networks", "called", "goal: false at most", "false", "true edges found"),
            called,
        ),
        (
            "Intervals that hold the true weight",
            ("networks", "interval", "goal", "all edges", "true edges"),
            covered,
        ),
    ]
