import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell.data import as_perturbation_data
from hybridcell.evaluate.coverage import LEVELS, no_scores, of_ensemble, of_ridge


@pytest.fixture(scope="module")
def parts():
    train, test = hc.split(hc.datasets.demo(seed=0), by="random")
    return as_perturbation_data(train), as_perturbation_data(test)


@pytest.fixture(scope="module")
def ensemble(parts):
    model = hc.CellBox.from_data(parts[0], key=jr.key(0))
    return hc.fit_ensemble(model, parts[0], n=1, steps=10, progress=False, key=jr.key(1))


def test_intervals_are_those_of_predict(ensemble, parts):
    found = of_ensemble(ensemble, parts[1])
    predicted = hc.predict(ensemble, parts[1], level=0.8)
    columns = [list(predicted.var_names).index(r) for r in parts[1].readouts]
    np.testing.assert_array_equal(
        found.intervals[LEVELS.index(0.8)], [predicted.layers[k][:, columns] for k in ("lower", "upper")]
    )


def test_the_table_holds_coverage_width_and_score(ensemble, parts):
    table = hc.evaluate(ensemble, parts[1], baselines=["ridge", "control"])
    model, ridge = (table.loc[("measured", who)] for who in ("model", "ridge"))
    found = of_ensemble(ensemble, parts[1])
    measured = [j for j, kind in enumerate(parts[1].kinds) if kind != "drug"]
    low, high = found.intervals[LEVELS.index(0.9)][:, :, measured]
    y = parts[1].values[:, measured]
    assert model["coverage_90"] == np.mean((y >= low) & (y <= high))
    assert model["width_90"] == pytest.approx(np.mean(high - low))
    assert model["crps"] == pytest.approx(found.crps[:, measured].mean())
    assert model["coverage_50"] < model["coverage_80"] < model["coverage_95"]
    assert 0 < ridge["crps"] < 1
    assert table.loc[("measured", "control"), list(no_scores())].isna().all()


def test_without_calibration_nothing_is_added(ensemble, parts):
    plain = hc.evaluate(ensemble.best, parts[1], train=parts[0], baselines=["ridge"])
    assert "crps" not in plain.columns


def test_a_ridge_has_normal_errors_as_large_as_those_left_out(parts):
    from hybridcell.evaluate.baselines import Ridge

    train, test = parts
    ridge = Ridge().fit(train)
    found = of_ridge(train, test)
    order = [train.readouts.index(r) for r in test.readouts]
    mean, sd = ridge.predict(test)[:, order], ridge.error_sd[order]
    np.testing.assert_allclose(
        found.intervals[2][1] - mean, np.broadcast_to(1.6448536 * sd, mean.shape), rtol=1e-6
    )
    expected = hc.metrics.crps_gaussian(test.values, mean, np.broadcast_to(sd, mean.shape))
    assert np.nanmean(found.crps) == pytest.approx(expected)


def test_errors_of_left_out_rows_are_those_of_refits():
    from hybridcell.evaluate.baselines._spectral import leave_one_out_errors, linear

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(12, 3)), rng.normal(size=(12, 2))
    y[4, 1] = np.nan
    found = leave_one_out_errors(linear(x), y, 0.7)
    assert np.isnan(found[4, 1])
    for j in range(2):
        for i in np.flatnonzero(~np.isnan(y[:, j])):
            rest = np.setdiff1d(np.flatnonzero(~np.isnan(y[:, j])), [i])
            slope = np.linalg.solve(x[rest].T @ x[rest] + 0.7 * np.eye(3), x[rest].T @ y[rest, j])
            assert found[i, j] == pytest.approx(y[i, j] - x[i] @ slope)


def test_a_readout_that_was_never_fitted_has_no_interval(ensemble, parts):
    from dataclasses import replace

    calibration = ensemble.calibration
    fewer = replace(
        calibration,
        readouts=calibration.readouts[1:], errors=calibration.errors[:, 1:], spread=calibration.spread[:, 1:],
    )  # fmt: skip
    found = of_ensemble(replace(ensemble, calibration=fewer), parts[1])
    column = parts[1].readouts.index(calibration.readouts[0])
    assert np.isinf(found.intervals[:, :, :, column]).all()
    assert np.isnan(found.crps[:, column]).all()
