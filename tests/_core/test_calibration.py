import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.calibration import ALIKE, LARGER, NEW, Calibration, jackknife_sd, unit_weights
from hybridcell._core.errors import InvalidValueError
from tests.tolerances import ANALYTIC


def line_fits(x, y, fold):
    """Return slopes of least squares through 0, one without each fold."""
    return np.array([(x * y)[fold != k].sum() / (x**2)[fold != k].sum() for k in np.unique(fold)])


def linear(rng, n, k, n_test=50, *, sd=1.0, method="cv+"):
    """Return a calibration of y = 2 x + noise, and what it takes to predict new points."""
    x, new = rng.normal(size=n), rng.normal(size=n_test)
    y = 2 * x + sd * rng.normal(size=n)
    fold = rng.permutation(np.arange(n) % k)
    slopes = line_fits(x, y, fold)
    inside = slopes[:, None] * x
    calibration = Calibration(
        readouts=("a",),
        errors=(y - inside[fold, np.arange(n)])[:, None],
        spread=jackknife_sd(inside)[:, None],
        fold=fold,
        condition=np.arange(n),
        new=np.full(n, -1),
        given=("d",),
        spreading=np.arange(k),
        order=1,
        method=method,
    )
    mean = ((x * y).sum() / (x**2).sum() * new)[:, None]
    folds = (slopes[:, None] * new)[:, :, None]
    return calibration, mean, folds, (2 * new + sd * rng.normal(size=n_test))[:, None]


def alike(mean):
    return np.full(len(mean), ALIKE)


def test_cross_validation_plus_is_the_definition_of_barber_and_others():
    rng = np.random.default_rng(0)
    calibration, mean, folds, _ = linear(rng, 23, 5, 7)
    lower, upper = calibration.predictive(mean, folds, alike(mean)).interval(0.9)
    k = int(np.floor(0.1 * 24 + 1e-9))
    for c in range(7):
        center = folds[calibration.fold, c, 0]
        size = np.abs(calibration.errors[:, 0])
        assert lower[c, 0] == np.sort(center - size)[k - 1]
        assert upper[c, 0] == np.sort(center + size)[23 - k]


@pytest.mark.parametrize("method", ["cv+", "widened", "gaussian"])
@pytest.mark.parametrize("level", [0.5, 0.8, 0.9])
def test_exchangeable_data_are_covered_at_the_level(method, level):
    """Means over repeated data sets: 200 of them with one new point each are independent."""
    rng = np.random.default_rng(1)
    hits = []
    for _ in range(200):
        calibration, mean, folds, y = linear(rng, 30, 10, 1, method=method)
        lower, upper = calibration.predictive(mean, folds, alike(mean)).interval(level)
        hits.append(((y >= lower) & (y <= upper)).item())
    assert np.mean(hits) >= level - 3 * np.sqrt(level * (1 - level) / 200)
    assert np.mean(hits) <= level + 0.1 + 3 * np.sqrt(level * (1 - level) / 200)


def test_widening_never_narrows_and_widens_where_folds_disagree():
    rng = np.random.default_rng(2)
    calibration, mean, folds, _ = linear(rng, 20, 10, 40, method="widened")
    far = folds.copy()
    far[::2, :5] += 3.0
    far[1::2, :5] -= 3.0
    plain = dataclasses.replace(calibration, method="cv+")
    for seen in (folds, far):
        wide = calibration.predictive(mean, seen, alike(mean)).interval(0.8)
        narrow = plain.predictive(mean, seen, alike(mean)).interval(0.8)
        assert (wide[0] <= narrow[0]).all()
        assert (wide[1] >= narrow[1]).all()
    ratio = np.diff(wide, axis=0)[0, :, 0] / np.diff(narrow, axis=0)[0, :, 0]
    assert ratio[:5].min() > ratio[5:].max()


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_the_order_of_conditions_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    calibration, mean, folds, _ = linear(rng, 25, 5, 4, method="widened")
    order = rng.permutation(25)
    shuffled = dataclasses.replace(
        calibration,
        **{
            name: getattr(calibration, name)[order]
            for name in ("errors", "spread", "fold", "condition", "new")
        },
    )
    one, two = (c.predictive(mean, folds, alike(mean)) for c in (calibration, shuffled))
    np.testing.assert_allclose(one.interval(0.8), two.interval(0.8), rtol=0, atol=1e-12)


def test_repeating_every_row_changes_nothing():
    rng = np.random.default_rng(3)
    calibration, mean, folds, _ = linear(rng, 21, 7, 6)
    twice = dataclasses.replace(
        calibration,
        **{
            name: np.repeat(getattr(calibration, name), 2, axis=0)
            for name in ("errors", "spread", "fold", "condition", "new")
        },
    )
    for level in (0.5, 0.8, 0.9):
        np.testing.assert_allclose(
            twice.predictive(mean, folds, alike(mean)).interval(level),
            calibration.predictive(mean, folds, alike(mean)).interval(level),
            atol=1e-12,
        )


@pytest.mark.parametrize(
    ("n", "level", "bounded"), [(8, 0.9, False), (9, 0.9, True), (18, 0.95, False), (19, 0.95, True)]
)
def test_too_few_conditions_give_no_interval(n, level, bounded):
    calibration, mean, folds, _ = linear(np.random.default_rng(4), n, n, 3)
    found = calibration.predictive(mean, folds, alike(mean)).interval(level)
    assert np.isfinite(found).all() == bounded
    if not bounded:
        assert (found[0] == -np.inf).all()
        assert (found[1] == np.inf).all()


