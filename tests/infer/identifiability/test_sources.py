import numpy as np

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
