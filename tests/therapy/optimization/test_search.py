"""The search over sets of drugs, on responses made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from hybridcell.therapy.optimization.problem import Problem
from hybridcell.therapy.optimization.search import n_ticks, search


class Hilly(Problem):
    """Two wells: a broad shallow one, and a deep one for drugs 1 and 3 only."""

    def evaluate(self, z):
        broad = -0.5 * np.exp(-np.sum((z - 0.3) ** 2))
        deep = np.array([0.0, 0.8, 0.0, 0.7])
        well = -np.exp(-8 * np.sum((z - deep) ** 2))
        slope = broad * -2 * (z - 0.3) + well * -16 * (z - deep)
        return np.array([broad + well]), slope[None]


def _problem(**changes):
    numbers = {"budget": np.inf, "costs": np.ones(4), **changes}
    return Hilly(
        systems=[], readout="y", sign=1.0, limits=[], tops=np.ones(4), risk="mean", tail=0.2, **numbers
    )


def test_the_deep_well_is_found_among_all_pairs():
    ticks = []
    found, complete = search(
        _problem(), max_drugs=2, n_starts=3, rng=np.random.default_rng(0), tick=ticks.append
    )
    assert complete
    assert found[0].drugs == (1, 3)
    np.testing.assert_allclose(found[0].z, [0, 0.8, 0, 0.7], atol=0.05)
    assert sum(ticks) <= n_ticks(_problem(), max_drugs=2, n_starts=3)
    assert [one.value for one in found] == sorted(one.value for one in found)


def test_the_budget_cuts_the_way():
    found, _ = search(
        _problem(budget=0.6), max_drugs=2, n_starts=3, rng=np.random.default_rng(0), tick=lambda _: None
    )
    assert found[0].z.sum() == pytest.approx(0.6, abs=1e-5)
