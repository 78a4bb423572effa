"""Derivatives of what is computed from states: concentrations, rules, fluxes, in the eyes of JAX."""

from __future__ import annotations

from pathlib import Path

import jax
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError

NETWORKS = Path(__file__).parents[3] / "networks"
TIMES = np.linspace(0.0, 10.0, 5)
EXACT = hc.Solve(rtol=1e-9, atol=1e-12)


@pytest.fixture(scope="module")
def jak_stat() -> hc.ReactionNetwork:
    return hc.read_sbml(NETWORKS / "jak_stat" / "model.xml")


def observe(network: hc.ReactionNetwork, name: str, values: jax.Array) -> jax.Array:
    return hc.simulate(network.with_values(values), t1=10.0, ts=TIMES, solve=EXACT)[name]


@pytest.mark.parametrize("name", ["STAT5_nucleus", "pSTAT5_total", "leave"])  # species, rule, delayed flux
def test_what_jax_sees_is_what_numpy_computes(jak_stat: hc.ReactionNetwork, name: str) -> None:
    wanted = hc.simulate(jak_stat, t1=10.0, ts=TIMES, solve=EXACT)[name]
    found = jax.jit(lambda values: observe(jak_stat, name, values))(jak_stat.values)
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", ["pSTAT5_total", "leave"])
def test_gradients_are_central_differences(jak_stat: hc.ReactionNetwork, name: str) -> None:
    weights, place = np.arange(5.0), jak_stat.equations.constants.index("k1")

    def loss(values: jax.Array) -> jax.Array:
        return (observe(jak_stat, name, values) * weights).sum()

    # one program for values and slopes
    both = jax.jit(jax.value_and_grad(loss))
    slope = both(jak_stat.values)[1]
    assert np.isfinite(slope).all()
    step = 1e-4 * float(jak_stat.values[place])
    there, back = (jak_stat.values.at[place].add(sign * step) for sign in (1, -1))
    assert slope[place] == pytest.approx(float(both(there)[0] - both(back)[0]) / (2 * step), rel=1e-4)


def test_a_table_of_traced_numbers_is_refused(jak_stat: hc.ReactionNetwork) -> None:
    def table(values: jax.Array) -> jax.Array:
        hc.simulate(jak_stat.with_values(values), t1=10.0, ts=TIMES).to_dataframe()
        return values.sum()

    with pytest.raises(InvalidValueError, match=r"take trajectory\[id\]"):
        jax.grad(table)(jak_stat.values)
