"""Schedules in the place of doses."""

from __future__ import annotations

import hybridcell as hc
from hybridcell.data import read_schedules


def test_schedules_are_told_from_doses():
    twice = hc.Schedule.bolus([0, 24], -1.0, half_life=8.0)
    given, schedules = read_schedules([{"a": twice, "b": -0.5}, {"b": twice}, {"b": -1.0}, {}])
    assert schedules == {(0, "a"): twice, (1, "b"): twice}
    assert given.perturbations == ("a", "b")
    assert given.doses.tolist() == [[0, -0.5], [0, 0], [0, -1], [0, 0]]
    assert given.names == ("b -0.5 + a 2 doses", "b 2 doses", "b -1", "control #2")


def test_other_ways_to_state_conditions_have_none():
    for conditions in (None, {"a": -1.0}, [{"a": -1.0}]):
        given, schedules = read_schedules(conditions)
        assert schedules == {}
        assert len(given) == 1


def test_named_conditions_keep_their_names():
    daily = hc.Schedule.bolus([0.0, 24.0], 1.0, half_life=8.0)
    given, schedules = read_schedules({"daily": {"a": daily}, "steady": {"a": 0.5}, "none": {}})
    assert given.names == ("daily", "steady", "none")
    assert given.doses.tolist() == [[0.0], [0.5], [0.0]]
    assert schedules == {(0, "a"): daily}
