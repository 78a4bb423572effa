"""Which pivots and how many operations; that they solve is in simulate/rodas5p/test_sparse.py."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.mechanisms.program.elimination import plan_elimination
from hybridcell.mechanisms.program.walk import AT_ONCE

Pattern = set[tuple[int, int]]


def full(n: int) -> Pattern:
    return {(i, j) for i in range(n) for j in range(n)}


@settings(max_examples=50, deadline=None)
@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=40), st.booleans())
def test_every_entry_has_a_place_and_every_pivot_its_turn(pattern: Pattern, universal: bool) -> None:
    plan = plan_elimination(pattern, 8, universal=universal)
    assert plan is not None
    assert sorted(plan.pivots) == list(range(8))
    places = np.asarray(plan.places)
    used = places[places < 64]
    assert len(set(used)) == len(used)
    assert {(i, i) for i in range(8)} | pattern <= {divmod(int(place), 8) for place in used}
    np.testing.assert_array_equal(used[:8], np.arange(8) * 9)
    np.testing.assert_array_equal(places[len(used) :], 64)
    assert plan.size == len(places)
    assert plan.lower_start[-1] == plan.forward_count
    assert len(used) < plan.size
    for operations, count in ((plan.forward, plan.forward_count), (plan.backward, plan.backward_count)):
        assert len(operations) % AT_ONCE == 0
        # what is padding multiplies by padding, which is 0
        np.testing.assert_array_equal(operations[int(count) :, 1], plan.size - 1)
    assert np.all(np.diff(plan.lower_start) >= 0)
    assert np.all(np.diff(plan.factor_start) >= 0)


def test_a_good_order_fills_nothing_in() -> None:
    n = 40
    arrow = {(0, i) for i in range(n)} | {(i, 0) for i in range(n)}
    plan = plan_elimination(arrow, n, universal=False)
    assert plan is not None
    assert np.sum(plan.places < n * n) == 3 * n - 2
    assert plan.pivots[0] != 0
    assert plan.factor_start[-1] == n - 1


@pytest.mark.parametrize("universal", [False, True])
def test_long_chains_are_planned(universal: bool) -> None:
    n = 300
    chain = {(i, i + 1) for i in range(n - 1)} | {(i + 1, i) for i in range(n - 1)}
    plan = plan_elimination(chain, n, universal=universal)
    assert plan is not None
    assert plan.factor_start[-1] == n - 1


@pytest.mark.parametrize(("n", "planned"), [(15, True), (30, False), (60, False)])
def test_what_is_too_dense_is_left_to_lapack(n: int, planned: bool) -> None:
    assert (plan_elimination(full(n), n, universal=False) is not None) == planned


def sparse_with_a_full_corner(n: int, corner: int) -> Pattern:
    return {(i, i + 1) for i in range(n - 1)} | {(i, j) for i in range(corner) for j in range(corner)}


def test_lists_end_where_what_is_left_is_full() -> None:
    plan = plan_elimination(sparse_with_a_full_corner(200, 90), 200, universal=False)
    assert plan is not None
    assert set(np.asarray(plan.core)) == set(range(90))
    assert sorted([*plan.pivots, *plan.core]) == list(range(200))
    assert plan.n == 200
    places = np.asarray(plan.places)[np.asarray(plan.core_places)]
    np.testing.assert_array_equal(places, plan.core[:, None].astype(int) * 200 + plan.core)


@pytest.mark.parametrize(("corner", "universal"), [(40, False), (90, True)])
def test_small_cores_and_shared_programs_are_listed_to_the_end(corner: int, universal: bool) -> None:
    plan = plan_elimination(sparse_with_a_full_corner(200, corner), 200, universal=universal)
    assert plan is not None
    assert len(plan.core) == 0


def test_places_of_a_core_that_are_never_filled_are_one_behind_the_last() -> None:
    pattern = sparse_with_a_full_corner(200, 90) - {(3, 7)}
    plan = plan_elimination(pattern, 200, universal=False)
    assert plan is not None
    core = list(np.asarray(plan.core))
    assert plan.core_places[core.index(3), core.index(7)] == plan.size
    assert np.sum(plan.core_places == plan.size) == 1


def test_universal_plans_have_few_shapes() -> None:
    plans = [plan_elimination(pattern, 6, universal=True) for pattern in (set(), {(0, 3), (3, 1)}, full(6))]
    assert len({str([np.shape(part) for part in vars(plan).values()]) for plan in plans}) == 1
