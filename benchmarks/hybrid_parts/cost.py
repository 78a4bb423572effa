"""What a neural residual of 22-64-22 costs on a stiff solve and its gradient."""

from __future__ import annotations

import time
from typing import Any

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np

import hybridcell as hc

REPEATS = 15


def run() -> dict[str, Any]:
    """Return milliseconds of the mechanism and the hybrid, forward and gradient."""
    network = hc.read_sbml(hc.networks.load("mapk_cascade"))
    residual = hc.NeuralResidual(width=64, conserve=False, key=jr.key(0))
    return {"mechanism": _times(network), "hybrid": _times(network + residual)}


def _times(network: Any) -> dict[str, float]:
    ts = np.linspace(0, 100, 11)[1:]

    def states(values: Any) -> Any:
        return hc.simulate(network.with_values(values), t1=100.0, ts=ts).values

    forward = jax.jit(states)
    gradient = jax.jit(jax.grad(lambda values: jnp.sum(states(values) ** 2)))
    found = {}
    for name, program in (("solve", forward), ("gradient", gradient)):
        program(network.values).block_until_ready()
        spent = []
        for _ in range(REPEATS):
            started = time.process_time()
            program(network.values).block_until_ready()
            spent.append(1e3 * (time.process_time() - started))
        found[name] = float(np.median(spent))
    return found


def tables(results: dict[str, Any]) -> list[Any]:
    """Return the table of the page."""
    mechanism, hybrid = results["mechanism"], results["hybrid"]
    rows = [
        [what, mechanism[what], hybrid[what], hybrid[what] / mechanism[what]]
        for what in ("solve", "gradient")
    ]
    return [
        (
            "A residual of 22-64-22 (and its linear part) on the MAPK cascade of 22 species, milliseconds",
            ["", "mechanism", "with residual", "ratio"],
            rows,
        )
    ]
