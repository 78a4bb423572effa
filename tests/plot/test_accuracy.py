"""Accuracy figures draw the numbers they are given."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def _screen():
    return hc.PerturbationData(
        values=[[0.0, 1.0, -1.0], [-1.2, np.nan, -1.0]],
        readouts=["ERK", "growth", "aMEK"],
        kinds=["protein", "phenotype", "drug"],
        conditions=["c0", "c1"],
        perturbations=["aMEK"],
        doses=[[0], [1]],
        control="implied",
    )


def _table(**columns):
    names = list(columns.pop("names"))
    index = pd.MultiIndex.from_product([["measured", "all"], names], names=["readouts", "predictor"])
    return pd.DataFrame({k: [*v, *(2 * x for x in v)] for k, v in columns.items()}, index=index)


def test_one_point_per_measured_value_and_kind():
    predicted = np.array([[0.1, 0.9, -1.0], [-1.0, 0.3, -1.0]])
    ax = hc.pl.predicted_measured(predicted, _screen())
    drawn = {c.get_label(): np.ma.filled(c.get_offsets(), np.nan) for c in ax.collections}
    assert set(drawn) == {"protein", "phenotype"}
    np.testing.assert_allclose(drawn["protein"], [[0.0, 0.1], [-1.2, -1.0]])
    assert "2 conditions, 3 values" in ax.get_title()
    assert ax.get_xlabel() == "Measured (log ratio to control)"
    with_drugs = hc.pl.predicted_measured(predicted, _screen(), include_drugs=True)
    assert len(with_drugs.collections) == 3


def test_predictions_are_matched_by_name():
    import anndata

    adata = anndata.AnnData(
        np.array([[9.0, 0.9, 0.1, -1.0], [9.0, 0.3, -1.0, -1.0]]),
        var=pd.DataFrame(index=["other", "growth", "ERK", "aMEK"]),
    )
    _, ax = plt.subplots()
    assert hc.pl.predicted_measured(adata, _screen(), ax=ax, unit="a.u.") is ax
    np.testing.assert_allclose(ax.collections[0].get_offsets()[:, 1], [0.1, -1.0])
    assert ax.get_ylabel() == "Predicted (a.u.)"
    with pytest.raises(UnknownNameError, match="no predicted node 'growth'"):
        hc.pl.predicted_measured(adata[:, ["ERK", "aMEK"]], _screen())
    with pytest.raises(InvalidValueError, match=r"\(2, 2\)"):
        hc.pl.predicted_measured(np.zeros((2, 2)), _screen())


def test_baselines_are_sorted_best_on_top_and_without_a_score_at_the_bottom():
    table = _table(names=["model", "control", "highest_single"], r=[0.5, np.nan, 0.4], mse=[1.0, 3.0, 2.0])
    by_r = hc.pl.baselines(table)
    assert [t.get_text() for t in by_r.get_yticklabels()] == ["control", "highest single", "model"]
    assert any("no score" in t.get_text() for t in by_r.texts)
    _, ax = plt.subplots()
    assert hc.pl.baselines(table, metric="mse", readouts="all", ax=ax) is ax
    assert [t.get_text() for t in ax.get_yticklabels()] == ["control", "highest single", "model"]
    assert {t.get_text() for t in ax.texts} == {"2", "4", "6"}


def test_wrong_names_are_refused():
    table = _table(names=["model"], r=[0.5])
    with pytest.raises(UnknownNameError, match="no metric 'mse'"):
        hc.pl.baselines(table, metric="mse")
    with pytest.raises(UnknownNameError, match="Did you mean 'measured'"):
        hc.pl.baselines(table, readouts="measurd")
    with pytest.raises(AttributeError, match="Did you mean 'baselines'"):
        hc.pl.baseline  # noqa: B018
    assert "baselines" in dir(hc.pl)


def test_a_model_in_place_of_its_predictions_is_refused():
    with pytest.raises(
        InvalidValueError, match=r"predicted is a object; wanted what hc.predict\(model, data\)"
    ):
        hc.pl.predicted_measured(object(), _screen())
