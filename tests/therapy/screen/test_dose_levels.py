"""Dose levels: asked for, or from the range of the data; bad ones are refused before any work."""

from __future__ import annotations

import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.data import PerturbationData
from hybridcell.therapy.screen.dose_levels import read_levels

DRUGS = ("a", "b")


def _data(doses, input="strength"):
    return PerturbationData(
        values=np.zeros((len(doses), 1)),
        readouts=["growth"],
        kinds=["phenotype"],
        conditions=[f"c{i}" for i in range(len(doses))],
        perturbations=["a", "b", "unused"],
        doses=doses,
        input=input,
        control="implied",
    )


SCREEN = _data([[0, 0, 0], [-0.5, 0, 0], [-2.0, -1.0, 0]])


def test_levels_reach_to_the_largest_strength_of_the_training_data():
    a, b = read_levels(DRUGS, 5, None, SCREEN)
    np.testing.assert_allclose(a, [0, -0.5, -1, -1.5, -2])
    np.testing.assert_allclose(b, [0, -0.25, -0.5, -0.75, -1])


def test_the_user_may_say_the_range_or_the_levels():
    a, b = read_levels(DRUGS, 3, {"a": -1, "b": -4}, None)
    np.testing.assert_allclose(a, [0, -0.5, -1])
    np.testing.assert_allclose(b, [0, -2, -4])
    a, b = read_levels(DRUGS, {"b": [-1], "a": [-3, 0, -1]}, None, SCREEN)
    np.testing.assert_array_equal(a, [0, -1, -3])
    np.testing.assert_array_equal(b, [0, -1])
    a, b = read_levels(DRUGS, [2.0, 1.0], None, None)
    np.testing.assert_array_equal(a, [0, 1, 2])
    np.testing.assert_array_equal(b, a)


@pytest.mark.parametrize(
    ("doses", "input_range", "message"),
    [
        (1, None, "at least 2 levels"),
        (2.5, None, "wanted a number of levels"),
        (True, None, "wanted a number of levels"),
        ("8", None, "wanted a number of levels"),
        ([0.0], None, "no dose other than 0"),
        ([-1.0, 1.0], None, "one sign per drug"),
        ([-1.0, np.nan], None, "finite"),
        (["x"], None, "wanted numbers"),
        ({"a": [-1]}, None, "says nothing about b"),
        ({"a": [-1], "b": [0.7]}, None, r"0.7.*negative \(inhibition\). Write -0.7"),
        (4, np.inf, "finite number other than 0"),
        (4, 0, "finite number other than 0"),
        (4, "big", "wanted a number"),
        (4, "1", "input_range is '1'; wanted a number"),
        (4, {"a": True, "b": -1.0}, r"input_range\['a'\] is True; wanted a number"),
        ([-1.0], -2.0, "one of the two"),
    ],
)
def test_bad_levels(doses, input_range, message):
    with pytest.raises(InvalidValueError, match=message):
        read_levels(DRUGS, doses, input_range, SCREEN)


def test_unknown_drugs_unused_drugs_and_missing_data():
    with pytest.raises(UnknownNameError, match="'aa'"):
        read_levels(DRUGS, {"aa": [-1], "b": [-1]}, None, SCREEN)
    with pytest.raises(InvalidValueError, match="never give 'unused'"):
        read_levels(("a", "unused"), 4, None, SCREEN)
    with pytest.raises(InvalidValueError, match="input_range"):
        read_levels(DRUGS, 4, None, None)


def test_doses_are_not_negative():
    dosed = _data([[0, 0, 0], [1, 2, 0]], input="dose")
    np.testing.assert_allclose(read_levels(DRUGS, 3, None, dosed)[1], [0, 1, 2])
    with pytest.raises(InvalidValueError, match="doses, which are 0 or more"):
        read_levels(DRUGS, [-1.0], None, dosed)
