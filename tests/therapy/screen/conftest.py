"""Small networks whose screens are known."""

from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc

KINDS = ["protein", "protein", "phenotype", "drug", "drug", "drug"]
NAMES = ["p", "q", "growth", "a", "b", "c"]


def _network(edges, **options):
    weights = np.zeros((6, 6))
    for (source, target), weight in edges.items():
        weights[NAMES.index(target), NAMES.index(source)] = weight
    return hc.CellBox(NAMES, KINDS, weights, mask=weights != 0, **options)


@pytest.fixture(scope="session")
def network():
    """Make a network of six nodes from its edges, (source, target) -> weight."""
    return _network


@pytest.fixture(scope="session")
def oscillator():
    """A ring of three repressors, which drug d silences when it is strong."""
    names = ["x", "y", "z", "d", "e"]
    weights = np.zeros((5, 5))
    weights[0, 2] = weights[1, 0] = weights[2, 1] = -4.0
    weights[0, 3], weights[1, 4] = 8.0, 0.3
    return hc.CellBox(names, ["protein"] * 3 + ["drug"] * 2, weights, mask=weights != 0)
