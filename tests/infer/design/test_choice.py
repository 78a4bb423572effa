import itertools

import jax.random as jr
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.infer.design.choice import choose
from hybridcell.infer.design.outlook import Outlook


def plain(rows, interest=None, usable=None):
    rows = np.asarray(rows, float)
    interest = np.eye(rows.shape[1]) if interest is None else interest
    usable = np.ones(len(rows), bool) if usable is None else np.array(usable)
    return Outlook(tuple(map(str, range(len(rows)))), rows[:, None], interest, "parameters", usable)


@pytest.mark.parametrize("criterion", ["A", "D", "E", "disagreement"])
def test_of_two_equal_candidates_the_second_is_not_chosen(criterion):
    found = choose(plain([[3, 0], [3, 0], [0, 2]]), criterion, 2, np.ones(3), key=jr.key(0))
    assert sorted(found.picked) in ([0, 2], [1, 2])


def test_the_key_decides_between_equal_candidates():
    picks = {choose(plain([[1.0]] * 4), "D", 1, np.ones(4), key=jr.key(k)).picked[0] for k in range(20)}
    assert len(picks) > 1


def test_gains_are_compared_per_cost():
    found = choose(plain([[3, 0], [0, 2]]), "D", 1, np.array([10.0, 1.0]), key=jr.key(0))
    assert found.picked == [1]


def test_what_cannot_be_computed_is_not_chosen_and_the_choice_ends_where_nothing_gains():
    given = plain([[3, 0], [0, 0], [9, 9]], usable=[True, True, False])
    found = choose(given, "A", 3, np.ones(3), key=jr.key(0))
    assert found.picked == [0]
    assert np.isnan(found.alone[2])


def test_shares_of_variance_add_up_to_what_is_left():
    found = choose(plain([[3, 0], [0, 2]]), "A", 2, np.ones(2), key=jr.key(0))
    assert found.end == pytest.approx(1 / 10 + 1 / 5)
    assert sum(found.added) == pytest.approx(1 - found.end / found.start)


def test_equal_eigenvalues_are_decided_by_the_sum_of_all():
    found = choose(plain([[1, 0], [0, 5]]), "E", 2, np.ones(2), key=jr.key(0))
    assert found.picked[0] == 1
    assert found.end == pytest.approx(0.5)


def test_every_pick_is_told():
    told = []
    found = choose(plain(np.eye(3)), "D", 2, np.ones(3), on_pick=told.append, key=jr.key(0))
    assert told == [1] * len(found.picked) == [1, 1]


@pytest.mark.parametrize("criterion", ["A", "D", "E"])
def test_where_too_few_are_usable_none_is_chosen_twice_nor_what_is_not_usable(criterion):
    given = plain([[3, 0], [0, 2], [9, 9]], usable=[True, True, False])
    for k in range(4):
        found = choose(given, criterion, 3, np.ones(3), key=jr.key(k))
        assert sorted(found.picked) == [0, 1]
        assert len(found.added) == len(found.information) == 2
    nothing = plain([[3, 0], [0, 2]], usable=[False, False])
    assert choose(nothing, criterion, 1, np.ones(2), key=jr.key(0)).picked == []


def information(rows):
    """Return what all rows together tell, in nats."""
    return 0.5 * np.linalg.slogdet(np.eye(rows.shape[1]) + rows.T @ rows)[1]


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.integers(1, 4))
def test_the_greedy_batch_is_within_the_share_of_the_best_that_is_promised(seed, n):
    rows = np.random.default_rng(seed).normal(size=(7, 3)) * [3.0, 1.0, 0.2]
    found = choose(plain(rows), "D", n, np.ones(7), key=jr.key(seed))
    best = max(information(rows[list(some)]) for some in itertools.combinations(range(7), n))
    assert sum(found.added) == pytest.approx(information(rows[found.picked]), rel=1e-9)
    assert (1 - 1 / np.e) * best <= sum(found.added) <= best + 1e-9
    assert found.information == found.added
    assert np.isnan(found.start)


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.sampled_from(["A", "D", "E"]), st.floats(0.01, 100.0))
def test_neither_the_order_of_candidates_nor_the_currency_of_costs_matters(seed, criterion, currency):
    rng = np.random.default_rng(seed)
    rows, cost, order = rng.normal(size=(6, 3)), rng.uniform(0.5, 2.0, 6), rng.permutation(6)
    found = choose(plain(rows), criterion, 3, cost, key=jr.key(0))
    other = choose(plain(rows[order]), criterion, 3, currency * cost[order], key=jr.key(1))
    assert order[other.picked].tolist() == found.picked
    np.testing.assert_allclose(other.added, found.added, rtol=1e-7)
    np.testing.assert_allclose(other.left, found.left[order], atol=1e-9)


def test_a_second_pick_adds_no_more_than_it_would_alone():
    rows = np.random.default_rng(3).normal(size=(6, 3))
    found = choose(plain(rows), "D", 4, np.ones(6), key=jr.key(0))
    assert found.added[0] == pytest.approx(found.alone.max())
    for chosen, added in zip(found.picked[1:], found.added[1:]):
        assert added < found.alone[chosen]
    assert (found.left <= found.alone + 1e-12).all()


def test_numbers_of_interest_that_are_known_leave_nothing_to_gain():
    certain = plain([[3, 0], [0, 2]], interest=np.zeros((2, 2)))
    for criterion in ("A", "E"):
        found = choose(certain, criterion, 2, np.ones(2), key=jr.key(0))
        assert (found.picked, found.start, found.end) == ([], 0.0, 0.0)
