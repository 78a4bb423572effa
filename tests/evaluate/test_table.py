"""`hc.evaluate`: what is scored, beside what, and what is refused."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import SimpleNamespace

import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import DataError, InvalidValueError, UnknownNameError
from hybridcell.data import PerturbationData
from hybridcell.evaluate import baselines, metrics

COLUMNS = [
    "r",
    "r_centered",
    "r_node_median",
    "mse",
    "r_phenotype",
    "n_conditions",
    "n_trained",
    "n_values",
    "n_failed",
    "residual_share",
]


def _model(weight: float = 0.8):
    """Two drugs, two proteins and a phenotype downstream."""
    w = np.zeros((5, 5))
    w[0, 3], w[1, 4], w[2, 0], w[2, 1] = weight, 0.9, 0.5, -0.7
    return hc.CellBox(["P", "Q", "growth", "A", "B"], ["protein", "protein", "phenotype", "drug", "drug"], w)


def _screen(model, *, noise: float = 0.0) -> PerturbationData:
    doses = np.array(
        [[0.0, -0.5], [0, -1], [-0.5, 0], [-1, 0], [-1, -1], [-0.5, -1], [-1, -0.5], [-0.5, -0.5]]
    )
    data = PerturbationData(
        values=np.zeros((8, 5)),
        readouts=["P", "Q", "growth", "A", "B"],
        kinds=["protein", "protein", "phenotype", "drug", "drug"],
        conditions=[f"c{i}" for i in range(8)],
        perturbations=["A", "B"],
        doses=doses,
        input="strength",
        control="implied",
    )
    values = np.asarray(hc.predict(model, data).X)
    return replace(data, values=values + noise * np.random.default_rng(0).normal(size=values.shape))


@pytest.fixture(scope="module")
def parts():
    model = _model()
    data = _screen(model, noise=0.02)
    return model, data.subset(range(5)), data.subset(range(5, 8))


def test_model_first_then_every_baseline_in_both_scopes(parts):
    model, train, test = parts
    table = hc.evaluate(model, test, train=train)
    assert list(table.columns) == COLUMNS
    assert table.index.names == ["readouts", "predictor"]
    assert list(table.index.get_level_values(0).unique()) == ["measured", "all"]
    for scope in ("measured", "all"):
        assert list(table.loc[scope].index) == ["model", *baselines.available()]
    assert table.attrs == {
        "train": {"conditions": 5, "readouts": 5},
        "test": {"conditions": 3, "readouts": 5},
    }


def test_the_scores_are_those_of_the_metrics(parts):
    model, train, test = parts
    table = hc.evaluate(model, test, train=train, baselines=["ridge"])
    predicted = {"model": np.asarray(hc.predict(model, test).X)}
    predicted |= baselines.fit_predict(["ridge"], train, test)
    for scope, columns in (("measured", slice(0, 3)), ("all", slice(0, 5))):
        for name, p in predicted.items():
            y, p = test.values[:, columns], p[:, columns]
            row = table.loc[(scope, name)]
            assert row["r"] == pytest.approx(metrics.pearson(y, p))
            mean = train.values[:, columns].mean(axis=0)
            assert row["r_centered"] == pytest.approx(metrics.pearson_centered(y, p, mean))
            assert row["mse"] == pytest.approx(metrics.mse(y, p))
            assert row["r_node_median"] == pytest.approx(metrics.pearson_readout_median(y, p))
            assert row["r_phenotype"] == pytest.approx(
                metrics.pearson(test.values[:, 2], predicted[name][:, 2])
            )
            assert (row["n_conditions"], row["n_values"]) == (3, y.size)
    assert np.isnan(hc.evaluate(model, test, train=train).loc[("all", "training_mean"), "r_centered"])


def test_fit_and_ensemble_carry_what_they_were_fitted_to(parts):
    model, train, test = parts
    bare = hc.evaluate(model, test, train=train)
    fit = SimpleNamespace(model=model, train=train)
    assert hc.evaluate(fit, test).equals(bare)
    assert hc.evaluate(fit, test.to_anndata()).equals(bare)
    ensemble = Ensemble.from_models([_model(0.7), _model(0.9)], train=train)
    table = hc.evaluate(ensemble, test)
    mean = np.asarray(hc.predict(ensemble, test).X)
    assert table.loc[("all", "model"), "mse"] == pytest.approx(metrics.mse(test.values, mean))
    assert table.loc[("all", "ridge")].equals(bare.loc[("all", "ridge")])


def test_without_the_training_part_the_baselines_are_refused(parts):
    model, _, test = parts
    with pytest.raises(InvalidValueError, match=r"train=.*baselines=False"):
        hc.evaluate(model, test)
    table = hc.evaluate(model, test, baselines=False)
    assert table.index.tolist() == [("measured", "model"), ("all", "model")]
    assert table["r_centered"].isna().all()


def test_readouts_are_matched_by_name(parts):
    model, train, test = parts
    some = hc.evaluate(model, test, train=train, readouts=["growth", "P"])
    assert (some["n_values"] == 6).all()
    columns = [2, 0]
    p = np.asarray(hc.predict(model, test).X)[:, columns]
    assert some.loc[("all", "model"), "r"] == pytest.approx(metrics.pearson(test.values[:, columns], p))
    with pytest.raises(UnknownNameError, match="Did you mean 'growth'"):
        hc.evaluate(model, test, train=train, readouts=["grwth"])
    with pytest.raises(InvalidValueError, match=r"\['growth'\]"):
        hc.evaluate(model, test, train=train, readouts="growth")


def test_a_readout_that_the_model_or_the_training_part_lacks(parts):
    model, train, test = parts
    renamed = replace(test, readouts=("P", "Qq", "growth", "A", "B"))
    with pytest.raises(UnknownNameError, match="no node 'Qq'"):
        hc.evaluate(model, renamed, train=train)
    with pytest.raises(UnknownNameError, match="no training readout 'Q'"):
        hc.evaluate(model, test, train=replace(train, readouts=("P", "Qq", "growth", "A", "B")))


def test_missing_values_are_not_scored(parts):
    model, train, test = parts
    values = test.values.copy()
    values[0] = np.nan
    values[1, 1] = np.nan
    table = hc.evaluate(model, replace(test, values=values), train=train)
    assert set(table.loc["measured", "n_values"]) == {5}
    assert set(table["n_conditions"]) == {2}
    assert table.loc["measured", "mse"].notna().all()
    with pytest.raises(DataError, match="Nothing is measured"):
        hc.evaluate(model, replace(test, values=np.full((3, 5), np.nan)), train=train)


def test_a_failed_condition_counts_as_control_and_is_reported(parts, monkeypatch):
    model, train, test = parts
    perfect = hc.predict(model, test)
    perfect.X = test.values.copy()
    perfect.X[1] = np.nan
    monkeypatch.setattr(sys.modules["hybridcell.simulate"], "predict", lambda *a, **k: perfect)
    row = hc.evaluate(model, test, train=train).loc[("all", "model")]
    assert row["n_failed"] == 1
    assert row["mse"] == pytest.approx((test.values[1] ** 2).sum() / test.values.size)


def test_residual_share_is_the_models_only(parts):
    model, train, test = parts
    plain = hc.evaluate(model, test, train=train, baselines=["ridge"])
    assert plain.loc[("all", "model"), "residual_share"] == 0.0
    assert np.isnan(plain.loc[("all", "ridge"), "residual_share"])
    hybrid = hc.CellBox(model.names, model.kinds, np.zeros((5, 5))) + hc.NeuralResidual(
        width=4, key=jr.key(0)
    )
    from hybridcell.hybrid import residual_share

    share = hc.evaluate(hybrid, test, train=train).loc[("all", "model"), "residual_share"]
    x = np.asarray(hc.predict(hybrid, test).X)
    assert share == pytest.approx(residual_share(hybrid, x, hybrid.inputs(test)))
    pair = Ensemble.from_models([hybrid, hybrid], train=train)
    assert hc.evaluate(pair, test).loc[("all", "model"), "residual_share"] == pytest.approx(share)


def test_prints_predictors_and_scores(parts):
    model, train, test = parts
    text = hc.evaluate(model, test, train=train).round(3).to_string()
    assert "saturating_ridge" in text
    assert "r_centered" in text


def test_conditions_that_were_trained_on_are_counted_and_said(parts):
    model, train, test = parts
    seen = train.subset([0, 2])
    with pytest.warns(UserWarning, match="2 of 2 conditions to evaluate are in the training part") as caught:
        table = hc.evaluate(model, seen, train=train, baselines=["ridge"])
    assert repr(seen.conditions[0]) in str(caught[0].message)
    assert caught[0].filename == __file__
    assert table["n_trained"].tolist() == [2] * len(table)
    held_out = hc.evaluate(model, test, train=train, baselines=["ridge"])  # a warning would be an error here
    assert held_out["n_trained"].tolist() == [0] * len(held_out)
    assert np.isnan(hc.evaluate(model, test, baselines=False)["n_trained"]).all()


def test_rows_of_which_nothing_is_scored_do_not_count_as_trained(parts):
    model, train, _ = parts
    seen = train.subset([0, 2])
    values = seen.values.copy()
    values[1] = np.nan
    with pytest.warns(UserWarning, match="training part"):
        table = hc.evaluate(model, replace(seen, values=values), train=train, baselines=False)
    assert table["n_trained"].tolist() == table["n_conditions"].tolist() == [1, 1]
