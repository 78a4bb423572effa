"""Overrides: laws of merging, words without quotes, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.recipes.overrides import merge, parse_overrides

trees = st.recursive(
    st.dictionaries(st.sampled_from("abc"), st.integers(0, 3), max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner | st.integers(0, 3), max_size=3),
    max_leaves=5,
)


def _leaves(tree, path=()):
    """Return path -> value of all that is no table; an empty table is a leaf."""
    found = {}
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            found |= _leaves(value, (*path, key))
        else:
            found[(*path, key)] = value
    return found


@settings(max_examples=40)
@given(trees, trees)
def test_what_is_laid_over_counts_and_the_rest_stays(below, above):
    merged = _leaves(merge(below, above))
    over = {path: value for path, value in _leaves(above).items() if value != {}}
    assert over.items() <= merged.items()
    for path, value in _leaves(below).items():
        touched = any(path[: len(o)] == o or o[: len(path)] == path for o in _leaves(above))
        assert touched or merged[path] == value


@settings(max_examples=40)
@given(trees, trees, trees)
def test_merging_in_any_grouping_is_the_same(a, b, c):
    assert merge(merge(a, b), c) == merge(a, merge(b, c)) or _kinds_differ(a, b, c)
    assert merge(a, {}) == a
    assert merge({}, a) == a
    assert merge(a, a) == a


def _kinds_differ(*given_trees):
    """Return whether a key is a table here and a number there: then the later one takes the place of both."""
    paths = [set(_leaves(tree)) for tree in given_trees]
    every = set.union(*paths)
    return any(one != other and other[: len(one)] == one for one in every for other in every)


@settings(max_examples=40)
@given(
    st.dictionaries(st.sampled_from(["a", "b.c", "b.d", "e.f.g"]), st.integers() | st.booleans(), max_size=4)
)
def test_texts_say_what_tables_say(values):
    found = parse_overrides(f"{key}={str(value).lower()}" for key, value in values.items())
    assert {".".join(path): value for path, value in _leaves(found).items()} == values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a=word", "word"),
        ("a = ~/x-1.h5ad ", "~/x-1.h5ad"),
        ("a=./b+c", "./b+c"),
        ("a='two words'", "two words"),
        ("a=true", True),
        ("a=True", "True"),  # TOML's truth is written small
        ("a=1e-3", 1e-3),
        ("a=1_000", 1000),
        ("a=[1, 2]", [1, 2]),
        ("a={b = 1}", {"b": 1}),
        ("a='='", "="),
    ],
)
def test_values_are_toml_and_words(text, value):
    assert parse_overrides([text]) == {"a": value}


@pytest.mark.parametrize(
    "text", ["a", "=1", " =1", "a=", "a=-", "a=é", "a..b=1", "a b=1", "a==1", "a=[1", "a=1 2"]
)
def test_what_is_no_assignment_is_shown(text):
    with pytest.raises(InvalidValueError, match=r"The override .* (has no value|is not TOML)"):
        parse_overrides([text])


def test_later_texts_win():
    assert parse_overrides(["a.b=1", "a.c=2", "a.b=3"]) == {"a": {"b": 3, "c": 2}}
    assert parse_overrides([]) == {}


def test_entries_are_named_or_all():
    entries = {"s": [{"name": "x", "k": 1}, {"name": "y"}, {"name": 3}]}
    assert merge(entries, {"s": {"y": {"k": 2}}})["s"][1] == {"name": "y", "k": 2}
    assert [e["k"] for e in merge(entries, {"s": {"*": {"k": 0}, "3": {"k": 9}}})["s"]] == [0, 0, 9]
    assert merge(entries, {"s": [1]}) == {"s": [1]}
    assert entries["s"][1] == {"name": "y"}


@pytest.mark.parametrize(
    ("tables", "changes", "error", "message"),
    [
        ({"s": [{"name": "x"}]}, {"s": {"z": {}}}, UnknownNameError, r"entry of \[\[s\]\] 'z'"),
        ({"s": [1, 2]}, {"s": {"x": {"k": 1}}}, InvalidValueError, "list without names; set it as a whole"),
        ({"s": [{"name": "x"}]}, {"s": {"x": 3}}, InvalidValueError, r"s\.x is a table; set one of its keys"),
        ({"s": [{"name": "x"}]}, {"s": {"*": 3}}, InvalidValueError, r"s\.\* is a table"),
    ],
)
def test_what_does_not_fit_an_array_is_told(tables, changes, error, message):
    with pytest.raises(error, match=message):
        merge(tables, changes)
