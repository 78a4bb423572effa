"""The course figure draws doses as they are given, and what was simulated."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError

DOSES = {"a": hc.Schedule.pulses([2, 6], 1.0, -1.0), "b": -0.5}


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def course():
    # as hc.simulate gives it, which would compile for seconds
    rng = np.random.default_rng(0)
    return hc.Trajectory(
        ts=np.linspace(0.0, 10.0, 21),
        values=rng.normal(size=(2, 21, 4)),  # pyright: ignore[reportArgumentType]
        names=("growth", "p", "a", "b"),
        kinds=("phenotype", "protein", "drug", "drug"),
        conditions=("a 2 doses + b -0.5", "a -1"),
        result=("success", "success"),
        method="tsit5",
    )


@pytest.fixture(scope="module")
def only(course):
    from dataclasses import replace

    return replace(
        course, values=course.values[:1], conditions=course.conditions[:1], result=course.result[:1]
    )


def _line(ax, label):
    (line,) = [one for one in ax.get_lines() if one.get_label() == label]
    return np.asarray(line.get_xdata()), np.asarray(line.get_ydata())


def test_pulses_have_upright_sides_and_constant_doses_are_level(only):
    upper, lower = hc.pl.schedule(only, DOSES)
    times, values = _line(upper, "a")
    np.testing.assert_array_equal(values, DOSES["a"].at(times))
    for jump in (2.0, 3.0, 6.0, 7.0):
        near = times[np.abs(times - jump) < 1e-9]
        assert len(near) == 2
    assert set(_line(upper, "b")[1]) == {-0.5}
    assert upper.get_xlim() == lower.get_xlim() == (0.0, 10.0)


def test_phenotypes_are_drawn_unless_others_are_named(only):
    lower = hc.pl.schedule(only, DOSES, time_unit="h")[1]
    assert (lower.get_xlabel(), lower.get_ylabel()) == ("Time (h)", "growth")
    np.testing.assert_array_equal(lower.get_lines()[0].get_ydata(), only["growth"][0])
    both = hc.pl.schedule(only, DOSES, ["p", "growth"])[1]
    assert [text.get_text() for text in both.get_legend().get_texts()] == ["p", "growth"]


def test_one_of_several_conditions_is_named(course):
    second = course.conditions[1]
    lower = hc.pl.schedule(course, {"a": -1.0}, "p", condition=second)[1]
    np.testing.assert_array_equal(lower.get_lines()[0].get_ydata(), course["p"][1])
    panels = plt.subplots(2, 1)[1]
    assert hc.pl.schedule(course, {"a": -1.0}, condition=second, axes=panels)[0] is panels[0]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"doses": {}}, InvalidValueError, "wanted a dict"),
        ({"doses": {"aa": -1.0}}, UnknownNameError, "'a'"),
        ({"doses": {"a": "much"}}, InvalidValueError, "wanted an hc.Schedule or a finite number"),
        ({"doses": {"a": float("nan")}}, InvalidValueError, "finite number"),
        ({"readouts": []}, InvalidValueError, "readouts is empty"),
        ({"readouts": "growht"}, UnknownNameError, "'growth'"),
        ({"condition": "nothing"}, UnknownNameError, "condition"),
        ({"axes": []}, InvalidValueError, "There are 0 axes"),
    ],
)
def test_bad_requests_are_refused(only, options, error, message):
    with pytest.raises(error, match=message):
        hc.pl.schedule(only, **{"doses": DOSES, **options})


def test_several_conditions_need_a_name(course):
    with pytest.raises(InvalidValueError, match="2 conditions; say which"):
        hc.pl.schedule(course, DOSES)
