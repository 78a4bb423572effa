"""Checks of arrays and names: each tells what, where and how to mend it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hybridcell._core.errors import DataError
from hybridcell.data import _checks

ROWS, COLUMNS = ("r0", "r1", "r2"), ("a", "b")
finite = st.floats(-1e6, 1e6)


@settings(max_examples=40)
@given(arrays(float, (3, 2), elements=finite))
def test_an_array_is_a_copy_that_cannot_be_written(values):
    found = _checks.float_array("values", values, (3, 2))
    np.testing.assert_array_equal(found, values)
    assert found.dtype == np.float64
    values += 1.0
    assert not np.array_equal(found, values)
    with pytest.raises(ValueError, match="read-only"):
        found[0, 0] = 3.0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([["x", 1], [1, 2], [3, 4]], "must be numbers; could not convert"),
        ([[1, 2], [3]], "must be numbers"),
        ([[1, 2]], r"shape \(1, 2\); wanted \(3, 2\)"),
        (None, r"shape \(\); wanted"),
        ([[1 + 2j, 1], [1, 2], [3, 4]], "must be numbers"),
    ],
)
def test_what_is_no_array_of_numbers(values, message):
    with pytest.raises(DataError, match=f"^values.*{message}"):
        _checks.float_array("values", values, (3, 2))


@settings(max_examples=40)
@given(st.integers(0, 2), st.integers(0, 1), st.sampled_from([np.inf, -np.inf]))
def test_an_infinite_value_is_told_with_row_and_column(i, j, value):
    values = np.zeros((3, 2))
    values[i, j] = value
    with pytest.raises(
        DataError, match=f"infinite at row '{ROWS[i]}', column '{COLUMNS[j]}'. A logarithm of zero"
    ):
        _checks.check_values(values, ROWS, COLUMNS)
    values[i, j] = np.nan
    _checks.check_values(values, ROWS, COLUMNS)


def test_further_places_are_counted():
    with pytest.raises(DataError, match="row 'r0', column 'a' and 5 more"):
        _checks.check_values(np.full((3, 2), np.inf), ROWS, COLUMNS)


@pytest.mark.parametrize(
    ("dose", "input", "message"),
    [
        (np.nan, "dose", "NaN or infinite at row 'r1', column 'b'.*0 where the perturbation was not given"),
        (np.inf, "strength", "NaN or infinite"),
        (-1e-9, "dose", "negative at row 'r1', column 'b'.*input='strength'"),
    ],
)
def test_doses_that_are_none(dose, input, message):
    doses = np.zeros((3, 2))
    doses[1, 1] = dose
    with pytest.raises(DataError, match=message):
        _checks.check_doses(doses, ROWS, COLUMNS, input=input)


def test_strengths_may_be_negative_and_minus_zero_is_no_dose_at_all():
    _checks.check_doses(np.full((3, 2), -1.0), ROWS, COLUMNS, input="strength")
    _checks.check_doses(np.full((3, 2), -0.0), ROWS, COLUMNS, input="dose")


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_a_measured_value_has_an_error(bad):
    sd, values = np.ones((3, 2)), np.ones((3, 2))
    sd[2, 0] = bad
    with pytest.raises(DataError, match="sd is not a positive number at row 'r2', column 'a'"):
        _checks.check_sd(sd, values, ROWS, COLUMNS)
    values[2, 0] = np.nan
    _checks.check_sd(sd, values, ROWS, COLUMNS)


@pytest.mark.parametrize(("tiny", "value"), [(1e-310, 1.0), (1e-160, 0.0), (1e-140, -1e20)])
def test_an_error_whose_inverse_cannot_be_squared_is_refused(tiny, value):
    sd, values = np.ones((3, 2)), np.ones((3, 2))
    sd[2, 0], values[2, 0] = tiny, value
    with pytest.raises(DataError, match=r"sd is 1e-\d+ at row 'r2', column 'a': too small"):
        _checks.check_sd(sd, values, ROWS, COLUMNS)


@pytest.mark.parametrize("bad", [-1e-300, np.nan, np.inf])
def test_a_weight_is_not_negative(bad):
    weight = np.zeros((3, 2))
    _checks.check_weight(weight, ROWS, COLUMNS)
    weight[0, 1] = bad
    with pytest.raises(DataError, match="loss weight is not a finite number >= 0 at row 'r0', column 'b'"):
        _checks.check_weight(weight, ROWS, COLUMNS)


@pytest.mark.parametrize(
    ("values", "kinds", "refused"),
    [
        ([[0, 21.0]], ("gene", "gene"), True),
        ([[0, 20.0]], ("gene", "protein"), True),
        ([[0, 19.0]], ("gene", "gene"), False),  # log values may be whole by chance while small
        ([[0, 20.5]], ("gene", "gene"), False),
        ([[-1, 500.0]], ("gene", "gene"), False),
        ([[3, 500.0]], ("phenotype", "phenotype"), False),
        ([[3, 500.0]], ("gene", "phenotype"), False),
        ([[np.nan, 500.0]], ("gene", "gene"), False),  # one number tells nothing
        ([[np.nan, 500.0], [3.0, np.nan]], ("gene", "gene"), True),
    ],
)
def test_raw_counts_are_noticed(values, kinds, refused):
    values = np.array(values)
    if not refused:
        _checks.check_not_counts(values, kinds)
        return
    with pytest.raises(DataError, match=r"look like raw counts.*layer="):
        _checks.check_not_counts(values, kinds)


@settings(max_examples=40)
@given(st.lists(st.text(min_size=1, max_size=4).filter(str.strip), max_size=6))
def test_names_are_given_back_or_the_one_that_comes_twice_is_told(names):
    if len(set(names)) == len(names):
        assert _checks.unique_names("node", names) == tuple(names)
        return
    with pytest.raises(
        DataError, match=r"The node name .* is used [2-9] times; names must be unique. Mend it.$"
    ):
        _checks.unique_names("node", names, hint="Mend it.")


@pytest.mark.parametrize(("names", "place"), [(["a", ""], 1), (["  ", "b"], 0), (["a", "b", "\t"], 2)])
def test_an_empty_name_is_told_with_its_place(names, place):
    with pytest.raises(DataError, match=f"empty node name at position {place}"):
        _checks.unique_names("node", names)


def test_numbers_may_be_names_but_not_one_name_twice():
    assert _checks.unique_names("row", [1, 2.5, None]) == ("1", "2.5", "None")
    with pytest.raises(DataError, match="'1' is used 2 times"):
        _checks.unique_names("row", [1, "1"])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("A+B", r"contains '\+'.*for example to 'A_B'"),
        ("control", "the row without perturbation"),
        ("nan", "nothing is known"),
        ("NaN", "nothing is known"),
        ("<NA>", "nothing is known"),
        (" A", "begins or ends with a space"),
        ("A\t", "begins or ends with a space"),
    ],
)
def test_names_that_a_label_could_not_hold(name, message):
    with pytest.raises(DataError, match=message):
        _checks.perturbation_names(["ok", name])


@pytest.mark.parametrize("name", ["NAN", "Control", "ctrl", "A B", "β-TrCP", "a-b_c.d", "1433", "NA", "None"])
def test_names_that_it_can_hold(name):
    assert _checks.perturbation_names([name]) == (name,)
