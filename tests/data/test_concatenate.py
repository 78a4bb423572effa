"""One screen out of two: no row is lost, no name comes twice, nothing is mixed that differs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import DataError
from hybridcell.data import PerturbationData, concatenate

NAMES = st.lists(st.sampled_from(["a", "b", "a'", "a''", "b'"]), min_size=1, max_size=5, unique=True)


def _screen(names, **more):
    doses = np.zeros((len(names), 2))
    doses[1:, 0] = np.arange(1, len(names))
    return PerturbationData(
        values=np.arange(2.0 * len(names)).reshape(-1, 2), readouts=["x", "y"],
        kinds=["protein", "phenotype"], conditions=names, perturbations=["A", "B"], doses=doses, **more,
    )  # fmt: skip


@settings(max_examples=40)
@given(NAMES, NAMES)
def test_rows_of_both_are_there_in_order_and_each_has_its_own_name(one, two):
    first, second = _screen(one), _screen(two)
    joined = concatenate(first, second)
    assert joined.conditions[: len(one)] == tuple(one)
    assert len(set(joined.conditions)) == len(one) + len(two)
    for name, given_name in zip(two, joined.conditions[len(one) :]):
        assert given_name.rstrip("'") == name.rstrip("'")
        assert given_name == name or name in one
    np.testing.assert_array_equal(joined.values, np.concatenate([first.values, second.values]))
    np.testing.assert_array_equal(joined.doses, np.concatenate([first.doses, second.doses]))


def test_what_is_known_of_rows_goes_along():
    more = {
        "sd": np.ones((2, 2)), "weight": np.zeros((2, 2)), "time": [1.0, np.nan], "context": ["u", "v"],
        "replicate": ["1", "2"], "dose_labels": ["0", "1.0"], "provenance": {"file": "one"},
    }  # fmt: skip
    joined = concatenate(_screen(["a", "b"], **more), _screen(["c", "d"], **{**more, "provenance": {}}))
    assert joined.sd.shape == joined.weight.shape == (4, 2)
    np.testing.assert_array_equal(joined.time, [1.0, np.nan] * 2)
    assert joined.context == ("u", "v", "u", "v")
    assert joined.replicate == ("1", "2", "1", "2")
    assert joined.dose_labels == ("0", "1.0", "0", "1.0")
    assert joined.provenance == {"file": "one"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"readouts": ("y", "x")}, "differ in their readouts"),
        ({"kinds": ("protein", "protein")}, "differ in their kinds"),
        ({"perturbations": ("B", "A")}, "differ in their perturbations"),
        ({"input": "strength"}, "differ in their input"),
        ({"control": "implied"}, "differ in their control"),
        ({"sd": np.ones((2, 2))}, "Only one of the two screens has sd"),
        ({"time": np.array([1.0, 2.0])}, "has time"),
        ({"context": ("u", "u")}, "has context"),
    ],
)
def test_what_differs_is_not_mixed(change, message):
    first, second = _screen(["a", "b"]), _screen(["c", "d"])
    for pair in ((first, replace(second, **change)), (replace(second, **change), first)):
        with pytest.raises(DataError, match=message):
            concatenate(*pair)


@pytest.mark.parametrize("rows", [[0.5], [0.0, 1.0], np.array([1.0])])
def test_positions_of_rows_are_whole_numbers(rows):
    with pytest.raises(ValueError, match="wanted positions"):
        _screen(["a", "b"]).subset(rows)
    assert len(_screen(["a", "b"]).subset([])) == 0
