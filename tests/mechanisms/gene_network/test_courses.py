from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from hybridcell.mechanisms.gene_network import GeneNetwork, time_course


@pytest.fixture
def net():
    weights = np.array([[0.0, -2.0], [3.0, 0.0]])
    return GeneNetwork.build(weights, reference=np.array([0.7, 0.5]), decay=0.3, turnover=0.2)


def test_agrees_with_an_adaptive_solver(net):
    times, push = np.linspace(0.0, 20.0, 11), np.array([-3.0, 0.5])

    def rate(t, state):
        x, y = state[:2], state[2:]
        made = np.asarray(net.production(jnp.asarray(y), 1.0, push * (t < 10.0)))
        return np.concatenate([0.3 * (made - x), 0.2 * (x - y)])

    start = np.array([0.7, 0.5, 0.7, 0.5])
    exact = solve_ivp(rate, (0, 20), start, t_eval=times, rtol=1e-6, atol=1e-8, max_step=1.0).y[:2].T
    path = time_course(net, start[None, :2], times[None], 1.0, push[None], (times < 10.0)[None], substeps=40)
    np.testing.assert_allclose(path[0], exact, atol=2e-3)


def test_rest_stays_rest(net):
    path = time_course(net, net.reference[None], np.array([[0.0, 1.0, 500.0]]))
    np.testing.assert_allclose(path[0], np.tile(net.reference, (3, 1)), rtol=1e-10)


def test_a_repeated_time_repeats_the_level(net):
    path = time_course(net, np.array([[0.1, 0.2]]), np.array([[0.0, 3.0, 3.0]]))
    np.testing.assert_array_equal(path[0, 1], path[0, 2])


def test_no_rate_makes_it_unstable():
    fast = GeneNetwork.build(np.zeros((1, 1)), reference=np.array([0.5]), decay=1e6, turnover=1e6)
    path = time_course(fast, np.array([[0.9]]), np.array([[0.0, 1.0, 2.0]]))
    np.testing.assert_allclose(path[0, 1:, 0], 0.5)