def test_missing_measurements_count_for_their_readout_only():
    rng = np.random.default_rng(5)
    calibration, mean, folds, _ = linear(rng, 12, 12, 3)
    both = dataclasses.replace(
        calibration,
        readouts=("a", "b"),
        errors=np.repeat(calibration.errors, 2, axis=1),
        spread=np.repeat(calibration.spread, 2, axis=1),
    )
    both.errors[:4, 1] = np.nan
    found = both.predictive(np.repeat(mean, 2, 1), np.repeat(folds, 2, 2), alike(mean)).interval(0.9)
    np.testing.assert_array_equal(
        found[:, :, 0], calibration.predictive(mean, folds, alike(mean)).interval(0.9)[:, :, 0]
    )
    assert np.isinf(found[:, :, 1]).all()


def test_a_fold_that_is_not_solved_makes_no_narrower_interval():
    calibration, mean, folds, _ = linear(np.random.default_rng(6), 20, 10, 3)
    folds[4, 1] = np.nan
    found = calibration.predictive(mean, folds, alike(mean)).interval(0.8)
    assert np.isinf(found[:, 1]).all()
    assert np.isfinite(found[:, [0, 2]]).all()


def test_what_a_condition_is_to_the_training_data():
    calibration, *_ = linear(np.random.default_rng(7), 10, 5)
    calibration = dataclasses.replace(calibration, given=("d", "e"))
    doses = np.array([[0.0, 0, 0], [1, 0, 0], [1, -1, 0], [1, 0, 2]])
    assert calibration.kinds(["d", "e", "f"], doses).tolist() == [ALIKE, ALIKE, LARGER, NEW]


def test_new_perturbations_take_their_own_errors_each_counting_once():
    rng = np.random.default_rng(8)
    calibration, mean, folds, _ = linear(rng, 40, 10, 2)
    new = np.where(np.arange(40) < 30, np.arange(40) % 10, -1)
    errors = np.where(new >= 0, 7.0, 0.5)[:, None]
    mixed = dataclasses.replace(calibration, new=new, errors=errors)
    assert mixed.n_units(unseen=True) == 10
    found = mixed.predictive(mean, np.zeros((10, 2, 1)), np.array([NEW, NEW])).interval(0.9)
    np.testing.assert_array_equal(found[:, :, 0], [[-7, -7], [7, 7]])
    assert np.isinf(mixed.predictive(mean, folds, np.array([NEW, NEW])).interval(0.95)).all()
    # ten entries without anything new are too few to stand alone, so that all 40 count
    assert mixed.n_units() == 40
    assert dataclasses.replace(mixed, new=np.where(new < 5, -1, new)).n_units() == 25


def test_without_errors_of_new_perturbations_nothing_is_claimed():
    calibration, mean, folds, y = linear(np.random.default_rng(9), 20, 10, 3)
    found = calibration.predictive(mean, folds, np.full(3, NEW))
    assert np.isinf(found.interval(0.5)).all()
    assert np.isnan(found.crps(y)).all()


def test_the_parts_of_the_error_add_up():
    rng = np.random.default_rng(10)
    calibration, mean, folds, _ = linear(rng, 400, 10, 5, sd=0.7)
    found = calibration.predictive(mean, folds, alike(mean))
    assert found.aleatoric[0, 0] == pytest.approx(0.7, rel=0.1)
    # the slope of 400 points has variance sd^2 / 400
    x = mean[:, 0] / 2
    np.testing.assert_allclose(found.epistemic[:, 0], 0.7 / 20 * np.abs(x), rtol=0.7)
    total = np.mean(calibration.errors**2)
    np.testing.assert_allclose(
        calibration.aleatoric[0] ** 2 + np.mean(calibration.spread**2), total, **ANALYTIC
    )


def test_the_jackknife_has_the_variance_of_a_mean():
    y = np.random.default_rng(11).normal(size=30)
    without = np.array([np.delete(y, i).mean() for i in range(30)])
    assert jackknife_sd(without) == pytest.approx(y.std(ddof=1) / np.sqrt(30), rel=1e-12)


def test_rows_of_a_unit_share_its_weight():
    errors = np.array([[1.0, np.nan], [2.0, 1.0], [3.0, 1.0]])
    weight, n = unit_weights(errors, np.array([5, 5, 9]))
    np.testing.assert_array_equal(weight, [[0.5, 0.0], [0.5, 1.0], [1.0, 1.0]])
    assert n.tolist() == [2, 2]


def test_wrong_shapes_and_methods_are_refused():
    calibration, *_ = linear(np.random.default_rng(12), 10, 5)
    with pytest.raises(InvalidValueError, match="spread of a calibration has shape"):
        dataclasses.replace(calibration, spread=np.zeros((9, 1)))
    with pytest.raises(InvalidValueError, match="Did you mean 'widened'"):
        dataclasses.replace(calibration, method="widend")


def test_levels_are_nested():
    calibration, mean, folds, _ = linear(np.random.default_rng(13), 30, 10, 5, method="widened")
    found = calibration.predictive(mean, folds, alike(mean))
    for inner, outer in itertools.pairwise((0.2, 0.5, 0.8, 0.9, 0.96)):
        a, b = found.interval(inner), found.interval(outer)
        assert (b[0] <= a[0]).all()
        assert (b[1] >= a[1]).all()
