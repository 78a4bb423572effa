"""Conditions however they are stated: the same doses, names of their own, nothing guessed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import DataError, InvalidValueError
from hybridcell.data import Conditions, PerturbationData, as_conditions

doses = st.sampled_from([0.0, 0.5, -1.0, 2.0, 1e-9, 123456.0])
rows = st.lists(
    st.dictionaries(st.sampled_from(["A", "B", "C d"]), doses, max_size=3), min_size=1, max_size=5
)


def _given(conditions):
    """Return what each condition gives, as a dict without zeros."""
    return [
        {name: float(dose) for name, dose in zip(conditions.perturbations, row) if dose}
        for row in conditions.doses
    ]


@settings(max_examples=40)
@given(rows)
def test_dicts_a_frame_and_data_say_the_same(rows):
    wanted = [{name: dose for name, dose in row.items() if dose} for row in rows]
    stated = as_conditions(rows)
    assert _given(stated) == wanted
    assert len(set(stated.names)) == len(rows)
    frame = pd.DataFrame(stated.doses, index=list(stated.names), columns=list(stated.perturbations))
    again = as_conditions(frame)
    assert (_given(again), again.names) == (wanted, stated.names)
    if all(row for row in rows):
        data = PerturbationData(
            values=np.zeros((len(rows), 1)), readouts=["x"], kinds=["protein"], conditions=stated.names,
            perturbations=stated.perturbations, doses=stated.doses, input="strength",
            time=np.arange(len(rows)),
        )  # fmt: skip
        assert _given(as_conditions(data)) == wanted
        assert as_conditions(data).time.tolist() == list(range(len(rows)))
    assert as_conditions(stated) is stated


@settings(max_examples=40)
@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_conditions_and_of_names_in_them_does_not_matter(rows, random):
    turned = [dict(random.sample(list(row.items()), len(row))) for row in rows]
    order = random.sample(range(len(rows)), len(rows))
    found = as_conditions([turned[k] for k in order])
    wanted = as_conditions(rows)
    assert _given(found) == [_given(wanted)[k] for k in order]
    if found.perturbations == wanted.perturbations:
        strip = lambda names: sorted(name.split(" #")[0] for name in names)  # noqa: E731
        assert strip(found.names) == strip(wanted.names)


def test_copies_are_numbered():
    found = as_conditions([{}, {"A": 1.0}, {"A": 1}, {"A": 0.0}, {"A": 1.0}])
    assert found.names == ("control", "A 1", "A 1 #2", "control #2", "A 1 #3")
    assert found.labels == ("control", "A", "A", "control", "A")


def test_names_that_are_given_are_not_numbered_but_refused():
    with pytest.raises(DataError, match="condition name 'c' is used 2 times; names must be unique"):
        Conditions(("c", "c"), ("A",), np.ones((2, 1)))


@pytest.mark.parametrize(
    ("conditions", "error", "message"),
    [
        ({"A": "much"}, InvalidValueError, "dose of 'A' is 'much'; wanted a number"),
        ({"A": None}, InvalidValueError, "dose of 'A' is None"),
        ({"A": [1.0]}, InvalidValueError, r"dose of 'A' is \[1.0\]"),
        ({"A": float("nan")}, DataError, "NaN or infinite at row"),
        ({"A": float("inf")}, DataError, "NaN or infinite at row"),
        ({"A+B": 1.0}, DataError, r"contains '\+'"),
        ({"control": 1.0}, DataError, "the row without perturbation"),
        ({"": 1.0}, DataError, "empty perturbation name"),
        ("A 1", InvalidValueError, "wanted None, an AnnData"),
        ([{"A": 1.0}, "B"], InvalidValueError, "wanted None, an AnnData"),
        (3.0, InvalidValueError, "Conditions are float 3.0"),
        (pd.DataFrame({"A": [1.0, np.nan]}), DataError, "NaN or infinite at row '1', column 'A'"),
        (pd.DataFrame({"A": ["x"]}), DataError, "doses must be numbers"),
        (pd.DataFrame([[1.0, 2.0]], columns=["A", "A"]), DataError, "'A' is used 2 times"),
        (pd.DataFrame({"A": [1.0, 2.0]}, index=["c", "c"]), DataError, "'c' is used 2 times"),
    ],
)
def test_what_states_no_conditions(conditions, error, message):
    with pytest.raises(error, match=message):
        as_conditions(conditions)


def test_it_shows_names_escaped_and_no_more_than_twenty():
    many = as_conditions([{"<b>": float(k)} for k in range(1, 30)])
    html = many._repr_html_()
    assert "&lt;b&gt; 20" in html
    assert "&lt;b&gt; 21" not in html
    assert "<b>" not in html
    assert repr(as_conditions(None)) == "Conditions(1 conditions, perturbations: none)"
