"""Between schedules and numbers: there and back, gaps, costs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell.therapy.scheduling.regimen import Regimen
from tests.therapy.scheduling.models import GIVEN


def _regimen(schedules=GIVEN, durations=None, gap=1.0, window=(0.0, 24.0)):
    many = len(schedules)
    return Regimen.of(
        schedules, durations or {}, t0=0.0, t1=24.0, window=window, gap=np.full(many, gap),
        costs=np.ones(many),
    )  # fmt: skip


def test_there_and_back():
    regimen = _regimen()
    found = regimen.schedules(regimen.point)
    for name, schedule in GIVEN.items():
        np.testing.assert_allclose(found[name].doses, schedule.doses)
    nothing = regimen.point
    nothing[2 * regimen.k :] = 0.0
    assert regimen.schedules(nothing) == {}


def test_a_pulse_without_an_end_has_none():
    regimen = _regimen({"b": hc.Schedule.pulses(3.0, np.inf, -1.0)})
    assert regimen.schedules(regimen.point)["b"].doses[0, 1] == np.inf
    assert regimen.cost(regimen.point)[0] == pytest.approx(21.0)  # what acts before the end


shares = st.lists(st.floats(0.0, 1.0), min_size=15, max_size=15).map(np.array)


@given(shares)
def test_slopes_of_the_cost_are_those_of_differences(share):
    regimen, step = _regimen(durations={"b": (2.0, 6.0)}), 1e-7
    low, high = regimen.bounds
    point = low + share * (high - low)
    cut = np.abs(point[: regimen.k] + point[regimen.k : 2 * regimen.k] - 1.0) < 1e-5
    _, slopes = regimen.cost(point)
    for i in range(len(point)):
        if cut[i % regimen.k]:  # a kink: the pulse ends with the course
            continue
        e = step * np.eye(len(point))[i]
        wanted = (regimen.cost(point + e)[0] - regimen.cost(point - e)[0]) / (2 * step)
        assert slopes[i] == pytest.approx(wanted, abs=1e-4)


@given(shares)
def test_doses_are_moved_apart_within_the_window(share):
    regimen = _regimen()
    low, high = regimen.bounds
    point = regimen.spread(low + share * (high - low))
    rows, least = regimen.gaps()
    assert (rows @ point >= least - 1e-9).all()
    assert (point >= low - 1e-12).all()
    assert (point <= high + 1e-12).all()


@given(st.floats(0, 0.6), st.floats(0, 1))
def test_regular_regimens_keep_the_gaps(first, interval):
    regimen = _regimen()
    rows, least = regimen.gaps()
    assert (rows @ regimen.evenly(first, interval) >= least - 1e-9).all()


def test_even_and_early():
    regimen = _regimen({"a": GIVEN["a"]})
    np.testing.assert_allclose(24 * regimen.evenly(0.0, 1.0)[:3], [0, 12, 24])
    np.testing.assert_allclose(24 * regimen.evenly(0.0, 0.0)[:3], [0, 1, 2])


lengths = st.tuples(st.floats(0.5, 2.0), st.floats(3.0, 8.0))


@given(shares, lengths)
@settings(max_examples=10)
def test_pulses_cost_what_their_input_comes_to_over_the_course(share, durations):
    regimen = _regimen({"b": hc.Schedule.pulses([0.0, 7.0, 15.0, 20.0, 23.0], 0.5, -1.5)}, {"b": durations})
    low, high = regimen.bounds
    point = low + share * (high - low)
    times = np.linspace(0, 24, 2401)[:-1] + 0.005
    course = sum(np.abs(schedule.at(times)) for schedule in regimen.schedules(point).values())
    assert regimen.cost(point)[0] == pytest.approx(np.sum(course) * 0.01, abs=0.1)


@given(shares, st.floats(0.0, 1.0))
@settings(max_examples=20)
def test_costs_grow_with_the_amounts_and_add_up_over_drugs(share, part):
    regimen = _regimen(durations={"b": (2.0, 6.0)})
    low, high = regimen.bounds
    point = low + share * (high - low)
    less = point.copy()
    less[10:] *= part
    assert regimen.cost(less)[0] == pytest.approx(part * regimen.cost(point)[0])
    alone = []
    for drug in (0, 1):
        one = point.copy()
        one[10:][regimen.owner != drug] = 0.0
        alone.append(regimen.cost(one)[0])
    assert sum(alone) == pytest.approx(regimen.cost(point)[0])
    dear = replace(regimen, costs=np.array([1.0, 3.0]))
    assert dear.cost(point)[0] == pytest.approx(alone[0] + 3 * alone[1])


@given(shares)
@settings(max_examples=20)
def test_doses_of_a_point_are_a_regimen_at_that_point(share):
    regimen = _regimen(durations={"b": (2.0, 6.0)})
    low, high = regimen.bounds
    point = regimen.spread(low + np.maximum(share, 0.01) * (high - low))
    again = Regimen.of(
        regimen.schedules(point),
        {},
        t0=0.0,
        t1=24.0,
        window=(0.0, 24.0),
        gap=regimen.gap,
        costs=regimen.costs,
    )
    assert again.drugs == regimen.drugs
    np.testing.assert_array_equal(again.owner, regimen.owner)
    np.testing.assert_allclose(again.doses(again.point), regimen.doses(point), atol=1e-12)
    assert again.cost(again.point)[0] == pytest.approx(regimen.cost(point)[0])


def test_many_points_are_each_alone():
    regimen = _regimen(durations={"b": (2.0, 6.0)})
    low, high = regimen.bounds
    points = low + np.linspace(0.1, 0.9, 3)[:, None] * (high - low)
    together = regimen.doses(points)
    assert together.shape == (3, 5, 5)
    for point, doses in zip(points, together):
        np.testing.assert_array_equal(regimen.doses(point), doses)


@given(shares)
@settings(max_examples=20)
def test_what_keeps_the_gaps_is_left_where_it_is(share):
    regimen = _regimen()
    low, high = regimen.bounds
    point = regimen.spread(low + share * (high - low))
    np.testing.assert_allclose(regimen.spread(point), point, atol=1e-12)


def test_doses_given_at_once_without_a_gap_need_not_be_apart():
    regimen = _regimen({"a": GIVEN["a"]}, gap=0.0)
    rows, least = regimen.gaps()
    assert (len(rows), len(least)) == (0, 0)
    together = np.concatenate([np.full(3, 0.5), np.zeros(3), np.ones(3)])
    np.testing.assert_array_equal(regimen.spread(together), together)


def test_a_window_bounds_starts_and_not_ends():
    regimen = _regimen({"b": hc.Schedule.pulses([6.0, 12.0], 4.0, 1.0)}, gap=2.0, window=(6.0, 12.0))
    low, high = regimen.bounds
    np.testing.assert_allclose(24 * low[:2], 6.0)
    np.testing.assert_allclose(24 * high[:2], 12.0)
    np.testing.assert_allclose(24 * regimen.evenly(0.0, 1.0)[:2], [6, 12])
    np.testing.assert_allclose(24 * regimen.evenly(1.0, 1.0)[:2], [6, 12])
