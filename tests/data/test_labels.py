"""The text of conditions: joined and split again, and every way to be misread."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import DataError
from hybridcell.data._labels import (
    format_doses,
    format_label,
    format_number,
    match_doses,
    split_doses,
    split_label,
)

NAMES = st.lists(
    st.text("abAB12_-.βé ", min_size=1, max_size=6).filter(lambda t: t == t.strip() and t != "control"),
    min_size=1, max_size=4, unique=True,
)  # fmt: skip
DOSES = st.floats(1e-300, 1e300) | st.floats(-1e300, -1e-300)


@settings(max_examples=40)
@given(NAMES, st.data())
def test_a_label_is_split_into_the_names_that_made_it(names, data):
    doses = [data.draw(st.sampled_from([0.0, 0.5, -2.0])) for _ in names]
    label = format_label(names, doses)
    given_names = [name for name, dose in zip(names, doses) if dose]
    assert split_label(label, "+", ("control",), row="r") == (given_names or ["control"])


@settings(max_examples=40)
@given(st.lists(DOSES, min_size=1, max_size=4))
def test_doses_are_read_as_written_to_six_digits(doses):
    np.testing.assert_allclose(split_doses(format_doses(doses), "+", row="r"), doses, rtol=1e-5)


@settings(max_examples=40)
@given(DOSES)
def test_no_number_holds_what_joins_numbers(dose):
    assert "+" not in format_number(dose)


@pytest.mark.parametrize(
    ("text", "sep", "wanted"),
    [
        ("1e+2", "+", [100.0]),
        (" 0.5 + 2 ", "+", [0.5, 2.0]),
        ("0.5;2", ";", [0.5, 2.0]),
        ("0.5+2", ";", [0.5, 2.0]),  # many files join names by one mark and doses by plus
        ("1_5", "_", [1.0, 5.0]),
        ("10_0", "_", [10.0, 0.0]),
        ("7", "", [7.0]),
    ],
)
def test_dose_texts(text, sep, wanted):
    assert split_doses(text, sep, row="r") == wanted


@pytest.mark.parametrize("text", ["1_5", "0.5 uM", "1+", "+", "low", "1,5", "0.5++2", ""])
def test_what_is_no_dose_is_told_with_its_row(text):
    with pytest.raises(DataError, match=r"Row 'well 3' has the dose .*without units"):
        split_doses(text, "+", row="well 3")


@pytest.mark.parametrize("label", ["A+", "+A", "A++B", "", " + "])
def test_an_empty_name_blames_the_separator(label):
    with pytest.raises(DataError, match=r"leaves an empty name.*sep="):
        split_label(label, "+", (), row="r")


def test_a_name_comes_once_but_control_words_may_repeat():
    assert split_label("ctrl+ctrl", "+", ("ctrl",), row="r") == ["ctrl", "ctrl"]
    with pytest.raises(DataError, match="names a perturbation twice"):
        split_label("A+B+A", "+", ("ctrl",), row="r")


@pytest.mark.parametrize(
    ("parts", "doses", "wanted"),
    [
        (["A", "ctrl"], [1.0, 0.0], [1.0]),
        (["ctrl", "A"], [0.0, 2.0], [2.0]),
        (["A", "ctrl"], [3.0], [3.0]),
        (["A", "B"], [1.0, 2.0], [1.0, 2.0]),
        (["ctrl"], [], []),
    ],
)
def test_doses_go_to_names_and_not_to_control_words(parts, doses, wanted):
    assert match_doses(parts, doses, ("ctrl",), row="r") == wanted


@pytest.mark.parametrize("doses", [[], [1.0], [1.0, 2.0, 3.0]])
def test_too_few_and_too_many_doses_are_counted(doses):
    with pytest.raises(DataError, match=rf"'A' and 'B', but gives {len(doses)} dose"):
        match_doses(["A", "B"], doses, (), row="r")
