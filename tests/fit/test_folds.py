import dataclasses

import jax.random as jr
import numpy as np
import pytest

from hybridcell._core.errors import DataError, InvalidValueError
from hybridcell.data import PerturbationData, concatenate
from hybridcell.fit.folds import (
    SMALL,
    default_count,
    labeled_folds,
    leaves_one_out,
    never_given,
    perturbation_folds,
    random_folds,
)


@pytest.fixture(scope="module")
def twice(screen):
    """Every condition measured twice."""
    return concatenate(screen, dataclasses.replace(screen, conditions=tuple(f"r{i}" for i in range(15))))


def _singles(n):
    return PerturbationData(
        values=np.ones((n + 1, 1)), readouts=["a"], kinds=["protein"],
        conditions=[f"c{i}" for i in range(n + 1)], perturbations=[f"d{i}" for i in range(n)],
        doses=np.concatenate([np.zeros((1, n)), np.eye(n)]),
    )  # fmt: skip


def test_each_condition_is_held_out_once_as_a_whole(twice):
    folds = random_folds(twice, 4, jr.key(0))
    assert folds.held.shape == (4, 30)
    assert (folds.held.sum(axis=0) == 1).all()
    np.testing.assert_array_equal(folds.held[:, :15], folds.held[:, 15:])
    assert sorted(folds.held.sum(axis=1).tolist()) == [6, 8, 8, 8]
    assert folds.design == "4 folds of conditions"


def test_the_order_of_rows_changes_no_fold(screen):
    order = np.random.default_rng(0).permutation(15)
    one, two = (random_folds(data, 4, jr.key(1)).held for data in (screen, screen.subset(order)))
    np.testing.assert_array_equal(one[:, order], two)


def test_controls_are_always_fitted_to():
    folds = random_folds(_singles(6), 3, jr.key(0))
    assert not folds.held[:, 0].any()
    assert folds.held[:, 1:].sum() == 6


def test_no_more_folds_than_conditions(screen):
    folds = random_folds(screen, 99, jr.key(0))
    assert len(folds) == 15
    assert folds.design == "each condition left out"
    assert default_count(screen) == 15
    assert default_count(_singles(SMALL + 1)) == 10


def test_leaving_one_out_holds_each_condition_by_itself(screen, twice):
    by_condition = [str(k) for k in range(15)]
    for data, folds in (
        (twice, random_folds(twice, 15, jr.key(0))),
        (screen, random_folds(screen, 99, jr.key(0)) + perturbation_folds(screen, jr.key(0))),
        (twice, labeled_folds(twice, 2 * by_condition)),
    ):
        assert leaves_one_out(folds, data)
    assert not leaves_one_out(random_folds(twice, 14, jr.key(0)), twice)
    assert not leaves_one_out(labeled_folds(screen, [*by_condition[:14], None]), screen)
    # as many labels as conditions, one of them of the control alone
    labels = ["x", "y", "y"]
    assert not leaves_one_out(labeled_folds(_singles(2), labels), _singles(2))


def test_perturbations_are_left_out_with_all_their_rows(screen):
    folds = perturbation_folds(screen, jr.key(0))
    np.testing.assert_array_equal(folds.held, (screen.doses != 0).T)
    assert folds.spreading.size == 0
    joined = random_folds(screen, 5, jr.key(0)) + folds
    assert len(joined) == 8
    assert joined.spreading.tolist() == [0, 1, 2, 3, 4]
    assert len(perturbation_folds(_singles(50), jr.key(0))) == 20


def test_labels_make_folds(screen):
    labels = ["x" if i < 5 else None if i < 9 else 2 for i in range(15)]
    folds = labeled_folds(screen, labels)
    np.testing.assert_array_equal(folds.held.sum(axis=1), [6, 5])


def test_wrong_folds_are_refused(screen, twice):
    with pytest.raises(InvalidValueError, match="one per row, which is 15"):
        labeled_folds(screen, ["a", "b"])
    with pytest.raises(InvalidValueError, match="held out as a whole"):
        labeled_folds(twice, ["a"] * 15 + ["b"] * 15)
    with pytest.raises(InvalidValueError, match="wanted at least two"):
        labeled_folds(screen, ["a"] * 15)
    with pytest.raises(InvalidValueError, match="folds is 1"):
        random_folds(screen, 1, jr.key(0))
    with pytest.raises(DataError, match=r"1 condition\(s\)"):
        random_folds(_singles(1), 2, jr.key(0))
    with pytest.raises(DataError, match="something left to fit to"):
        perturbation_folds(_singles(1), jr.key(0))


def test_what_was_never_given_is_known(screen, model):
    assert never_given(model.names, model.kinds, screen) == []
    without = screen.subset(np.flatnonzero(screen.doses[:, 1] == 0))
    assert never_given(model.names, model.kinds, without) == ["d2"]
