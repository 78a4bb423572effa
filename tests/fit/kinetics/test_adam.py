"""Stochastic descent over batches of conditions."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from numpy.testing import assert_allclose

from hybridcell.fit.kinetics.adam import _batch, descend
from hybridcell.fit.kinetics.settings import NetworkFitSettings
from tests.fit.kinetics.courses import HYBRID, TIMES, courses, objective

DOSES = ({}, {"S": 1.0}, {"S": 4.0}, {"S": 5.0})


@pytest.fixture(scope="module")
def made():
    """Return the objective of a hybrid under four conditions, its free numbers, and a bad start."""
    data = courses(conditions=DOSES, noise=0.02)
    return objective(HYBRID.with_values({"k": 1.5, "nn_turn_k": 2.0}), data)


def settings(**options):
    return NetworkFitSettings(method="adam", **{"steps": 40, "learning_rate": 0.05, "batch": 2, **options})


def test_the_cost_decreases(made):
    it, free, theta = made
    found = descend(it, free, theta, settings(), key=jr.key(0))
    assert np.sum(it.residuals(found) ** 2) < 0.3 * np.sum(it.residuals(theta) ** 2)
    assert (found >= free.low).all()
    assert (found <= free.high).all()


def test_the_key_decides_the_batches(made):
    it, free, theta = made
    runs = [descend(it, free, theta, settings(steps=6), key=jr.key(k)) for k in (0, 0, 1)]
    assert np.array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])


def test_parts_have_rates_of_their_own(made):
    it, free, theta = made
    slow = {"mechanism": 0.05, "neural": 1e-9}
    found = descend(it, free, theta, settings(learning_rate=slow, steps=5), key=jr.key(0))
    moved = np.abs(found - theta)
    assert moved[free.neural].max() < 1e-7 < 1e-3 < moved[~free.neural].min()


def test_batches_together_are_the_whole(made):
    it, _, theta = made
    batches = [np.array([0, 3]), np.array([2, 1])]
    squares = 0.0
    for lanes in batches:
        part = _batch(it, lanes)
        assert len(part.base) == len(lanes)
        r = np.asarray(it.compute(jnp.asarray(theta), part))[: it.n_data]
        squares += np.sum(r**2) * len(lanes) / len(DOSES)
    assert_allclose(squares, it.chi2(theta), rtol=1e-4)
    assert _batch(it, np.arange(4)) is it.task
    one = np.asarray(it.compute(jnp.asarray(theta), _batch(it, np.array([3, 0]))))[: it.n_data]
    assert np.count_nonzero(one) == 4 * len(TIMES)


def test_it_gives_back_the_best_that_it_met(made):
    it, free, theta = made
    wild = descend(it, free, theta, settings(learning_rate=5.0, steps=12), key=jr.key(0))
    assert np.isfinite(it.residuals(wild)).all()
