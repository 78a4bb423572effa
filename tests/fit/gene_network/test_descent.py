from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell.fit.gene_network import RecoverySettings
from hybridcell.fit.gene_network.descent import Descent, advance
from hybridcell.fit.gene_network.objective import Task
from hybridcell.fit.gene_network.settings import lanes
from tests.fit.gene_network.networks import QUICK


@pytest.fixture(scope="module")
def start(data):
    settings = RecoverySettings(**QUICK)
    task = Task.of(data, settings)
    lane = lanes(data, settings, 2, (0.1, 0.1), np.random.default_rng(0))
    one = Descent.begin(task, 0.1)
    return jax.tree.map(lambda a: jnp.broadcast_to(a, (2, *jnp.shape(a))), one), task, lane


def move(start, first, last, total=150.0):
    descents, task, lane = start
    return advance(descents, task, lane, jnp.asarray(first), jnp.asarray(last), jnp.asarray(total))


def test_costs_fall(start):
    _, early = move(start, 0, 1)
    _, late = move(start, 0, 60)
    assert (np.asarray(late) < 0.5 * np.asarray(early)).all()


def test_two_halves_are_the_whole(start):
    _, task, lane = start
    half, _ = move(start, 0, 7)
    both, _ = move((half, task, lane), 7, 12)
    whole, _ = move(start, 0, 12)
    for a, b in zip(jax.tree.leaves(both), jax.tree.leaves(whole)):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def test_a_leap_is_taken_back(start):
    _, task, lane = start
    good, cost = move(start, 0, 140)
    wild = eqx.tree_at(lambda d: d.unknowns.weights, good, good.unknowns.weights + 40.0)
    back, _ = move((wild, task, lane), 140, 141)
    np.testing.assert_array_equal(back.unknowns.weights, good.best.weights)
    np.testing.assert_allclose(back.pace, 0.5 * good.pace)
    assert (np.asarray(back.returns) == np.asarray(good.returns) + 1).all()
    assert (np.asarray(good.best_cost) <= np.asarray(cost)).all()


def test_what_is_not_finite_is_taken_back(start):
    _, task, lane = start
    good, _ = move(start, 0, 140)
    broken = eqx.tree_at(lambda d: d.unknowns.bias, good, good.unknowns.bias * jnp.nan)
    back, _ = move((broken, task, lane), 140, 141)
    assert np.isfinite(np.asarray(back.unknowns.bias)).all()
