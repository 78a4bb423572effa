"""Ensembles that are calibrated while they are fitted."""

import dataclasses

import jax
import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import FileFormatError, InvalidValueError
from hybridcell.data import concatenate
from hybridcell.fit.calibrating import make_folds, method_named

OPTIONS = {"steps": 40, "learning_rate": 0.02, "progress": False}


@pytest.fixture(scope="module")
def calibrated(model, screen):
    return hc.fit_ensemble(model, screen, n=2, key=jr.key(5), **OPTIONS)


@pytest.fixture(scope="module")
def folds(model, screen):
    return hc.fit_ensemble(model, screen, n=5, resample="folds", key=jr.key(5), **OPTIONS)


def test_an_ensemble_is_calibrated_by_default(calibrated, screen):
    calibration = calibrated.calibration
    assert calibration.design == "each condition left out"
    assert calibration.readouts == screen.readouts
    assert calibration.errors.shape == (15, 4)
    assert np.isfinite(calibration.errors).all()
    assert calibration.given == screen.perturbations
    assert calibration.order == 2
    assert calibrated.n == 2
    assert set(calibrated.history["member"]) == {0, 1}


def test_the_members_are_those_without_calibration(calibrated, model, screen):
    bare = hc.fit_ensemble(model, screen, n=2, calibrate=False, key=jr.key(5), **OPTIONS)
    for a, b in zip(jax.tree.leaves(bare.members), jax.tree.leaves(calibrated.members)):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-12)
    assert bare.calibration is None
    assert "calibrate=False" in bare.info["calibration"]


def test_errors_are_those_of_fits_without_the_rows(folds, model, screen):
    held = folds.info["folds"]
    assert held.shape == (5, 15)
    assert (held.sum(axis=0) == 1).all()
    predicted = np.stack([hc.predict(member, screen).X[:, :4] for member in folds])
    fold, row = folds.calibration.fold, np.nonzero(held)[1]
    np.testing.assert_allclose(
        folds.calibration.errors, (screen.values[row] - predicted[fold, row]), atol=1e-6
    )
    # the member of a fold fits its own rows worse than the others do
    own = np.mean([np.abs(screen.values[r] - predicted[k, r]) for k, r in zip(fold, row)])
    others = np.mean([np.abs(screen.values[r] - predicted[k - 1, r]) for k, r in zip(fold, row)])
    assert own > 1.2 * others
    assert folds.calibration.members is None


def test_changing_a_held_out_value_changes_nothing_but_its_error(folds, model, screen):
    row = int(np.flatnonzero(folds.info["folds"][2])[0])
    values = screen.values.copy()
    values[row] += 5.0
    other = dataclasses.replace(screen, values=values)
    again = hc.fit_ensemble(model, other, n=5, resample="folds", key=jr.key(5), **OPTIONS)
    np.testing.assert_allclose(again.member(2).response, folds.member(2).response, atol=1e-10)
    assert np.abs(np.asarray(again.member(1).response) - np.asarray(folds.member(1).response)).max() > 1e-3


def test_intervals_hold_the_prediction_and_widen_with_the_level(calibrated, screen):
    half, most = (hc.predict(calibrated, screen, level=level) for level in (0.5, 0.9))
    for found in (half, most):
        lower, upper = (found.layers[name][:, :4] for name in ("lower", "upper"))
        assert np.isfinite(lower).all()
        assert (lower <= upper).all()
        assert found.uns["hybridcell"]["interval"]["method"].startswith("conformal (CV+)")
    assert (most.layers["lower"] <= half.layers["lower"]).all()
    assert (most.layers["upper"] >= half.layers["upper"]).all()
    reason = most.uns["hybridcell"]["interval"]["reason"]
    assert reason == "3 nodes were never measured and have no interval."
    assert np.isinf(most.layers["upper"][:, 4:]).all()
    assert np.isfinite(most.layers["aleatoric"][:, :4]).all()


def test_a_level_beyond_the_conditions_is_said_in_words(calibrated, screen):
    found = hc.predict(calibrated, screen, level=0.95)
    assert np.isinf(found.layers["upper"]).all()
    assert (
        "15 held-out conditions do not tell the level 0.95" in found.uns["hybridcell"]["interval"]["reason"]
    )


