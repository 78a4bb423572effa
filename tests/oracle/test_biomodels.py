"""Published models of BioModels against reference trajectories; gradients against central differences."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hybridcell as hc

MODELS = Path(os.environ.get("HYBRIDCELL_DATA", "/nonexistent")) / "biomodels"
pytestmark = [
    pytest.mark.skipif(
        not MODELS.is_dir(),
        reason="the BioModels files are not in this repository: set HYBRIDCELL_DATA to their folder's parent",
    ),
    pytest.mark.filterwarnings("ignore::hybridcell._core.errors.SBMLWarning"),
]
#: How many columns are too small to be judged, in units of the typical size.
ZERO = 1e-9


def index() -> dict[str, dict[str, str]]:
    with (MODELS / "index.csv").open(encoding="utf8") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def reference(name: str) -> dict[str, np.ndarray]:
    with (MODELS / "reference" / f"{name}.csv").open(encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    return dict(zip(header, np.array(rows, float).T, strict=True))


def worst(name: str, backend: str, rtol: float) -> float:
    """Return the error of the worst cell; at most 1 is right."""
    size, wanted = float(index()[name]["median_colmax"]), reference(name)
    ts = wanted.pop("time")
    network = hc.read_sbml(MODELS / "sbml" / f"{name}.xml")
    solve = hc.Solve(rtol=rtol, atol=1e-13 * size, backend=backend)
    run = hc.simulate(network, t1=ts[-1], ts=ts, solve=solve)
    assert run.result == ("success",)
    found = run.to_dataframe(amounts=list(wanted))
    excess = []
    for column, values in wanted.items():
        largest = np.abs(values).max()
        if largest > ZERO * size:
            off = np.abs(found[column].to_numpy() - values)
            excess.append(np.max(off / (1e-4 * np.abs(values) + 1e-5 * largest)))
    return float(np.max(excess))


@pytest.mark.slow
@pytest.mark.parametrize("quarter", [0, *(pytest.param(k, marks=pytest.mark.suite) for k in (1, 2, 3))])
def test_all_with_numpy(quarter):
    errors = {name: worst(name, "numpy", 1e-10) for name in [*index()][quarter::4]}
    assert {name: error for name, error in errors.items() if not error <= 1} == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    "numbers", [(3, 12, 35), pytest.param((5, 7, 56), marks=pytest.mark.suite)], ids=["few", "more"]
)
def test_some_with_jax(numbers):
    errors = {n: worst(f"BIOMD{n:010d}", "jax", 1e-8) for n in numbers}
    assert {n: error for n, error in errors.items() if not error <= 1} == {}


@pytest.mark.slow
@pytest.mark.parametrize("number", [3, *(pytest.param(n, marks=pytest.mark.suite) for n in (12, 28))])
def test_the_gradient_of_a_loss(number):
    name = f"BIOMD{number:010d}"
    network = hc.read_sbml(MODELS / "sbml" / f"{name}.xml")
    row = index()[name]
    ts = np.linspace(0.0, 0.2 * float(row["t_end"]), 11)
    solve = hc.Solve(rtol=1e-10, atol=1e-13 * float(row["median_colmax"]))
    scale = np.abs(np.asarray(hc.simulate(network, t1=ts[-1], ts=ts, solve=solve).values)).max(axis=(0, 1))
    scale = np.where(scale > 0, scale, 1.0)
    values = np.asarray(network.values)

    def loss(logs: jax.Array) -> jax.Array:
        changed = network.with_values(values * jnp.exp(logs))
        return jnp.mean(jnp.square(hc.simulate(changed, t1=ts[-1], ts=ts, solve=solve).values / scale))

    compiled = jax.jit(loss)
    zero = jnp.zeros(len(values))
    gradient = np.asarray(jax.jit(jax.grad(loss))(zero))
    rng = np.random.default_rng(0)
    singles = np.eye(len(values))[rng.permutation(len(values))[:5]]
    directions = [*rng.normal(size=(3, len(values))), *singles]
    step = 1e-4
    found = [float(compiled(step * d) - compiled(-step * d)) / (2 * step) for d in directions]
    np.testing.assert_allclose(
        [gradient @ d for d in directions], found, rtol=1e-4, atol=1e-4 * np.abs(gradient).max()
    )
