from __future__ import annotations

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.simulate.kinetics.compiled.lanes import choose, over_lanes, put, put_rows

SIZE = 5
make = jax.jit(put)
make_rows = jax.jit(put_rows)


@pytest.mark.parametrize("shape", [(), (2,), (3, 2)])
@pytest.mark.parametrize("lanes", [1, 3])
@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, SIZE - 1)), min_size=3, max_size=3))
def test_each_lane_that_keeps_has_its_value_put(
    lanes: int, shape: tuple[int, ...], wishes: list[tuple[bool, int]]
) -> None:
    rng = np.random.default_rng(0)
    table, values = rng.normal(size=(lanes, SIZE, *shape)), rng.normal(size=(lanes, *shape))
    keep, place = (np.array(each) for each in zip(*wishes[:lanes], strict=True))
    wanted = table.copy()
    for lane in np.flatnonzero(keep):
        wanted[lane, place[lane]] = values[lane]
    np.testing.assert_array_equal(make(table, keep, place, values), wanted)


@pytest.mark.parametrize("shape", [(), (2,)])
@pytest.mark.parametrize("lanes", [1, 3])
@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.lists(st.booleans(), min_size=3, max_size=3), st.integers(0, SIZE - 3)),
        min_size=3,
        max_size=3,
    )
)
def test_rows_are_put_where_flags_hold(
    lanes: int, shape: tuple[int, ...], wishes: list[tuple[list[bool], int]]
) -> None:
    rng = np.random.default_rng(0)
    table, values = rng.normal(size=(lanes, SIZE, *shape)), rng.normal(size=(lanes, 3, *shape))
    keep, place = (np.array(each) for each in zip(*wishes[:lanes], strict=True))
    wanted = table.copy()
    for lane in range(lanes):
        for i in np.flatnonzero(keep[lane]):
            wanted[lane, place[lane] + i] = values[lane, i]
    np.testing.assert_array_equal(make_rows(table, keep, place, values), wanted)


def test_counters_and_flags_keep_their_kind() -> None:
    table, keep, place = np.zeros((2, SIZE), int), np.array([True, True]), np.array([0, 4])
    found = make(table, keep, place, np.array([3, 7]))
    assert found.dtype == table.dtype
    np.testing.assert_array_equal(found, [[3, 0, 0, 0, 0], [0, 0, 0, 0, 7]])
    assert make(table.astype(bool), keep, place, keep).dtype == bool


def test_one_lane_and_many_are_mapped_alike() -> None:
    double = over_lanes(lambda a, b: (2 * a, a + b[0]))
    a, b = np.arange(3.0), np.arange(6.0).reshape(3, 2)
    many = double(a, b)
    for i in range(3):
        for one, all_ in zip(double(a[i : i + 1], b[i : i + 1]), many, strict=True):
            np.testing.assert_array_equal(one, all_[i : i + 1])


def test_lanes_are_chosen_in_every_leaf() -> None:
    yes, no = (np.ones(2), np.ones((2, 3))), (np.zeros(2), np.zeros((2, 3)))
    found = choose(np.array([True, False]), yes, no)  # pyright: ignore[reportArgumentType]
    np.testing.assert_array_equal(found[0], [1.0, 0.0])
    np.testing.assert_array_equal(found[1], [[1.0] * 3, [0.0] * 3])