def test_too_few_conditions_are_said_in_words(model, screen):
    few = hc.fit_ensemble(model, screen.subset(np.arange(6)), n=1, key=jr.key(5), **OPTIONS)
    assert few.calibration is None
    assert "Only 6 conditions" in few.info["calibration"]
    found = hc.predict(few, screen)
    assert np.isinf(found.layers["lower"]).all()
    assert "Only 6 conditions" in found.uns["hybridcell"]["interval"]["reason"]


def test_replicates_stay_together(model, screen):
    twice = concatenate(screen, dataclasses.replace(screen, conditions=tuple(f"r{i}" for i in range(15))))
    ensemble = hc.fit_ensemble(model, twice, n=1, key=jr.key(5), **OPTIONS)
    assert ensemble.calibration.n_units() == 15
    assert len(ensemble.calibration.errors) == 30


def test_the_order_of_conditions_changes_no_interval(calibrated, model, screen):
    order = np.random.default_rng(0).permutation(15)
    again = hc.fit_ensemble(model, screen.subset(order), n=2, key=jr.key(5), **OPTIONS)
    for name in ("lower", "upper", "epistemic"):
        np.testing.assert_allclose(
            hc.predict(again, screen).layers[name], hc.predict(calibrated, screen).layers[name], atol=1e-6
        )


def test_labels_name_what_is_left_out(model, screen):
    labels = np.where(
        screen.order == 2, "pairs", np.array(["d1", "d2", "d3"])[np.abs(screen.doses).argmax(1)]
    )
    ensemble = hc.fit_ensemble(model, screen, resample="folds", folds=labels, key=jr.key(5), **OPTIONS)
    assert ensemble.n == 4
    np.testing.assert_array_equal(ensemble.info["folds"][3], labels == "pairs")
    assert ensemble.calibration.design == "4 folds as labeled"


def test_a_calibrated_ensemble_comes_back_from_a_file(calibrated, folds, screen, tmp_path):
    for ensemble in (calibrated, folds, calibrated.subset([1])):
        again = hc.load(hc.save(ensemble, tmp_path / "ensemble.hc"))
        for name in ("predicted", "lower", "upper", "epistemic", "aleatoric"):
            np.testing.assert_array_equal(
                hc.predict(again, screen).layers[name], hc.predict(ensemble, screen).layers[name]
            )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fold": np.full(15, 99)}, "not among its 15 members"),
        ({"fold": np.full(15, 0.5)}, "not among its 15 members"),
        ({"readouts": ("p1", "p2", "p3", "nothing")}, "which is no node"),
        ({"members": (1, 2)}, "calibration"),
        ({"order": "two"}, "order is a str"),
    ],
)
def test_a_damaged_calibration_is_refused(changes, message, calibrated, tmp_path):
    damaged = dataclasses.replace(
        calibrated, calibration=dataclasses.replace(calibrated.calibration, **changes)
    )
    with pytest.raises(FileFormatError, match=message):
        hc.load(hc.save(damaged, tmp_path / "ensemble.hc"))


def test_a_subset_keeps_the_intervals_of_its_folds(folds, screen):
    part = folds.subset([0, 1])
    assert part.calibration.members is not None
    np.testing.assert_allclose(
        hc.predict(part, screen).layers["upper"], hc.predict(folds, screen).layers["upper"], atol=1e-9
    )


def test_predictions_with_times_have_intervals(timed, screen):
    model = hc.CellBox.from_data(timed, key=jr.key(0))
    ensemble = hc.fit_ensemble(model, timed, n=1, steps=5, progress=False, key=jr.key(1))
    assert ensemble.calibration.n_units() == 9
    found = hc.predict(ensemble, timed)
    assert np.isfinite(found.layers["upper"][:, :4]).all()


def test_mistakes_are_refused(model, screen):
    with pytest.raises(InvalidValueError, match="folds are for resample='folds'"):
        hc.fit_ensemble(model, screen, n=2, folds=5, key=jr.key(0))
    with pytest.raises(InvalidValueError, match="n is None"):
        hc.fit_ensemble(model, screen, key=jr.key(0))
    with pytest.raises(InvalidValueError, match="Did you mean 'perturbation'"):
        make_folds(model, screen, jr.key(0), by="perturbations")
    assert method_named("auto") == "widened"
    assert method_named("jackknife+") == "cv+"
