from __future__ import annotations

import dataclasses

import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import DataError, InvalidValueError, UnknownNameError
from hybridcell.fit.settings import settings_from
from hybridcell.infer.conformal import calibrate
from hybridcell.infer.conformal.calibrate import _as_ensemble, _settings
from tests.fit.conftest import model as model
from tests.fit.conftest import screen as screen
from tests.fit.conftest import truth as truth

OPTIONS = {"steps": 40, "learning_rate": 0.02, "progress": False}


@pytest.fixture(scope="module")
def fitted(model, screen):
    return hc.fit(model, screen, key=jr.key(5), **OPTIONS)


@pytest.fixture(scope="module")
def ensemble(fitted):
    return calibrate(fitted, folds=5, progress=False, key=jr.key(1))


def test_a_fit_becomes_a_calibrated_ensemble_that_predicts_the_same(ensemble, fitted, screen):
    assert ensemble.n == 1
    assert ensemble.calibration.design == "5 folds of conditions"
    np.testing.assert_allclose(hc.predict(ensemble, screen).X, hc.predict(fitted, screen).X, atol=1e-9)
    assert np.isfinite(hc.predict(ensemble, screen).layers["upper"][:, :4]).all()


def test_folds_know_nothing_of_what_they_do_not_see(ensemble, fitted, screen):
    """The fitted network has seen every row; the members of folds must start without it."""
    row = int(np.flatnonzero(ensemble.calibration.fold == 2)[0])
    values = screen.values.copy()
    values[row] += 3.0
    other = hc.fit(fitted.model, dataclasses.replace(screen, values=values), key=jr.key(5), **OPTIONS)
    again = calibrate(dataclasses.replace(other, train=screen), folds=5, progress=False, key=jr.key(1))
    np.testing.assert_allclose(again.calibration.errors, ensemble.calibration.errors, atol=1e-8)


def test_another_method_alone_fits_nothing(ensemble, screen):
    gaussian = calibrate(ensemble, method="gaussian", key=jr.key(7))
    assert gaussian.calibration.method == "gaussian"
    assert gaussian.calibration.errors is ensemble.calibration.errors
    assert np.isfinite(hc.predict(gaussian, screen, level=0.99).layers["upper"][:, :4]).all()
    assert np.isinf(hc.predict(ensemble, screen, level=0.99).layers["upper"]).all()


def test_jackknife_plus_leaves_out_each_condition(ensemble):
    found = calibrate(ensemble, method="jackknife+", progress=False, key=jr.key(2))
    assert found.calibration.method == "cv+"
    assert found.calibration.design == "each condition left out"


def test_jackknife_plus_is_not_taken_for_folds_of_several_conditions(fitted, screen):
    pairs = [f"{k // 2}" for k in range(len(screen))]
    for folds, found in ((5, "5 folds of conditions"), (pairs, "8 folds as labeled")):
        with pytest.raises(InvalidValueError, match=f"folds asks for {found}; wanted each .* method='cv\\+'"):
            calibrate(fitted, method="jackknife+", folds=folds, key=jr.key(0))


def test_a_drug_never_screened_is_imitated_by_leaving_out_others(model, screen):
    without = screen.subset(np.flatnonzero(screen.doses[:, 1] == 0))
    bare = hc.fit_ensemble(model, without, n=1, key=jr.key(5), **OPTIONS)
    ensemble = calibrate(bare, progress=False, key=jr.key(0))
    calibration = ensemble.calibration
    assert calibration.design == "each condition left out, each perturbation left out"
    assert calibration.n_units(unseen=True) == 2
    assert "calibration" not in ensemble.info
    found = hc.predict(ensemble, [{"d1": -1.0}, {"d2": -1.0}], level=0.6)
    assert np.isfinite(found.layers["upper"][:, :4]).all()
    known, new = (found.layers["upper"][i, :4] - found.layers["lower"][i, :4] for i in (0, 1))
    assert new.mean() > 2 * known.mean()
    assert (found.layers["epistemic"][1, :4] >= found.layers["epistemic"][0, :4]).any()
    unknown = hc.predict(ensemble, {"d2": -1.0}, level=0.9)
    assert np.isinf(unknown.layers["lower"]).all()
    assert "never trained on" in unknown.uns["hybridcell"]["interval"]["reason"]


