"""Schedules at their edges: jumps, endless pulses, laws of sums, and arrays that are none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import InvalidValueError
from hybridcell.data import Schedule

starts = st.lists(st.floats(0.0, 100.0), min_size=1, max_size=4)
amounts = st.floats(-3.0, 3.0)


@st.composite
def schedules(draw):
    make = draw(st.sampled_from(["bolus", "infusion", "absorbed"]))
    half_life = draw(st.floats(0.5, 20.0))
    if make == "bolus":
        return Schedule.bolus(draw(starts), draw(amounts), half_life=half_life)
    way_in = {"absorption_half_life": draw(st.floats(0.1, 30.0))} if make == "absorbed" else {}
    return Schedule.infusion(
        draw(starts), draw(st.floats(0.1, 9.0)), draw(amounts), half_life=half_life, **way_in
    )


@settings(max_examples=40)
@given(schedules(), schedules(), st.lists(st.floats(-10.0, 500.0), min_size=1, max_size=5))
def test_sums_do_not_depend_on_the_order(one, two, times):
    np.testing.assert_allclose((one + two).at(times), (two + one).at(times), atol=1e-12)
    np.testing.assert_array_equal((one + two).breaks, (two + one).breaks)


@settings(max_examples=40)
@given(schedules(), st.floats(-50.0, 50.0))
def test_later_doses_are_the_same_course_later(schedule, by):
    moved = np.array(schedule.doses)
    moved[:, 0] += by
    times = np.array([0.0, 3.0, 31.0, 120.0])
    # away from jumps, whose place rounding may move
    clear = np.abs(times[:, None] - schedule.breaks).min(axis=1) > 1e-6
    np.testing.assert_allclose(
        Schedule(moved).at(times + by)[clear], schedule.at(times)[clear], rtol=1e-7, atol=1e-9
    )


@settings(max_examples=40)
@given(schedules())
def test_nothing_is_there_before_the_first_dose(schedule):
    first = schedule.doses[:, 0].min()
    assert schedule.at(first - 1e-6) == 0.0
    assert schedule.breaks[0] == first
    assert (np.diff(schedule.breaks) > 0).all()


@settings(max_examples=40)
@given(st.floats(0.1, 30.0), st.floats(0.01, 2.0))
def test_a_dose_every_half_life_gathers_to_twice_the_dose(half_life, amount):
    """Geometric series: what is there just after each dose is amount (1 + 1/2 + 1/4 ...)."""
    daily = Schedule.bolus(half_life * np.arange(40), amount, half_life=half_life)
    assert float(daily.at(half_life * 39)) == pytest.approx(2 * amount, rel=1e-9)


def test_times_keep_their_shape_and_a_jump_has_the_value_after_it():
    schedule = Schedule.pulses([0.0, 4.0], 1.0, 2.0)
    grid = np.array([[0.0, 1.0], [4.0, 5.0]])
    assert schedule.at(grid).tolist() == [[2.0, 0.0], [2.0, 0.0]]
    assert schedule.at(0.5).shape == ()
    assert schedule.at([]).shape == (0,)


def test_pulses_without_end_and_pulses_that_touch():
    assert Schedule.pulses(1.0, np.inf, 0.5).at([0.9, 1.0, 1e12]).tolist() == [0.0, 0.5, 0.5]
    touching = Schedule.pulses([0.0, 1.0, 2.0], 1.0, 0.5)
    assert touching.at(np.linspace(0.0, 2.999, 50)).tolist() == [0.5] * 50
    with pytest.raises(InvalidValueError, match="overlap"):
        Schedule.pulses([0.0, 5.0], np.inf, 0.5)


def test_the_doses_are_a_copy_that_stays():
    doses = np.array([[0.0, 1.0, 2.0, np.inf, 0.0]])
    schedule = Schedule(doses)
    doses[:] = 7.0
    assert schedule.doses[0, 0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        schedule.doses[0, 0] = 1.0


def test_many_amounts_are_shown_shortly():
    many = Schedule.bolus(0.0, 1.0, half_life=1.0)
    for k in range(2, 9):
        many = many + Schedule.bolus(float(k), float(k), half_life=1.0)
    assert "1, 2, 3, 4, 5, ..." in many._repr_html_()


GOOD = [0.0, 1.0, 2.0, np.inf, 0.5]


@pytest.mark.parametrize(
    ("doses", "message"),
    [
        (np.zeros((0, 5)), r"shape \(0, 5\).*one dose at least"),
        (np.zeros(5), r"shape \(5,\)"),
        ([[1.0, 2.0]], r"wanted \(doses, 5\)"),
        ("daily", "wanted numbers"),
        ([GOOD, [np.nan, *GOOD[1:]]], "Dose 1 of a schedule is .*finite start"),
        ([[0.0, -1.0, *GOOD[2:]]], "Dose 0 .*duration"),
        ([[*GOOD[:2], np.inf, *GOOD[3:]]], "amount"),
        ([[*GOOD[:3], 0.0, 0.5]], "positive absorption"),
        ([[*GOOD[:4], -0.5]], "elimination of 0 or more"),
        ([[*GOOD[:4], np.nan]], "elimination"),
    ],
)
def test_arrays_that_are_no_doses_are_refused(doses, message):
    with pytest.raises(InvalidValueError, match=message):
        Schedule(doses)


@pytest.mark.parametrize("factor", [True, None, "2", np.nan, np.inf])
def test_a_factor_is_a_finite_number(factor):
    with pytest.raises(InvalidValueError, match="factor"):
        Schedule([GOOD]) * factor


def test_only_schedules_are_added():
    with pytest.raises(InvalidValueError, match="wanted another Schedule"):
        Schedule([GOOD]) + 1.0  # pyright: ignore[reportOperatorIssue]
