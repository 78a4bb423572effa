from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridcell.mechanisms.gene_network import GeneNetwork


@pytest.fixture
def net():
    weights = np.array([[9.0, 0.0, -2.0], [3.0, 9.0, 0.0], [0.0, 1.0, 9.0]])
    return GeneNetwork.build(weights, reference=np.array([0.7, 0.5, 0.3]), capacity=0.9)


def test_the_reference_is_a_steady_state(net):
    np.testing.assert_allclose(net.production(net.reference), net.reference, rtol=1e-12)


def test_occupancy_runs_from_absent_to_saturated(net):
    threshold = jnp.exp(net.log_threshold)
    np.testing.assert_allclose(net.occupancy(threshold), 0.5)
    np.testing.assert_allclose(net.occupancy(jnp.zeros(3)), 0.0, atol=1e-12)
    np.testing.assert_allclose(net.occupancy(1e6 * threshold), 1.0, atol=1e-9)


def test_production_by_hand(net):
    y, ref = np.array([0.2, 0.8, 0.4]), np.array([0.7, 0.5, 0.3])
    hill = y**2 / (y**2 + ref**2)
    log_odds = np.log(0.5 / 0.4) + 3.0 * (hill[0] - 0.5) + 0.3
    expected = 0.5 * 0.9 / (1 + np.exp(-log_odds))
    got = net.production(jnp.asarray(y), jnp.array([1.0, 0.5, 1.0]), jnp.array([0.0, 0.3, 0.0]))
    assert float(got[1]) == pytest.approx(expected, rel=1e-12)


def test_the_diagonal_is_not_read(net):
    without = eqx.tree_at(lambda g: g.weights, net, net.weights * (1 - jnp.eye(3)))
    y = jnp.array([0.1, 0.2, 0.9])
    np.testing.assert_array_equal(net.production(y), without.production(y))


def test_without_production_there_is_none(net):
    assert net.production(jnp.array([0.1, 0.2, 0.9]), jnp.array([0.0, 1.0, 1.0]))[0] == 0


@given(st.permutations(range(3)), st.lists(st.floats(0.01, 1.0), min_size=3, max_size=3))
def test_the_order_of_genes_does_not_matter(order, levels):
    rng = np.random.default_rng(1)
    weights, rest = rng.normal(size=(3, 3)), np.array([0.6, 0.4, 0.2])
    y, order = np.array(levels), np.array(order)
    one = GeneNetwork.build(weights, reference=rest).production(y)
    other = GeneNetwork.build(weights[np.ix_(order, order)], reference=rest[order]).production(y[order])
    np.testing.assert_allclose(np.asarray(one)[order], other, rtol=1e-10)