def test_exchangeable_conditions_are_covered(truth, model):
    """New conditions of a noisy network, drawn like those fitted to."""
    from hybridcell.data import PerturbationData
    from hybridcell.simulate import solve_steady_state

    rng = np.random.default_rng(0)
    doses = rng.normal(size=(90, 3)) * (rng.random((90, 3)) < 0.7)
    doses[~doses.any(axis=1), 0] = 1.0
    u = np.zeros((90, 7))
    u[:, 4:] = doses
    values = solve_steady_state(truth, u).x[:, :4]
    values = values + 0.2 * rng.standard_t(4, size=values.shape)
    data = PerturbationData(
        values=values,
        readouts=truth.names[:4],
        kinds=truth.kinds[:4],
        conditions=[f"c{i}" for i in range(90)],
        perturbations=truth.names[4:],
        doses=doses,
        input="strength",
        control="implied",
    )
    train, test = data.subset(np.arange(40)), data.subset(np.arange(40, 90))
    ensemble = hc.fit_ensemble(model, train, n=1, key=jr.key(0), **OPTIONS)
    table = hc.evaluate(ensemble, test, baselines=["ridge"]).loc["measured"]
    for level in (50, 80, 90, 95):
        # readouts of a condition are not independent: as many draws as conditions
        sd = np.sqrt(level / 100 * (1 - level / 100) / 50)
        assert table.loc["model", f"coverage_{level}"] >= level / 100 - 3 * sd
    assert table.loc["model", "coverage_50"] < 0.8
    assert 0.4 < table.loc["model", "width_90"] < 1.6
    assert table.loc["model", "crps"] > 0.05


@pytest.mark.suite
def test_hybrids_are_fitted_anew_too(model, screen):
    hybrid = model + hc.NeuralResidual(width=2, key=jr.key(0))
    found = calibrate(
        hc.fit(hybrid, screen, key=jr.key(1), **OPTIONS), folds=3, progress=False, key=jr.key(2)
    )
    assert np.isfinite(found.calibration.errors).all()


def test_mistakes_are_refused(ensemble, fitted, model, screen):
    with pytest.raises(InvalidValueError, match="carries no data"):
        calibrate(model, key=jr.key(0))
    with pytest.raises(InvalidValueError, match="given a list"):
        calibrate([1], key=jr.key(0))
    with pytest.raises(InvalidValueError, match="Did you mean 'gaussian'"):
        calibrate(ensemble, method="gausian", key=jr.key(0))
    with pytest.raises(InvalidValueError, match="not known any more"):
        calibrate(fitted, start="given", key=jr.key(0))
    with pytest.raises(DataError, match="at least two"):
        calibrate(fitted, screen.subset([0]), key=jr.key(0))
    for wrong in (2.5, "five"):
        with pytest.raises(InvalidValueError, match=f"folds is {wrong!r}; wanted a whole number"):
            calibrate(fitted, folds=wrong, key=jr.key(0))
    with pytest.raises(InvalidValueError, match="Give one of them"):
        calibrate(fitted, folds=["a", "b"] * 7 + ["a"], by="perturbation", key=jr.key(0))
    with pytest.raises(InvalidValueError, match="folds is 1; wanted a whole number from 2 on"):
        calibrate(fitted, folds=1, key=jr.key(0))
    with pytest.raises(InvalidValueError, match="folds has 3 labels; wanted one per row, which is 15"):
        calibrate(fitted, folds=["a", "b", "a"], key=jr.key(0))
    with pytest.raises(InvalidValueError, match="Did you mean 'condition'"):
        calibrate(fitted, by="conditions", key=jr.key(0))
    with pytest.raises(UnknownNameError, match="Did you mean 'steps'"):
        calibrate(fitted, stepz=3, key=jr.key(0))
    with pytest.raises(InvalidValueError, match="given a ReactionNetwork; wanted a CellBox, a hybrid"):
        calibrate(hc.read_sbml("A -> ; k*A; A = 2; k = 0.4"), screen, key=jr.key(0))


def test_settings_are_those_of_the_fit_unless_others_are_asked(fitted, model, screen):
    one = _as_ensemble(fitted)
    assert (one.n, one.train, one.result) == (1, screen, (fitted.result,))
    asked = {k: v for k, v in OPTIONS.items() if k != "progress"}
    assert _settings(one, {}).to_dict() == settings_from(asked).to_dict()
    assert _settings(one, {"l1": 0.7}).l1 == 0.7
    assert _settings(one, {"l1": 0.7}).steps == OPTIONS["steps"]
    # a loaded fit has the solver as plain values
    stored = settings_from({"solve": hc.Solve(rtol=1e-4), "loss": "huber"})
    loaded = dataclasses.replace(one, info={"settings": stored.to_dict()})
    assert _settings(loaded, {}).to_dict() == stored.to_dict()
    assert _settings(loaded, {}).solve == stored.solve
    assert _settings(_as_ensemble(model), {}) == settings_from({})


def test_draws_of_a_reaction_network_are_sent_to_where_they_are_judged():
    network = hc.read_sbml("A -> ; k*A; A = 2; k = 0.4")
    draws = hc.Ensemble(members=network, losses=np.zeros(1), result=("success",), train=None)
    with pytest.raises(InvalidValueError, match=r"reaction networks.*hc\.infer\.sample"):
        calibrate(draws, key=jr.key(0))
