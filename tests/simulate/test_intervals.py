import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.calibration import Calibration
from hybridcell.simulate import predictive
from hybridcell.simulate.intervals import weighted_mean, weighted_sd


@pytest.fixture(scope="module")
def network():
    return hc.CellBox(
        ["a", "hidden", "d"], ["protein", "protein", "drug"], [[0, 0, 1.0], [0.5, 0, 0], [0, 0, 0]]
    )


def calibrated(network, n=12, **changes):
    """Return an ensemble of one network with made errors of its readout `a`, in folds of one network each."""
    from dataclasses import replace

    rng = np.random.default_rng(0)
    given = {
        "readouts": ("a",), "errors": rng.normal(size=(n, 1)), "spread": np.zeros((n, 1)),
        "fold": np.arange(n) % 3, "condition": np.arange(n), "new": np.full(n, -1), "given": ("d",),
        "spreading": np.arange(3), "order": 1, "method": "cv+",
        "members": hc.Ensemble.from_models([network] * 3).members, "design": "3 folds",
    }  # fmt: skip
    return replace(hc.Ensemble.from_models([network]), calibration=Calibration(**{**given, **changes}))


def test_only_measured_nodes_have_intervals(network):
    found = hc.predict(calibrated(network), {"d": 0.7}, level=0.8)
    assert np.isfinite(found.layers["upper"][0, 0])
    assert (found.layers["upper"][0, 1:] == np.inf).all()
    assert np.isnan(found.layers["aleatoric"][0, 1:]).all()
    about = found.uns["hybridcell"]["interval"]
    assert about == {
        "level": 0.8,
        "method": "conformal (CV+); 3 folds",
        "reason": "2 nodes were never measured and have no interval.",
    }


def test_intervals_are_those_of_the_calibration(network):
    ensemble = calibrated(network)
    found = hc.predict(ensemble, [{"d": 0.7}, {"d": -0.2}], level=0.8)
    errors = np.sort(np.abs(ensemble.calibration.errors[:, 0]))
    # the folds agree, so that the interval reaches as far as the k-th largest error, k = floor(13 * 0.2)
    np.testing.assert_allclose(found.layers["upper"][:, 0] - found.X[:, 0], errors[-2], atol=1e-6)
    np.testing.assert_allclose(found.layers["lower"][:, 0] - found.X[:, 0], -errors[-2], atol=1e-6)
    np.testing.assert_allclose(found.layers["epistemic"], 0.0, atol=1e-9)
    assert predictive(ensemble, {"d": 0.7}).n.tolist() == [12]


def test_every_reason_is_given_in_words(network):
    few = calibrated(network, n=5)
    reason = hc.predict(few, {"d": 0.7}).uns["hybridcell"]["interval"]["reason"]
    assert "5 held-out conditions do not tell the level 0.9" in reason
    assert "which needs 9" in reason
    new = hc.predict(calibrated(network, given=()), {"d": 0.7})
    assert np.isinf(new.layers["upper"]).all()
    assert 'by="perturbation"' in new.uns["hybridcell"]["interval"]["reason"]


def test_an_unsolved_fold_leaves_the_interval_unbounded(network):
    runaway = hc.CellBox(
        network.names, network.kinds, [[0, 3.0, 1.0], [3.0, 0, 0], [0, 0, 0]], envelope="linear"
    )
    steady = hc.CellBox(network.names, network.kinds, np.asarray(network.weights), envelope="linear")
    members = hc.Ensemble.from_models([steady, runaway, steady]).members
    found = hc.predict(calibrated(steady, members=members), {"d": 0.7}, level=0.8)
    assert np.isfinite(found.X).all()
    assert np.isinf(found.layers["upper"][:, 0]).all()
    assert "every fold's member" in found.uns["hybridcell"]["interval"]["reason"]


def test_means_and_spreads_are_of_the_members_that_are_there():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(9, 4, 3))
    values[rng.random((9, 4)) < 0.4] = np.nan
    values[:2] = rng.normal(size=(2, 4, 3))
    values[:, 2] = np.nan
    values[1:, 3] = np.nan
    equal = np.full(9, 1 / 9)
    mean, sd = weighted_mean(values, equal), weighted_sd(values, equal)
    np.testing.assert_allclose(mean[[0, 1, 3]], np.nanmean(values[:, [0, 1, 3]], axis=0))
    np.testing.assert_allclose(sd[:2], np.nanstd(values[:, :2], axis=0))
    assert np.isnan(mean[2]).all()
    assert np.isnan(sd[2:]).all()
