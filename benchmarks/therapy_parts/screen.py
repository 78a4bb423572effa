"""All 4,950 pairs of 100 drugs x 8 x 8 doses on a network of 100 nodes: 316,800 simulations, one core.

The network is random (a tenth of all edges, spectral radius 0.8), each drug inhibits a node with strengths
down to -1. `hc.screen_combinations` is timed as a whole, after a first call that compiles, in a process of
its own that says its largest memory. Heun's method (400 steps of 0.1, as CellBox runs it) is timed on a
sample of the conditions in batches and scaled up to 316,800.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

if __name__ == "__main__":  # the screen in a process of its own, which needs no peers
    sys.path.insert(0, str(Path(__file__).parents[1]))

from peers.finding import ABSENT, find
from peers.worker import Worker

NODES, LEVELS, TOP = 100, 8, -1.0
SIMULATIONS = NODES * (NODES - 1) // 2 * LEVELS**2
SAMPLE, BATCH, STEPS, DT = 4_096, 512, 400, 0.1
GOALS = {"float32": 1.0, "float64": 3.5}
RESIDUALS = {"float32": 1e-4, "float64": 1e-8}


def run() -> dict[str, Any]:
    """Time the screen in both precisions, in memory and streamed, and the peers on the same conditions."""
    results: dict[str, Any] = {}
    for precision in GOALS:
        for where in ("memory", "disk"):
            command = [sys.executable, __file__, precision, where]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            results[f"{precision} {where}"] = json.loads(done.stdout.splitlines()[-1])
        results[f"NumPy {precision}"] = _peer(_numpy_heun, precision)
        results[f"PyTorch {precision}"] = _torch_heun(precision)
    return results


def tables(results: dict[str, Any]) -> list[tuple[str, list[str], list[list[Any]]]]:
    """Return heading, header and rows of the table."""
    rows: list[list[Any]] = []
    for precision in ("float32", "float64"):
        ours, stored = results[f"{precision} memory"], results[f"{precision} disk"]
        rows += [
            [f"hc.screen_combinations, {precision}: CPU s", f"<= {GOALS[precision]}", ours["seconds"]],
            ["distinct conditions solved (a drug alone once)", "", f"{ours['conditions']:,}"],
            ["largest residual", f"<= {RESIDUALS[precision]:g}", f"{ours['residual']:.1e}"],
            ["settled and certified", "1.0", ours["success"]],
            ["peak memory of the process, GB", "<= 1", ours["gigabytes"]],
            ["the same streamed to disk: CPU s", "", stored["seconds"]],
            ["called again, finished: CPU s", "", stored["again"]],
        ]
        for peer in ("NumPy", "PyTorch"):
            found = results.get(f"{peer} {precision}", ABSENT)
            if isinstance(found, str):
                rows.append([f"{peer} Heun, {precision}", "", found])
                continue
            what = f"{peer} Heun, {precision}: CPU s, {found['sample']:,} of 316,800 scaled up"
            rows += [
                [what, "", found["seconds"]],
                [f"{peer} over ours", "", found["seconds"] / ours["seconds"]],
            ]
            rows.append([f"largest residual of {peer}", "", f"{found['residual']:.1e}"])
    return [("4,950 pairs x 64 doses x 100 nodes", ["what", "goal", "measured"], rows)]


def weights() -> np.ndarray:
    """Return the network, weights[i, j]: effect of j on i."""
    rng = np.random.default_rng(0)
    w = rng.normal(size=(NODES, NODES)) * (rng.random((NODES, NODES)) < 0.1) * (1 - np.eye(NODES))
    return w * 0.8 / np.abs(np.linalg.eigvals(w)).max()


def _screened(precision: str, where: str) -> dict[str, Any]:
    import resource

    import hybridcell as hc

    hc.config.precision = precision
    w, names = weights(), [f"n{i}" for i in range(NODES)]
    model = hc.CellBox(names, ["protein"] * (NODES - 1) + ["phenotype"], w, mask=w != 0)
    seconds, found = [], {}
    with tempfile.TemporaryDirectory() as folder:
        options: dict[str, Any] = {
            "readout": names[-1], "drugs": names, "doses": LEVELS, "input_range": TOP, "progress": False,
        }  # fmt: skip
        outs = [f"{folder}/{repeat}.zarr" if where == "disk" else None for repeat in range(6)]
        for out in outs:
            start = time.process_time()
            hc.screen_combinations(model, out=out, **options)
            seconds.append(time.process_time() - start)
        screen = hc.screen_combinations(model, out=outs[-1], **options)
        if where == "disk":
            start = time.process_time()
            hc.screen_combinations(model, out=outs[-1], **options)
            found["again"] = time.process_time() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return {
            **found,
            "seconds": float(np.median(seconds[1:])),
            "first call": seconds[0],
            "residual": float(screen.residual.max()),
            "success": screen.success,
            "conditions": screen.design.n_conditions,
            "gigabytes": peak / 1e9,
        }


def _sample() -> np.ndarray:
    """Return inputs of conditions drawn from all pairs and levels, zeros included."""
    rng = np.random.default_rng(1)
    u = np.zeros((SAMPLE, NODES))
    drugs = np.array([rng.choice(NODES, 2, replace=False) for _ in range(SAMPLE)])
    u[np.arange(SAMPLE)[:, None], drugs] = rng.integers(0, LEVELS, (SAMPLE, 2)) / (LEVELS - 1) * TOP
    return u


def _peer(heun: Callable[[np.ndarray, np.ndarray], np.ndarray], precision: str) -> dict[str, Any]:
    u, w = _sample(), weights()
    given, transposed = u.astype(precision), np.ascontiguousarray(w.T.astype(precision))
    heun(given[:BATCH], transposed)
    start = time.process_time()
    x = np.concatenate([heun(given[i : i + BATCH], transposed) for i in range(0, SAMPLE, BATCH)])
    seconds = time.process_time() - start
    residual = np.abs(np.tanh(x @ w.T + u) - x).max()
    return {"seconds": seconds * SIMULATIONS / SAMPLE, "sample": SAMPLE, "residual": float(residual)}


def _numpy_heun(u: np.ndarray, transposed: np.ndarray) -> np.ndarray:
    x = np.zeros_like(u)
    for _ in range(STEPS):
        first = np.tanh(x @ transposed + u) - x
        ahead = x + DT * first
        x = x + 0.5 * DT * (first + np.tanh(ahead @ transposed + u) - ahead)
    return x


def _torch_heun(precision: str) -> Any:
    """Return what the other interpreter's PyTorch needs, or that there is none."""
    python = find("PyTorch")
    if python is None:
        return ABSENT
    u, w = _sample(), weights()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "screen.npz"
        np.savez(path, u=u.astype(precision), weights=w.astype(precision), batch=BATCH, steps=STEPS, dt=DT)
        with Worker(python, "torch_screen.py", path) as worker:
            x, seconds = np.load(worker.ready["states"]), worker.run()
    residual = np.abs(np.tanh(x @ w.T + u) - x).max()
    return {"seconds": seconds * SIMULATIONS / SAMPLE, "sample": SAMPLE, "residual": float(residual)}


if __name__ == "__main__":
    print(json.dumps(_screened(*sys.argv[1:])))
