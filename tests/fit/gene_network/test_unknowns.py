from __future__ import annotations

from dataclasses import replace

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from hybridcell.fit.gene_network.unknowns import Unknowns, base_network
from hybridcell.mechanisms.gene_network import equilibrium


def test_the_start_is_the_untouched_cell_without_edges(data):
    base = base_network(data, 2.0)
    net = Unknowns.at_prior(4, 3).network(base, jnp.asarray(-1.0), jnp.asarray(-2.0))
    assert not np.asarray(net.weights).any()
    np.testing.assert_allclose(equilibrium(net, jnp.ones((1, 4)))[0][0], data.reference, rtol=1e-6)
    np.testing.assert_allclose(net.log_decay, -1.0)
    np.testing.assert_allclose(net.log_turnover, -2.0)


def test_the_prior_is_least_at_the_start(data):
    start = Unknowns.at_prior(4, 3)
    assert start.penalty() == 0
    moved = eqx.tree_at(lambda u: u.decay_spread, start, 0.3 * jnp.ones(4))
    np.testing.assert_allclose(moved.penalty(), 2.0)


def test_genes_near_zero_keep_a_threshold(data):
    silent = replace(data)
    silent.__dict__["reference"] = np.zeros(4)
    base = base_network(silent, 2.0)
    assert np.isfinite(np.asarray(base.bias)).all()
    np.testing.assert_allclose(np.exp(np.asarray(base.log_threshold)), 0.1 * data.capacity)
