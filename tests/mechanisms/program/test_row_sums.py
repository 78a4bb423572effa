from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.mechanisms.program.layout import bucket
from hybridcell.mechanisms.program.row_sums import RowSums, make_row_sums
from tests.tolerances import ANALYTIC


def wanted(rows: np.ndarray, entries: np.ndarray, size: int) -> np.ndarray:
    sums = np.zeros((size, *entries.shape[1:]))
    np.add.at(sums, rows, entries[: len(rows)])
    return sums


def arranged(rows: np.ndarray, size: int, entries: np.ndarray) -> tuple[RowSums, np.ndarray]:
    sums, arrangement = make_row_sums(rows, size)
    places = entries[arrangement.order]
    assert (rows[arrangement.order] == sums.rows)[~arrangement.is_padding].all()
    places[arrangement.is_padding] = 0.0
    return sums, places


def check(rows: np.ndarray, size: int, lanes: tuple[int, ...] = ()) -> None:
    entries = np.random.default_rng(0).normal(size=(len(rows), *lanes))
    sums, places = arranged(rows, size, entries)
    np.testing.assert_allclose(sums(places), wanted(rows, entries, size), **ANALYTIC)


@pytest.mark.parametrize("lanes", [(), (3,)])
@pytest.mark.parametrize("count", [0, 1, 8, 9, 70])
def test_one_row_of_each_length(count: int, lanes: tuple[int, ...]) -> None:
    check(np.full(count, 1), 3, lanes)


@pytest.mark.parametrize("lanes", [(), (1,), (3,)])
def test_rows_of_all_lengths_in_any_order(lanes: tuple[int, ...]) -> None:
    rows = np.repeat(np.arange(7), [0, 1, 8, 9, 70, 0, 600])
    check(np.random.default_rng(1).permutation(rows), 7, lanes)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=40))
def test_sums_of_random_rows(rows: list[int]) -> None:
    check(np.array(rows, int), 6, (2,))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=40))
def test_padding_is_of_the_row_that_it_stands_in(rows: list[int]) -> None:
    sums, arrangement = make_row_sums(np.array(rows, int), 6)
    first = arrangement.order[: sums.lengths[0]] if sums.lengths else arrangement.order
    for end, length in zip(np.cumsum(sums.lengths), sums.lengths):
        part = arrangement.order[end - length : end]
        owners = np.array(rows, int)[first[:length]]
        assert (np.array(rows, int)[part] == owners)[: len(first)].all()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 80), min_size=1, max_size=8))
def test_layers_have_few_lengths_and_add_at_most_eight(counts: list[int]) -> None:
    rows = np.repeat(np.arange(len(counts)), counts)
    sums, _ = make_row_sums(rows, len(counts))
    for lengths in (list(sums.lengths), *([len(part) for part in layer] for layer in sums.layers)):
        assert len(lengths) <= 8
        assert lengths == sorted(lengths, reverse=True)
        assert all(bucket(length) == length for length in lengths)


def test_no_scatter_and_exact_derivatives() -> None:
    rows = np.random.default_rng(2).integers(0, 4, 30)
    entries: Any = np.random.default_rng(3).normal(size=30)
    sums, places = arranged(rows, 4, entries)
    assert "scatter" not in str(jax.make_jaxpr(sums)(places))
    wanted = (sums.rows == np.arange(4)[:, None])[:, sums.rows < 4]
    for derivative in (jax.jacfwd, jax.jacrev):
        np.testing.assert_array_equal(jax.jit(derivative(sums))(places)[:, sums.rows < 4], wanted)
