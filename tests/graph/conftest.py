"""Hand-made graphs, so that every expected number can be checked by eye."""

from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc
from hybridcell import Ensemble

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
