from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import anndata
import jax.random as jr
import numpy as np
import pandas as pd
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, NotConvergedError
from hybridcell.fit.distillation.distill import _Refits

TEXT = "model decay; use: S -> P; {law}; S = 5; P = 0; end"
SD = 0.05


def fitted(law, *, seed=0, sd=True):
    network = hc.read_sbml(TEXT.format(law=law))
    ts = np.linspace(0.3, 9, 30)
    exact = hc.simulate(network, t1=9.0, ts=ts)["S"].T
    noisy = exact + SD * np.random.default_rng(seed).normal(size=exact.shape)
    obs = pd.DataFrame({"time": ts}, index=[str(i) for i in range(30)])
    data = anndata.AnnData(noisy, obs=obs, var=pd.DataFrame(index=["S"]))
    if sd:
        data.layers["sd"] = np.full(exact.shape, SD)
    hybrid = network.replace("use", hc.NeuralRate(["S"], width=6, key=jr.key(seed)))
    return hc.fit(hybrid, data, key=jr.key(seed), progress=False)


@pytest.fixture(scope="module")
def saturating():
    return fitted("2*S/(1 + S)")


@pytest.fixture(scope="module")
def distilled(saturating):
    return saturating.distill("use", n_fits=3, progress=False)


def test_constants_of_another_piece_move_with_the_mechanism():
    network = hc.read_sbml("model m; use: S -> P; k*S; use_2: P -> ; P; k = 1; S = 5; P = 0; end")
    for id, reads in (("use", "S"), ("use_2", "P")):
        network = network.replace(id, hc.NeuralRate([reads], width=1, key=jr.key(0)))
    first, second = network.holes
    fit = SimpleNamespace(network=network, parameters=pd.DataFrame(index=[*first.weights, *second.weights]))
    for hole, other in ((first, second), (second, first)):
        refits = _Refits(cast("Any", fit), hole, hole.targets[0], cast("Any", None), jr.key(0))
        assert refits.mechanism == list(other.weights)


@pytest.mark.slow
def test_the_true_law_is_found_with_its_constants(distilled, saturating):
    assert distilled.table.index[0] == "Michaelis-Menten in S"
    assert distilled.table["verdict"].iloc[0] == "best"
    assert not distilled.none_fits
    network = distilled.network
    assert len(network.holes) == 0
    values = dict(zip(network.equations.constants, np.asarray(network.values)))
    assert values["use_Vmax"] == pytest.approx(2, rel=0.1)
    assert values["use_Km_S"] == pytest.approx(1, rel=0.3)
    assert distilled.fit.chi2 < saturating.chi2 + 5


@pytest.mark.slow
def test_the_table_says_what_was_compared(distilled):
    table = distilled.table
    assert list(table.columns) == [
        "formula", "constants", "chi2", "bic", "delta_bic", "rmse", "verdict",
    ]  # fmt: skip
    assert table["delta_bic"].iloc[0] == 0
    assert len(table) == 3
    n = distilled.hybrid.n_data
    np.testing.assert_allclose(table["bic"], table["chi2"] + table["constants"] * np.log(n))
    assert set(table.index) <= set(distilled.screened.index)
    assert set(distilled.fits) == set(table.index) == set(distilled.laws)
    assert table["rmse"].iloc[0] < 0.1


@pytest.mark.slow
def test_what_is_expected_of_a_law_is_what_its_fit_reaches(distilled):
    expected = distilled.screened.loc["Michaelis-Menten in S", "chi2"]
    assert expected == pytest.approx(distilled.fit.chi2, abs=2)


@pytest.mark.slow
def test_it_shows_itself(distilled):
    assert "Michaelis-Menten in S" in repr(distilled)
    assert "delta_bic" in distilled._repr_html_()


@pytest.mark.slow
def test_a_rate_that_no_law_describes_is_recognized():
    fit = fitted("S*(0.1 + exp(-(1.4*(S - 2.5))^2))")
    assert fit.result == "success"
    found = fit.distill("use", n_fits=1, progress=False)
    assert found.none_fits
    assert "no law fits" in repr(found)
    assert found.table["verdict"].iloc[0] == "does not describe the data"
    with pytest.raises(NotConvergedError, match="accept=True"):
        _ = found.network
    assert len(replace(found, accept=True).network.holes) == 0


@pytest.mark.slow
def test_options_that_do_not_apply_are_refused(saturating):
    for name in ("free", "warm_start", "retries", "method", "horizon"):
        with pytest.raises(InvalidValueError, match=f"{name} is no option"):
            saturating.distill("use", **{name: None})
    with pytest.raises(InvalidValueError, match="n_fits is 0"):
        saturating.distill("use", n_fits=0)
    data = saturating.train.copy()
    del data.layers["sd"]
    with pytest.raises(InvalidValueError, match="give the same sd"):
        replace(saturating, train=data, sd={}).distill("use")
