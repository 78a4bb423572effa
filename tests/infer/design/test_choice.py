import jax.random as jr
import numpy as np
import pytest

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
