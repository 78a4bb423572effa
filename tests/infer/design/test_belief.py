import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.infer.design.belief import Belief
from hybridcell.infer.design.outlook import Outlook, features_after, rows_by_candidate


def outlook(c=5, m=2, q=4, p=3, seed=0):
    rng = np.random.default_rng(seed)
    return Outlook(
        tuple(f"c{k}" for k in range(c)), rng.normal(size=(c, m, q)), rng.normal(size=(p, q)), "predictions",
        np.ones(c, bool),
    )  # fmt: skip


def posterior(given, taken):
    """Return the covariance of the latent numbers by the plain formula."""
    rows = given.features[taken].reshape(-1, given.features.shape[2])
    return np.linalg.inv(np.eye(given.features.shape[2]) + rows.T @ rows)


@pytest.mark.parametrize("taken", [[], [1], [1, 3, 1]])
@pytest.mark.parametrize("p", [3, 9])
def test_gains_are_those_of_the_plain_formulas(taken, p):
    given = outlook(p=p)
    belief = Belief(given)
    for k in taken:
        belief.take(k)
    cov = posterior(given, taken)
    left = [posterior(given, [*taken, k]) for k in range(given.n)]
    wanted = [0.5 * (np.linalg.slogdet(cov)[1] - np.linalg.slogdet(one)[1]) for one in left]
    np.testing.assert_allclose(belief.information(), wanted, rtol=1e-9)
    spread = [np.trace(given.interest @ one @ given.interest.T) for one in [cov, *left]]
    np.testing.assert_allclose(belief.reduction(), spread[0] - np.array(spread[1:]), rtol=1e-8)
    assert belief.variance() == pytest.approx(spread[0])
    largest = [np.linalg.eigvalsh(given.interest @ one @ given.interest.T)[-1] for one in [cov, *left]]
    assert belief.largest() == pytest.approx(largest[0])
    np.testing.assert_allclose(belief.largest_after(), largest[1:], rtol=1e-8)


@pytest.mark.parametrize("q", [3, 60])
def test_features_have_the_covariance_that_is_left(q):
    rng = np.random.default_rng(1)
    asked, measured = rng.normal(size=(6, q)), rng.normal(size=(8, q))
    features = features_after(asked, measured)
    wanted = asked @ np.linalg.solve(np.eye(q) + measured.T @ measured, asked.T)
    np.testing.assert_allclose(features @ features.T, wanted, rtol=1e-8, atol=1e-10)
    assert features.shape[1] <= min(q, 14)


def test_rows_are_grouped_by_candidate_and_padded():
    rows = np.arange(8.0).reshape(4, 2)
    grouped = rows_by_candidate(rows, np.array([1, 0, 1, 2]), 3)
    np.testing.assert_array_equal(grouped[1], rows[[0, 2]])
    np.testing.assert_array_equal(grouped[0], [rows[1], [0, 0]])


@settings(max_examples=20)
@given(st.integers(0, 1000), st.permutations(range(5)))
def test_what_a_batch_tells_depends_on_no_order_and_each_next_one_tells_less(seed, order):
    given = outlook(seed=seed)
    sums, ends = [], []
    for each in (range(5), order):
        belief, total = Belief(given), 0.0
        for k in each:
            before = belief.information()
            total += before[k]
            belief.take(k)
            assert (belief.information() <= before + 1e-9).all()
        sums.append(total)
        ends.append([belief.variance(), belief.largest(), *belief.information()])
    assert sums[0] == pytest.approx(sums[1], rel=1e-9)
    np.testing.assert_allclose(*ends, rtol=1e-7, atol=1e-9)
    rows = given.features.reshape(-1, given.features.shape[2])
    assert sums[0] == pytest.approx(0.5 * np.linalg.slogdet(np.eye(4) + rows.T @ rows)[1], rel=1e-9)


@settings(max_examples=20)
@given(st.lists(st.integers(0, 4), max_size=12))
def test_every_row_is_found_again_in_the_place_of_its_owner(owner):
    rows = np.arange(1.0, 2 * len(owner) + 1).reshape(-1, 2)
    grouped = rows_by_candidate(rows, np.array(owner, int), 5)
    for k in range(5):
        mine = rows[[one == k for one in owner]] if owner else rows
        np.testing.assert_array_equal(grouped[k, : len(mine)], mine)
        assert not grouped[k, len(mine) :].any()
    assert grouped.shape[1] == max([1, *np.bincount(owner)] if owner else [1])


def test_interest_without_rows_has_no_variance():
    empty = Outlook(("a",), np.ones((1, 1, 2)), np.zeros((0, 2)), "predictions", np.ones(1, bool))
    belief = Belief(empty)
    assert (belief.variance(), belief.largest(), belief.reduction().tolist()) == (0.0, 0.0, [0.0])


def test_many_numbers_of_interest_are_judged_by_the_leading_directions():
    given = outlook(c=4, m=1, q=80, p=90, seed=2)
    belief = Belief(given)
    belief.take(1)
    exact = [
        np.linalg.eigvalsh(given.interest @ posterior(given, [1, k]) @ given.interest.T)[-1] for k in range(4)
    ]
    assert (belief.largest_after() <= np.array(exact) + 1e-9).all()
    np.testing.assert_allclose(belief.largest_after(), exact, rtol=1e-3)
