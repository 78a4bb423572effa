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


class Hidden(Problem):
    """A basin in drug 0 alone, and a trace of drug 2 beside it, which starts in the middle do not meet."""

    def evaluate(self, z):
        basin, trace = (z[0] - 0.8) ** 2 - 1.0, 0.4 * np.exp(-(((z[2] - 0.05) / 0.01) ** 2))
        slope = np.array([2 * (z[0] - 0.8), 0.3, 2 * trace * (z[2] - 0.05) / 0.01**2 + 0.3, 0.3])
        return np.array([basin - trace + 0.3 * z[1:].sum()]), slope[None]


def test_a_trace_of_a_potent_drug_is_found_beside_another():
    """Random starts of a dose between .05 and 1 climb down to none of it; exchanges begin with a trace."""
    from hybridcell.therapy.optimization import search as module

    problem = Hidden(**{name: getattr(_problem(), name) for name in _problem().__dataclass_fields__})
    rng = np.random.default_rng(0)
    found, _ = search(problem, max_drugs=2, n_starts=1, rng=rng, tick=lambda _: None)
    assert found[0].drugs == (0, 2)
    assert found[0].value < -1.3
    middle = module.improve(problem, (0, 2), np.array([0.5, 0, 0.5, 0]), 80)
    assert middle.value == pytest.approx(-1.0, abs=1e-6)


class Crooked(Problem):
    """A kink on the way, on which line searches never settle."""

    calls = 0

    def evaluate(self, z):
        type(self).calls += 1
        sign = 1.0 if type(self).calls % 2 else -1.0
        return np.array([float(np.abs(z - 0.31).sum())]), sign * np.sign(z - 0.31)[None]


def test_no_start_takes_more_than_its_share():
    from hybridcell.therapy.optimization import search as module

    problem = Crooked(**{name: getattr(_problem(), name) for name in _problem().__dataclass_fields__})
    found = module.improve(problem, (0, 1, 2, 3), np.full(4, 0.9), 10_000)
    assert np.isfinite(found.value)
    assert Crooked.calls <= module._MOST


def test_the_budget_cuts_the_way():
    found, _ = search(
        _problem(budget=0.6), max_drugs=2, n_starts=3, rng=np.random.default_rng(0), tick=lambda _: None
    )
    assert found[0].z.sum() == pytest.approx(0.6, abs=1e-5)
