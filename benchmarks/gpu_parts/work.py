"""What is compared: network gradients, members by vmap and by lax.map, a screen, a batch of kinetics."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from networks_parts.problem import by_final_state, by_steady_state, random_problem
from report import HERE

import hybridcell as hc
from gpu_parts.comparing import Work

#: How far float32 numbers of two devices may be apart after 400 steps, and float64 numbers of kinetics solved
#: to 1e-6 with steps that rounding may change.
SINGLE, DOUBLE, KINETICS = 1e-3, 1e-9, 1e-5


def works(small: bool) -> list[Work]:
    """Return all jobs; small ones try the machinery."""
    members, drugs, sets = (4, 6, 8) if small else (64, 100, 1024)
    jobs = []
    for dtype, tolerance in ((jnp.float32, SINGLE), (jnp.float64, DOUBLE)):
        name = dtype.__name__
        jobs += [
            Work(f"gradient through 400 steps, {name}", partial(_gradient, by_final_state, dtype), tolerance),
            Work(
                f"gradient at the steady state, {name}", partial(_gradient, by_steady_state, dtype), tolerance
            ),
        ]
    for how in ("vmap", "lax.map"):
        jobs.append(
            Work(f"gradients of {members} members by {how}, float32", partial(_members, how, members), SINGLE)
        )
    jobs.append(
        Work(f"screen of all pairs of {drugs} drugs x 64 doses, float32", partial(_screen, drugs), SINGLE)
    )
    jobs.append(
        Work(f"{sets} parameter sets of a stiff cascade, float64", partial(_kinetics, sets), KINETICS)
    )
    return jobs


def _gradient(way: Callable[..., Any], dtype: Any) -> Callable[[], Any]:
    field, u, y = random_problem(dtype)
    program = eqx.filter_jit(eqx.filter_grad(lambda field: way(field, u, y)))
    return lambda: program(field).weights


def _members(how: str, n: int) -> Callable[[], Any]:
    field, u, y = random_problem(jnp.float32)
    many = field.weights * jnp.linspace(0.5, 1.0, n, dtype=u.dtype)[:, None, None]

    def slope(weights: Any) -> Any:
        return jax.grad(lambda w: by_steady_state(eqx.tree_at(lambda f: f.weights, field, w), u, y))(weights)

    over = jax.jit(jax.vmap(slope) if how == "vmap" else lambda rows: jax.lax.map(slope, rows))
    return lambda: over(many)


def _screen(drugs: int) -> Callable[[], Any]:
    from therapy_parts.screen import LEVELS, NODES, TOP, weights

    names = [f"n{i}" for i in range(NODES)]
    kinds = ["protein"] * (NODES - 1) + ["phenotype"]
    options: dict[str, Any] = {"drugs": names[:drugs], "doses": LEVELS, "input_range": TOP, "progress": False}

    def job() -> Any:
        before, hc.config.precision = hc.config.precision, "float32"
        try:
            model = hc.CellBox(names, kinds, weights(), mask=weights() != 0)
            return hc.screen_combinations(model, readout=names[-1], **options).responses
        finally:
            hc.config.precision = before

    return job


def _kinetics(sets: int) -> Callable[[], Any]:
    import pandas as pd

    network = hc.read_sbml(str(HERE.parent / "networks" / "mapk_cascade" / "model.xml"))
    names = [one.id for one in network.definition.parameters]
    base = np.array([one.value for one in network.definition.parameters], dtype=float)
    drawn = base * np.exp(0.3 * np.random.default_rng(0).normal(size=(sets, len(names))))
    table = pd.DataFrame(drawn, columns=names, index=[f"set {k}" for k in range(sets)])
    solve = hc.Solve(rtol=1e-6, atol=1e-12)
    return lambda: hc.simulate(network, t1=100.0, n_points=21, conditions=table, solve=solve).values
