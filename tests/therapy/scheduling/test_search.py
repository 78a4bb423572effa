"""Where the search starts, and what it gives up."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from hybridcell.therapy.scheduling.problem import ScheduleProblem
from hybridcell.therapy.scheduling.search import affordable, improve, n_ticks, search, starts
from tests.therapy.scheduling.test_regimen import _regimen


class Valley(ScheduleProblem):
    """An aim with its least value at known starts and full amounts, without any simulation."""

    def evaluate(self, point, free):
        off = np.concatenate([point[:5] - np.array([0.1, 0.3, 0.5, 0.2, 0.7]), np.zeros(5), point[10:] - 1.0])
        return np.array([off @ off]), 2 * off[None, free]

    def certified(self, points, *, finer=False):
        return np.array([self.evaluate(point, np.arange(15))[0] for point in points])


def _problem(budget=np.inf):
    systems: Any = [SimpleNamespace(regimen=_regimen(), n_simulations=0)]
    return Valley(
        systems=systems, readout="y", sign=1.0, over="mean",
        limits=[], budget=budget, risk="mean", tail=0.2,
    )  # fmt: skip


def test_starts_keep_gaps_and_budget():
    problem = _problem(budget=3.0)
    found = starts(problem, 8, np.random.default_rng(0))
    assert len(found) == 8
    assert all(problem.fits(point) for point in found)
    assert problem.costs(np.array(found)).max() == pytest.approx(3.0)
    np.testing.assert_array_equal(affordable(_problem(), found[3]), found[3])


def test_the_valley_is_found():
    ticks = []
    found = search(_problem(), n_starts=4, rng=np.random.default_rng(0), tick=ticks.append)
    assert len(ticks) == n_ticks(4)
    np.testing.assert_allclose(found[0].point[:5], [0.1, 0.3, 0.5, 0.2, 0.7], atol=1e-3)
    assert [one.rank for one in found] == sorted(one.rank for one in found)


def test_the_gap_stops_the_way_down():
    """From all doses at the start, where the gaps already bind."""
    problem = _problem()
    crowded = problem.regimen.point
    found = improve(problem, crowded, steps=60)
    rows, least = problem.regimen.gaps()
    assert (rows @ found.point >= least - 1e-6).all()
