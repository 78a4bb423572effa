"""Small networks whose screens are known."""

from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc
from hybridcell.therapy import EffectScale
from hybridcell.therapy.screen.combination_screen import CombinationScreen
from hybridcell.therapy.screen.design import Design

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


@pytest.fixture(scope="session")
def made_screen():
    """Make a screen of given responses, which nothing simulates."""

    def make(levels, responses, *, order=2, **options):
        design = Design(tuple("abcd"[: len(levels)]), tuple(map(np.array, levels)), order)
        given = np.asarray(responses, dtype=float)
        scale = options.pop("scale", EffectScale())
        residual = np.zeros(given.shape[1])
        return CombinationScreen(design, "growth", "phenotype", given, residual, scale, **options)

    return make
