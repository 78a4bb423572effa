"""Aims and limits over a course, and their slopes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.therapy.optimization.problem import UNSETTLED, Limit
from hybridcell.therapy.optimization.risk import RISKS
from hybridcell.therapy.scheduling.courses import Courses
from hybridcell.therapy.scheduling.problem import OVER, ScheduleProblem
from hybridcell.therapy.scheduling.search import free_numbers
from tests.therapy.scheduling.made import WEIGHTS, Made, problem
from tests.therapy.scheduling.models import ensemble
from tests.therapy.scheduling.test_regimen import _regimen


def test_aims_limits_and_slopes_are_those_of_differences():
    regimen = _regimen(durations={"b": (2.0, 6.0)})
    courses = Courses(ensemble(), regimen, ("growth", "stress"), None)
    assert courses.n_simulations == 0
    point = regimen.spread(
        regimen.point + np.r_[0.011 * np.arange(1, 6), 0.007 * np.arange(5), -0.3 * np.ones(5)]
    )
    for over, risk in (("mean", "mean"), ("end", "cvar"), ("max", "worst")):
        problem = ScheduleProblem(
            systems=[courses], readout="growth", sign=1.0, over=over, limits=[Limit(0, "stress", 1.0, 0.3)],
            budget=np.inf, risk=risk, tail=0.5,
        )  # fmt: skip
        free = free_numbers(problem)
        assert set(free) == {0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 13, 14}
        values, slopes = problem.evaluate(point, free)
        numbers = problem.certified(point[None])[0]
        m = problem.n_worst
        assert abs(values[:m].max() - numbers[0]) < 1e-9
        assert abs(values[m:].max() - numbers[1]) < 1e-9
        step = 1e-6
        for column, i in enumerate(free):
            e = step * np.eye(len(point))[i]
            moved = [problem.certified((point + s * e)[None])[0] for s in (1, -1)]
            wanted = (moved[0] - moved[1]) / (2 * step)
            # a peak between nodes is as flat as the nodes are close
            assert abs(slopes[np.argmax(values[:m]), column] - wanted[0]) < (1e-5 if m == 1 else 2e-2)
            assert abs(slopes[m + np.argmax(values[m:]), column] - wanted[1]) < 2e-2


shares = st.lists(st.floats(0.05, 0.95), min_size=15, max_size=15).map(np.array)


@given(shares, st.sampled_from(OVER), st.sampled_from(RISKS), st.sampled_from([1.0, -1.0]))
@settings(max_examples=25)
def test_the_worst_of_the_stretches_is_what_is_certified_whatever_is_aimed_at(point, over, risk, sign):
    one = problem(over=over, risk=risk, sign=sign)
    values, slopes = one.evaluate(point, np.arange(15))
    m = one.n_worst
    numbers = one.certified(point[None])[0]
    stretches = np.array_split(values[m:], 2)
    np.testing.assert_allclose([values[:m].max(), *(s.max() for s in stretches)], numbers, atol=1e-12)
    # members, and so their risk, are linear in the point
    np.testing.assert_allclose(slopes[:m] @ point, values[:m], atol=1e-12)
    assert slopes.shape == (m + 48, 15)


def test_the_risk_is_that_of_the_members_at_each_time():
    one, point = problem(over="max"), np.linspace(0.1, 0.9, 15)
    growth = one.systems[0].values(point[None])[2][0, :, :, 0]
    assert one.certified(point[None])[0, 0] == pytest.approx((WEIGHTS / 4 @ growth).max())
    worst = replace(one, risk="worst").certified(point[None])[0, 0]
    assert worst == pytest.approx(growth.max())
    low = replace(one, sign=-1.0, risk="worst").certified(point[None])[0, 0]
    assert low == pytest.approx(-growth.min())
    assert replace(one, risk="cvar", tail=1.0).certified(point[None])[0, 0] == pytest.approx(
        (WEIGHTS / 4 @ growth).max()
    )


def test_a_course_that_a_member_loses_is_never_allowed():
    one, point = problem(systems=[Made(lost=[0])]), np.full(15, 0.5)
    assert (one.certified(point[None]) == UNSETTLED).all()
    values, slopes = one.evaluate(point, np.arange(15))
    assert (values == UNSETTLED).all()
    assert not slopes.any()
    assert not one.feasible(one.certified(point[None]), point[None]).any()


def test_what_fits_keeps_window_gaps_and_budget():
    one = problem(budget=9.0)
    regimen = one.regimen
    point = regimen.evenly(0.0, 0.6)
    point[10:] = 0.5
    assert regimen.cost(point)[0] == pytest.approx(7.0)
    assert one.fits(point)
    dear, early, close = point.copy(), point.copy(), point.copy()
    dear[10:] = 0.7
    early[0] = -0.01
    close[1] = close[0] + 0.5 / 24
    assert [one.fits(other) for other in (dear, early, close)] == [False] * 3
    assert replace(one, budget=np.inf).fits(dear)
