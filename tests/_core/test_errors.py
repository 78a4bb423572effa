from __future__ import annotations

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core import errors
from hybridcell._core.errors import (
    HybridCellError,
    InvalidValueError,
    UnknownNameError,
    check_choice,
    check_is_list,
    nearest,
    unknown_name,
)


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.InvalidValueError, ValueError),
        (errors.UnknownNameError, KeyError),
        (errors.DataError, ValueError),
        (errors.FileFormatError, ValueError),
        (errors.NotConvergedError, RuntimeError),
    ],
)
def test_every_error_is_ours_and_of_the_builtin_family(kind, builtin):
    assert issubclass(kind, HybridCellError)
    assert issubclass(kind, builtin)


def test_an_unknown_name_is_shown_with_the_nearest_and_without_escapes():
    error = unknown_name("node", "mek", ["MEK", "ERK"])
    assert str(error) == "There is no node 'mek'. Did you mean 'MEK'? Known: MEK, ERK."
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_a_name_like_none_gets_no_suggestion_and_long_lists_are_cut():
    message = str(unknown_name("drug", "zzz", [f"d{i}" for i in range(20)]))
    assert "Did you mean" not in message
    assert message.endswith("d7, ... (20 in all).")
    assert "Known: none." in str(unknown_name("drug", "x", []))


def test_an_empty_unknown_name_error_can_be_shown():
    assert str(UnknownNameError()) == ""


@pytest.mark.parametrize(("name", "wanted"), [("aMEk", "aMEK"), ("akt", "AKT"), ("qqqq", None), ("", None)])
def test_nearest_ignores_case(name, wanted):
    assert nearest(name, ["aMEK", "AKT", "ERK"]) == wanted


@given(name=st.text(max_size=8), valid=st.lists(st.text(min_size=1, max_size=8), max_size=6))
@settings(max_examples=60, deadline=None)
def test_nearest_gives_a_valid_name_or_none(name, valid):
    found = nearest(name, valid)
    assert found is None or found in valid


def test_one_text_is_no_list_of_names():
    with pytest.raises(InvalidValueError, match=r"drugs is 'TNF'; wanted a list of names, such as \['TNF'\]"):
        check_is_list("drugs", "TNF")
    check_is_list("drugs", ["TNF"])
    check_is_list("drugs", None)


def test_check_choice_returns_the_value_or_says_what_is_wanted():
    assert check_choice("envelope", "tanh", ("tanh", "hill")) == "tanh"
    with pytest.raises(
        InvalidValueError, match=r"envelope is 'tan'; wanted one of 'tanh', 'hill'. Did you mean 'tanh'"
    ):
        check_choice("envelope", "tan", ("tanh", "hill"))
    with pytest.raises(InvalidValueError, match="envelope is None"):
        check_choice("envelope", None, ("tanh", "hill"))
