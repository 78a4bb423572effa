"""Hand-made graphs, so that every expected number can be checked by eye."""

from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc
from hybridcell import Ensemble
from hybridcell.data import as_perturbation_data, random_network, simulate_screen

NAMES = ["RAF", "ERK", "growth", "aRAF"]
KINDS = ["protein", "protein", "phenotype", "drug"]
WEIGHTS = np.array([[0, -0.2, 0, 0.9], [0.8, 0, 0, 0], [0.1, 0.5, 0, 0], [0, 0, 0, 0.0]])


@pytest.fixture(scope="session")
def chain() -> hc.CellBox:
    """Return aRAF -> RAF -> ERK -> growth with a weak feedback and a weak shortcut."""
    return hc.CellBox(NAMES, KINDS, WEIGHTS, epsilon=[1.0, 2.0, 1.0, 1.0], alpha=[1.0, 1.0, 0.5, 1.0])


@pytest.fixture(scope="session")
def chain_graph(chain: hc.CellBox) -> hc.Interactions:
    return hc.interactions(chain)


@pytest.fixture(scope="session")
def trio() -> Ensemble:
    """Return three members: RAF -> ERK steady, ERK -> RAF of unsure sign, RAF -> growth in one only."""
    models = []
    for factor, feedback, shortcut in ((1.0, -0.2, 0.0), (1.1, -0.1, 0.0), (0.9, 0.1, 0.3)):
        weights = WEIGHTS.copy()
        weights[1, 0] *= factor
        weights[0, 1] = feedback
        weights[2, 0] = shortcut
        models.append(hc.CellBox(NAMES, KINDS, weights))
    return Ensemble.from_models(models)


@pytest.fixture(scope="session")
def trio_graph(trio: Ensemble) -> hc.Interactions:
    return hc.interactions(trio)


@pytest.fixture(scope="session")
def small_screen():
    """Return a network, a screen of it and a model that starts a little off the truth."""
    network = random_network(5, 1, 4, density=0.2, seed=3)
    screen = as_perturbation_data(simulate_screen(network, noise=0.02, seed=3))
    mask = np.zeros(network.weights.shape, dtype=bool)
    mask[:6, :5], mask[:5, 6:] = True, True
    np.fill_diagonal(mask, False)
    model = hc.CellBox(
        network.nodes,
        network.kinds,
        0.9 * network.weights,
        epsilon=network.epsilon,
        alpha=network.alpha,
        mask=mask,
    )
    return network, screen, model
