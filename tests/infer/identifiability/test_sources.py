import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.infer.identifiability.sources import told_apart


def test_groups_by_target():
    activity = np.random.default_rng(0).normal(size=(9, 4))
    activity[:, 1] = -2 * activity[:, 0]
    read = np.broadcast_to(activity[:, None], (9, 4, 4))
    mask = np.zeros((4, 4), bool)
    mask[2, [0, 1, 3]] = mask[3, [0, 2]] = True
    [group] = told_apart(read, mask, ("a", "b", "c", "d"))
    assert (group.target, group.sources, group.freedoms) == ("c", ("a", "b"), 1)


def test_fewer_conditions_than_sources():
    activity = np.random.default_rng(0).normal(size=(2, 4))
    read = np.broadcast_to(activity[:, None], (2, 4, 4))
    mask = np.zeros((4, 4), bool)
    mask[0, 1:] = True
    [group] = told_apart(read, mask, ("a", "b", "c", "d"))
    assert group.freedoms == 1
    assert "move in 2 independent ways only" in group.text


def test_sources_that_never_move_are_none_of_a_group():
    read = np.zeros((3, 2, 2))
    assert told_apart(read, np.ones((2, 2), bool), ("a", "b")) == ()


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.permutations(range(5)))
def test_groups_know_neither_units_nor_the_order_of_conditions_and_nodes(seed, order):
    rng = np.random.default_rng(seed)
    activity = rng.normal(size=(12, 5))
    activity[:, 3] = activity[:, 0] - 2 * activity[:, 1]
    names, mask = np.array(list("abcde")), np.zeros((5, 5), bool)
    mask[4, :4] = mask[2, [0, 1]] = True
    [found] = told_apart(np.broadcast_to(activity[:, None], (12, 5, 5)), mask, tuple(names))
    assert (found.target, set(found.sources), found.freedoms) == ("e", {"a", "b", "d"}, 1)
    turned = (activity * 10 ** rng.uniform(-3, 3, 5))[rng.permutation(12)][:, order]
    read = np.broadcast_to(turned[:, None], (12, 5, 5))
    [again] = told_apart(read, mask[np.ix_(order, order)], tuple(names[order]))
    assert (again.target, set(again.sources), again.freedoms) == ("e", {"a", "b", "d"}, 1)


def test_sources_that_are_all_the_same_have_one_freedom_less_than_there_are():
    read = np.broadcast_to(np.linspace(-1, 2, 6)[:, None, None], (6, 4, 4))
    mask = np.zeros((4, 4), bool)
    mask[0] = True
    [group] = told_apart(read, mask, tuple("abcd"))
    assert (group.sources, group.freedoms) == (tuple("abcd"), 3)
    assert group.text == "a, b, c and d always move together: their edges cannot be told apart"
