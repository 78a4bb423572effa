"""Where operands stand, and the lengths that arrays are padded to."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.expressions import apply, constant, number, state, time
from hybridcell.mechanisms.program.layout import along_rows, bucket, make_layout, round_up

A, B, k = state("A"), state("B"), constant("k")


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 10**6))
def test_buckets_are_few_and_never_half_empty(count: int) -> None:
    found = bucket(count)
    assert count <= found < 1.5 * count or (count, found) == (1, 1)
    assert bucket(found) == found
    assert bucket(count + 1) >= found
    odd = found // (found & -found)
    assert odd in (1, 3)


def test_small_buckets() -> None:
    assert [bucket(count) for count in range(10)] == [0, 1, 2, 3, 4, 6, 6, 8, 8, 12]


@pytest.mark.parametrize("least", [1, 4, 32])
def test_lengths_are_the_least_times_powers_of_four(least: int) -> None:
    for count in (0, 1, least, least + 1, 4 * least, 4 * least + 1):
        found = round_up(count, least)
        assert found >= count
        assert found == least or found < 4 * count
        assert Fraction(found, least).numerator.bit_length() % 2 == 1
        assert Fraction(found, least).denominator == 1


def test_everything_has_a_place_of_its_own() -> None:
    relation, late = apply("gt", A, number(0.5)), apply("delay", B, number(2.0))
    roots = [apply("mul", k, apply("if", relation, late, number(0.5))), time()]
    layout = make_layout(
        roots,
        states=[A, B],
        constants=[k],
        time=time(),
        delays=[late],
        relations=[relation],
        sizes=(5, 4, 3, 2),
    )
    assert [layout.positions[node] for node in (A, B, time(), k, late)] == [0, 1, 5, 6, 10]
    assert layout.modes == {relation: 13}
    assert relation not in layout.positions
    places = [layout.positions[number(value)] for value in (0.5, 2.0)]
    assert sorted(places) == [15, 16]
    np.testing.assert_array_equal(layout.numbers[np.array(places) - 15], [0.5, 2.0])
    assert layout.size == 15 + len(layout.numbers)


def test_padded_numbers_are_harmless() -> None:
    roots = [apply("div", A, number(float(value))) for value in range(2, 7)]
    layout = make_layout(
        roots, states=[A], constants=[], time=time(), delays=[], relations=[], sizes=(1, 0, 0, 0)
    )
    assert sorted(layout.numbers) == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]


@pytest.mark.parametrize("lanes", [(), (3,), (3, 2)])
def test_values_of_rows_multiply_tables(lanes: tuple[int, ...]) -> None:
    table, values = np.random.default_rng(0).normal(size=(4, *lanes)), np.arange(4.0)
    found = along_rows(values, table) * table  # pyright: ignore[reportArgumentType]
    for row in range(4):
        np.testing.assert_array_equal(found[row], row * table[row])
