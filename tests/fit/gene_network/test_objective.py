from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell.fit.gene_network import RecoverySettings
from hybridcell.fit.gene_network.objective import Task, huber
from hybridcell.mechanisms.gene_network import equilibrium
from tests.fit.gene_network.networks import truth


@pytest.fixture(scope="module")
def task(data):
    return Task.of(data, RecoverySettings())


def test_huber_is_smooth_at_the_bend():
    near = np.array([2 - 1e-6, 2 + 1e-6])
    values = np.asarray(huber(near))
    assert values[1] - values[0] == pytest.approx(2 * 2e-6, rel=1e-3)
    assert float(huber(jnp.asarray(-10.0))) == pytest.approx(2 * (10 - 1))


def test_the_truth_has_residuals_of_noise(task, data):
    push = np.array([[-3.0, 0, 0, 0], [0, 3.0, 0, 0], [0, 0, -3.0, 0]])
    net = truth()
    states, _ = equilibrium(net, task.made)
    steady, courses, _ = task.residuals(net, jnp.asarray(push), states, jnp.zeros_like(states))
    assert np.sqrt(np.mean(np.square(steady))) < 1.5
    assert np.sqrt(np.mean(np.square(courses))) < 1.5


def test_what_was_not_measured_does_not_count(data):
    courses = data.courses.copy()
    courses[1, 4:] = np.nan
    steady = data.steady.copy()
    steady[5] = np.nan
    changed = replace(data, courses=courses, steady=steady)
    task = Task.of(changed, RecoverySettings())
    states = task.made * task.base.reference
    first, second, _ = task.residuals(task.base, jnp.zeros((3, 4)), states, jnp.zeros_like(states))
    assert not np.asarray(first[5]).any()
    assert not np.asarray(second[1, 4:]).any()
    assert np.isfinite(np.asarray(first)).all()


def test_edges_with_a_response_are_cheap(task):
    cost = np.asarray(task.edge_cost)
    assert cost[1, 0] < 0.2
    assert cost[0, 3] > 0.4
    assert cost.max() <= 1


def test_a_knocked_out_gene_is_no_measurement(task):
    assert not np.asarray(task.steady_known)[3, 0]
    assert np.asarray(task.steady_known)[3, 1:].all()
