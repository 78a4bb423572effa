"""Between schedules and numbers: there and back, gaps, costs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
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
