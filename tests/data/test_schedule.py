"""Schedules: what is given when, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError

Schedule = hc.Schedule
times = st.floats(0.0, 100.0)


def test_pulses_act_while_they_last():
    schedule = Schedule.pulses([0, 10], 2.0, -0.5)
    assert schedule.at([-1, 0, 1.9, 2.0, 9.9, 10.0, 12.0]).tolist() == [0, -0.5, -0.5, 0, 0, -0.5, 0]
    assert schedule.breaks.tolist() == [0, 2, 10, 12]
    assert Schedule.pulses(3.0, np.inf, 1.0).breaks.tolist() == [3.0]


@given(times, times, st.floats(-2, 2), st.floats(0.5, 20.0))
def test_doses_add_up_and_scale(t, start, amount, half_life):
    one = Schedule.bolus(start, amount, half_life=half_life)
    two = Schedule.infusion([1.0, 30.0], 4.0, 0.7, half_life=half_life, absorption_half_life=1.0)
    assert (one + two).at(t) == pytest.approx(float(one.at(t) + two.at(t)), abs=1e-12)
    assert (2.0 * one).at(t) == pytest.approx(2 * float(one.at(t)), abs=1e-12)


def test_half_of_a_dose_is_gone_after_a_half_life():
    schedule = Schedule.bolus([0.0], 1.0, half_life=6.0)
    np.testing.assert_allclose(schedule.at([0, 6, 12]), [1, 0.5, 0.25], rtol=1e-12)


def test_what_flows_in_fast_is_a_bolus():
    slow = Schedule.infusion(0.0, 1e-6, 1.0, half_life=6.0).at([1.0, 5.0])
    np.testing.assert_allclose(slow, Schedule.bolus(0.0, 1.0, half_life=6.0).at([1.0, 5.0]), rtol=1e-6)


def test_it_shows_itself():
    schedule = Schedule.pulses([0, 10], 2.0, -0.5)
    assert repr(schedule) == "Schedule(2 doses, from 0 to 10)"
    assert "-0.5" in schedule._repr_html_()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Schedule.pulses([0, 1], 2.0, 1.0), "overlap"),
        (lambda: Schedule.pulses([], 2.0, 1.0), "one finite time"),
        (lambda: Schedule.pulses("now", 2.0, 1.0), "wanted numbers"),
        (lambda: Schedule.pulses(0, -1, 1.0), "duration is -1"),
        (lambda: Schedule.pulses(0, 1, np.nan), "level is nan"),
        (lambda: Schedule.bolus(0, 1.0, half_life=0), "half_life is 0"),
        (lambda: Schedule.bolus(0, 1.0, half_life=1, absorption_half_life=-1), "absorption_half_life is -1"),
        (lambda: Schedule.infusion(0, np.inf, 1.0, half_life=1), "duration is inf"),
        (lambda: Schedule.bolus(0, 1.0, half_life=1) + 1, "another Schedule"),
    ],
)
def test_what_is_no_schedule_is_refused(make, message):
    with pytest.raises(InvalidValueError, match=message):
        make()
