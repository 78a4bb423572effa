"""Small objectives of which everything is known."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from hybridcell.fit.estimation import FunctionObjective
from hybridcell.io.petab.statement import PetabParameter

TIMES = np.linspace(0.25, 3.0, 12)
SD = 0.02


def on_log(names: list[str], low: float = 1e-3, high: float = 1e3) -> list[PetabParameter]:
    """Return parameters on the scale log10."""
    return [PetabParameter(id=name, scale="log10", lower=low, upper=high) for name in names]


def decay(times: np.ndarray = TIMES, *, rate: float = 1.0, sd: float = SD) -> FunctionObjective:
    """exp(-k t) with a size a; both on log10."""
    measured = np.exp(-rate * times)

    def residuals(p):
        return (10.0 ** p[1] * jnp.exp(-(10.0 ** p[0]) * times) - measured) / sd

    return FunctionObjective(["k", "a"], [-3, -3], [3, 3], residuals=residuals, parameters=on_log(["k", "a"]))


def product() -> FunctionObjective:
    """Only k1 * k2 is read, and k3 on its own; on log10."""
    measured = np.exp(-2.0 * TIMES)

    def residuals(p):
        k1, k2, k3 = 10.0 ** p[0], 10.0 ** p[1], 10.0 ** p[2]
        return jnp.concatenate([(jnp.exp(-k1 * k2 * TIMES) - measured) / SD, (k3 * TIMES - TIMES) / SD])

    names = ["k1", "k2", "k3"]
    return FunctionObjective(names, [-3] * 3, [3] * 3, residuals=residuals, parameters=on_log(names))
