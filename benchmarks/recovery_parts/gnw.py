"""GeneNetWeaver's models, simulated: double knockouts against the gold files, and what knockouts cost.

GeneNetWeaver's "steady state" is the state at the latest 2,000 units of time after the perturbation of the
wild type, which itself is reached from the levels without regulators: some networks ring longer than that,
and one has no stable steady state. So it is simulated here; the exact steady states stand beside it. The
gold files are the noise-free states times one constant per network, which is fitted (least squares). CPU
seconds of one thread; the interpreted backend, so that nothing is compiled.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from report import data_folder

import hybridcell as hc
from hybridcell.io import read_gnw
from hybridcell.io.sbml.knockouts import gene_conditions

ERROR, SECONDS = 2e-3, 20.0
#: GeneNetWeaver's setting maxtSteadyStateODE.
LONGEST = 2000.0
SOLVE = hc.Solve(backend="numpy")


def run() -> dict[str, Any]:
    """Return figures by network."""
    root = data_folder("dream4_insilico")
    return {folder.name: measured(folder) for folder in sorted(root.glob("size*_*"))}


def measured(folder: Path) -> dict[str, float]:
    """Return the errors of one network and its CPU seconds."""
    network = read_gnw(folder / f"insilico_{folder.name}.gnw.sbml.xml")
    gold = np.loadtxt(folder / "dualknockouts_nonoise_gold.tsv")
    pairs = np.loadtxt(folder / "dualknockouts.tsv", skiprows=1, dtype=int)
    genes = [f"G{k + 1}" for k in range(gold.shape[1])]
    doubles = gene_conditions(network, [{genes[i - 1]: 1.0 for i in pair} for pair in pairs])
    singles = gene_conditions(network)

    wild = network.starting_from(last_state(network))
    found, doubles_cpu = timed(lambda: last_levels(wild, doubles, genes))
    scale, error = against(found, gold)
    _, singles_cpu = timed(lambda: last_levels(wild, singles, genes))
    steady, _ = timed(lambda: hc.steady_state(network, conditions=doubles, solve=SOLVE))
    alone, exact_cpu = timed(lambda: hc.steady_state(network, conditions=singles, solve=SOLVE))
    return {
        "genes": len(genes),
        "pairs": len(pairs),
        "scale": scale,
        "largest_error": error,
        "singles_cpu": singles_cpu,
        "doubles_cpu": doubles_cpu,
        "largest_error_exact": against(np.asarray(steady[:, genes].X), gold)[1],
        "singles_cpu_exact": exact_cpu,
        "singles_stable": int(alone.obs["success"].sum()),
    }


def last_state(network: Any) -> np.ndarray:
    """Return the wild type: where the network is after the longest time."""
    return np.asarray(hc.simulate(network, t1=LONGEST, n_points=2, solve=SOLVE).values)[0, -1]


def last_levels(network: Any, conditions: dict[str, Any], genes: list[str]) -> np.ndarray:
    """Return mRNA (conditions, genes) after the longest time."""
    course = hc.simulate(network, conditions=conditions, t1=LONGEST, n_points=2, solve=SOLVE)
    names = list(course.names)
    return np.asarray(course.values)[:, -1][:, [names.index(gene) for gene in genes]]


def against(found: np.ndarray, gold: np.ndarray) -> tuple[float, float]:
    """Return the constant that brings `found` nearest to `gold`, and the largest difference left."""
    scale = float((found * gold).sum() / (found**2).sum())
    return scale, float(np.abs(scale * found - gold).max())


def timed(call: Any) -> tuple[Any, float]:
    """Return what a call returns, and its CPU seconds."""
    start = time.process_time()
    found = call()
    return found, time.process_time() - start


def tables(results: dict[str, Any]) -> list[Any]:
    """Return one table."""
    header = [
        "network",
        "pairs",
        f"largest error (goal {ERROR:g})",
        "scale",
        f"all single knockouts, CPU s (goal {SECONDS:g} for 100 genes)",
        "double knockouts, CPU s",
        "largest error, exact steady states",
        "single knockouts, exact steady states, CPU s",
        "of them stable",
    ]
    rows = [
        [
            name,
            r["pairs"],
            f"{r['largest_error']:.1e}",
            f"{r['scale']:.4f}",
            f"{r['singles_cpu']:.1f}",
            f"{r['doubles_cpu']:.1f}",
            f"{r['largest_error_exact']:.1e}",
            f"{r['singles_cpu_exact']:.1f}",
            f"{r['singles_stable']} of {r['genes']}",
        ]
        for name, r in results.items()
    ]
    return [("Double knockouts of GeneNetWeaver's models, simulated", header, rows)]
