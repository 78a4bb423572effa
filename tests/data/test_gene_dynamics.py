from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from hybridcell._core.errors import NotConvergedError
from hybridcell.data._gene_dynamics import GeneDynamics


def network(signs: list[list[float]], exponent: float = 2.0, leak: float = 0.2) -> GeneDynamics:
    n = len(signs)
    full = np.full((n, n), 1.0)
    return GeneDynamics(
        np.array(signs), full * 0.4, full * exponent, full * leak, np.full(n, 0.02), np.full(n, 0.05)
    )


def test_activity_is_a_product_of_hill_curves():
    net = network([[0, 0, 0], [1, 0, 0], [1, -1, 0]])
    hill = 0.5**2 / (0.5**2 + 0.4**2)
    rises, falls = 0.2 + 0.8 * hill, 1 - 0.8 * hill
    np.testing.assert_allclose(net.activity(np.full((1, 3), 0.5)), [[1.0, rises, rises * falls]])


def test_a_course_is_that_of_another_solver():
    net = network([[0, -1, 0], [1, 0, 0], [1, -1, 0]])
    production = np.array([[1.0, 0.5, 2.0]])
    start = np.linspace(0.1, 0.6, 6)[None]
    wanted = solve_ivp(
        lambda t, state: net.rates(state[None], production)[0], (0, 130), start[0], rtol=1e-9, atol=1e-11
    ).y[:, -1]
    np.testing.assert_allclose(net.advance(start, production, 130.0)[0], wanted, atol=1e-5)


def test_steady_states():
    net = network([[0, 0, 0], [1, 0, 0], [0, -1, 0]])
    left = np.vstack([np.ones(3), 1 - np.eye(3)])
    states = net.settle(left)
    np.testing.assert_allclose(net.rates(states, left), 0.0, atol=1e-9)
    # nothing regulates the first gene, and nothing is left of a gene that is knocked out
    np.testing.assert_allclose(states[:, 0], [1, 0, 1, 1], atol=1e-6)
    np.testing.assert_allclose(np.diag(states[1:, :3]), 0.0, atol=1e-6)


def test_a_network_that_oscillates_is_refused():
    ring = network([[0, 0, -1], [-1, 0, 0], [0, -1, 0]], exponent=8.0, leak=0.01)
    # the same for all genes, it would stay where all are equal
    ring = replace(ring, decay=np.array([0.04, 0.05, 0.06]))
    with pytest.raises(NotConvergedError, match="does not settle"):
        ring.settle(np.ones((1, 3)))
