"""Networks of four nodes (a, b, c and a drug d), so that all tests share compiled programs."""

from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc
from tests.simulate.programs import count_programs as count_programs

NAMES, KINDS = ("a", "b", "c", "d"), ("protein", "protein", "phenotype", "drug")


def network(weights, **options):
    full = np.zeros((4, 4))
    full[: len(weights), : len(weights[0])] = weights
    return hc.CellBox(NAMES, options.pop("kinds", KINDS), full, **options)


@pytest.fixture(scope="session")
def make_network():
    """Return a function that makes a network of nodes a, b, c, d from its weights."""
    return network


@pytest.fixture(scope="session")
def linear():
    """A linear network that settles, with unequal rates; its trajectories are matrix exponentials."""
    weights = [[0, 0.4, 0, 0.8], [-0.5, 0, 0, 0.3], [0.6, 0.2, 0, 0]]
    return network(weights, epsilon=[1.2, 0.8, 1.0, 1.5], alpha=[1.0, 0.7, 0.5, 1.1], envelope="linear")


@pytest.fixture(scope="session")
def saturating():
    """The same network under tanh."""
    weights = [[0, 0.4, 0, 0.8], [-0.5, 0, 0, 0.3], [0.6, 0.2, 0, 0]]
    return network(weights, epsilon=[1.2, 0.8, 1.0, 1.5], alpha=[1.0, 0.7, 0.5, 1.1])


@pytest.fixture(scope="session")
def doses():
    """Three conditions."""
    return [{"d": -1.0}, {"d": 0.5, "a": 0.2}, {}]


@pytest.fixture(scope="session")
def exact():
    """Return a function that gives exact states (C, T, n) of a linear network from x = 0."""
    from scipy.linalg import expm

    def states(model, u, ts):
        a = np.asarray(model.epsilon)[:, None] * np.asarray(model.weights) - np.diag(model.alpha)
        forcing = np.asarray(model.epsilon) * u
        ends = np.linalg.solve(a, forcing.T)
        return np.stack([((expm(a * t) - np.eye(len(a))) @ ends).T for t in ts], axis=1)

    return states
