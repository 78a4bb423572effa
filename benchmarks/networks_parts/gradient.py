"""Loss and gradient of a network by each way, beside unrolled PyTorch and the peak of matrix products."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from peers.finding import ABSENT, find
from peers.worker import Worker
from timing import interleaved, median_ratio, medians, waiting

from networks_parts.problem import (
    CONDITIONS,
    DT,
    GEMM_FLOPS,
    HEUN_STEPS,
    NODES,
    by_final_state,
    by_scan,
    by_steady_state,
    random_problem,
)

REPEATS = 15
STEADY, SCAN, OURS = "steady state, implicit", "400 Heun steps, plain scan", "400 Heun steps, hybridcell"
TORCH = "400 Heun steps, PyTorch unrolled"
#: Sizes of square products among which the peak is looked for.
PEAK_SIZES = (256, 512, 1024)


def run() -> dict[str, Any]:
    """Time each way in both precisions."""
    return {dtype.__name__: _of(dtype) for dtype in (jnp.float32, jnp.float64)}


def _of(dtype: Any) -> dict[str, Any]:
    problem = random_problem(dtype)
    ways = {STEADY: by_steady_state, SCAN: by_scan, OURS: by_final_state}
    programs = {name: eqx.filter_jit(eqx.filter_value_and_grad(way)) for name, way in ways.items()}
    values = {name: program(*problem) for name, program in programs.items()}
    losses = {name: float(value) for name, (value, _) in values.items()}
    slopes = {name: np.asarray(slope.weights, float) for name, (_, slope) in values.items()}
    jobs = {name: waiting(program, *problem) for name, program in programs.items()}
    jobs |= _products(dtype)
    with ExitStack() as stack:
        python = find("PyTorch")
        if python is not None:
            peer = stack.enter_context(_peer(python, problem, stack))
            losses[TORCH] = peer.ready["loss"]
            slopes[TORCH] = np.asarray(peer.ready["gradient"])
            jobs[TORCH] = peer.run
        seconds = interleaved(jobs, REPEATS)
    return _figures(seconds, losses, slopes)


def _products(dtype: Any) -> dict[str, Any]:
    """Return jobs that multiply square matrices."""
    multiply = jax.jit(jnp.matmul)
    square = {n: jnp.asarray(np.random.default_rng(n).normal(size=(n, n)), dtype) for n in PEAK_SIZES}
    return {f"product {n}": waiting(multiply, a, a) for n, a in square.items()}


def _peer(python: str, problem: tuple[Any, Any, Any], stack: ExitStack) -> Worker:
    field, u, y = problem
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    path = Path(folder) / "network.npz"
    np.savez(path, weights=field.weights, u=u, y=y, steps=HEUN_STEPS, dt=DT)
    return Worker(python, "torch_network.py", path)


def _figures(
    seconds: dict[str, np.ndarray], losses: dict[str, float], slopes: dict[str, np.ndarray]
) -> dict[str, Any]:
    """Return times, the share of the peak, and how far gradients are from those of the plain scan."""
    median = medians(seconds)
    peak = max(2 * n**3 / median[f"product {n}"] for n in PEAK_SIZES)
    scale = np.abs(slopes[SCAN]).max()
    ways = {
        name: {
            "ms": 1e3 * median[name],
            "times faster than the scan": median_ratio(seconds, SCAN, name),
            "loss": losses[name],
            "gradient off by": float(np.abs(slopes[name] - slopes[SCAN]).max() / scale),
        }
        for name in losses
    }
    found: dict[str, Any] = {
        "ways": ways,
        "GEMM peak, GF/s": peak / 1e9,
        "share of the GEMM peak": GEMM_FLOPS / median[OURS] / peak,
        "share of the GEMM peak, plain scan": GEMM_FLOPS / median[SCAN] / peak,
    }
    if TORCH not in losses:
        return {**found, "PyTorch": ABSENT}
    return {
        **found,
        "share of the GEMM peak, PyTorch": GEMM_FLOPS / median[TORCH] / peak,
        "PyTorch over hybridcell": median_ratio(seconds, TORCH, OURS),
        "PyTorch over the steady state": median_ratio(seconds, TORCH, STEADY),
    }


def tables(results: dict[str, Any]) -> list[tuple[str, list[str], list[list[Any]]]]:
    """Return heading, header and rows of the tables."""
    rows, peaks = [], []
    for precision, one in results.items():
        for name, way in one["ways"].items():
            off = f"{way['gradient off by']:.1e}"
            speed = way["times faster than the scan"]
            rows.append([precision, name, way["ms"], speed, f"{way['loss']:.9f}", off])
        if "PyTorch" in one:
            rows.append([precision, TORCH, one["PyTorch"], "", "", ""])
        keys = [key for key, value in one.items() if isinstance(value, float)]
        peaks += [[precision, key, one[key]] for key in keys]
    header = ["precision", "way", "ms", "times faster than the scan", "loss", "gradient off by"]
    return [
        (f"Loss and gradient, {NODES} nodes x {CONDITIONS} conditions", header, rows),
        (
            f"The same in ratios; {GEMM_FLOPS / 1e9:.2f} GF in matrix products, forward and backward",
            ["precision", "what", "figure"],
            peaks,
        ),
    ]
