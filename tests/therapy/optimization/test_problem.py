"""Aims, limits and their slopes, on responses made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.therapy.optimization.problem import UNSETTLED, Limit
from hybridcell.therapy.optimization.risk import RISKS
from tests.therapy.optimization.made import LIMITS, WEIGHTS, Made, problem

shares = st.lists(st.floats(0.05, 0.95), min_size=3, max_size=3).map(np.array)


@settings(max_examples=15)
@given(shares, st.sampled_from(RISKS), st.sampled_from([1.0, -1.0]))
def test_slopes_are_those_of_differences_of_the_certified_numbers(z, risk, sign):
    one, step = problem(risk=risk, sign=sign), 1e-6
    values, slopes = one.evaluate(z)
    np.testing.assert_allclose(values, one.certified(z[None])[0], atol=1e-12)
    around = one.certified(z + step * np.concatenate([np.eye(3), -np.eye(3)]))
    np.testing.assert_allclose(slopes, (around[:3] - around[3:]).T / (2 * step), atol=1e-7)


def test_an_aim_is_the_mean_by_weight_and_an_excess_is_what_passes_its_bound():
    one, z = problem(), np.array([0.2, 0.7, 0.4])
    treated, healthy = (system.values((z * one.tops)[None])[:, 0] for system in one.systems)
    growth, stress = WEIGHTS / 4 @ treated
    expected = [growth, stress - 0.3, -0.4 - stress, WEIGHTS / 4 @ healthy[:, 0] - 0.2]
    np.testing.assert_allclose(one.certified(z[None])[0], expected, atol=1e-12)
    up = replace(one, sign=-1.0).certified(z[None])[0]
    np.testing.assert_allclose(up, [-growth, *expected[1:]], atol=1e-12)


@given(shares)
@settings(max_examples=10)
def test_half_the_share_of_twice_the_dose_is_the_same_and_slopes_are_per_share(z):
    one = problem(risk="cvar")
    twice = replace(one, tops=2 * one.tops)
    np.testing.assert_allclose(twice.certified(z[None] / 2), one.certified(z[None]), atol=1e-12)
    np.testing.assert_allclose(twice.evaluate(z / 2)[1], 2 * one.evaluate(z)[1], atol=1e-12)


def test_a_condition_that_a_member_does_not_settle_in_is_never_looked_for():
    lost = problem(systems=[Made(lost=[1]), Made(seed=1)])
    values, slopes = lost.evaluate(np.full(3, 0.5))
    assert values[:3].tolist() == [UNSETTLED] * 3
    assert not slopes[:3].any()
    assert np.isfinite(slopes[3]).all()
    assert values[3] < 1
    numbers = lost.certified(np.zeros((2, 3)))
    assert (numbers[:, :3] == UNSETTLED).all()
    assert not replace(lost, limits=[]).feasible(numbers[:, :1], np.zeros((2, 3))).any()


def test_what_is_allowed_keeps_every_limit_and_the_budget():
    one = problem(budget=2.0)
    z = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1 / 3, 0], [1, 1 / 3, 0.1]])
    fine = np.full((5, 4), -0.1)
    assert one.feasible(fine, z).tolist() == [True, True, False, True, False]
    for column in (1, 2, 3):
        over = fine.copy()
        over[:, column] = 1e-3
        assert not one.feasible(over, z).any()
        assert one.feasible(over, z, slack=1e-2).tolist() == [True, True, False, True, False]


def test_simulations_of_both_models_are_counted_each_for_all_members():
    one = problem()
    one.certified(np.zeros((5, 3)))
    one.evaluate(np.zeros(3))
    assert one.n_simulations == 12


@pytest.mark.parametrize(("limit", "text"), [(LIMITS[0], "stress <= 0.3"), (LIMITS[1], "stress >= -0.4"),
                                             (Limit(1, "ERK", -1.0, 2.0), "ERK >= 2 (healthy)")])  # fmt: skip
def test_a_limit_reads_as_it_is_written(limit, text):
    assert limit.text == text
