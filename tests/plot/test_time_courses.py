from __future__ import annotations

import anndata
import jax.random as jr
import matplotlib
import numpy as np
import pandas as pd
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError, UnknownNameError

matplotlib.use("agg")

TEXT = "model chain; feed: -> I; 0.1; use: S -> P; k*S; lose: I -> ; 0.2*I; k = 0.4; S = 2; P = 0; I = 3; end"


@pytest.fixture
def ax():
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


@pytest.fixture(scope="module")
def fit():
    network = hc.read_sbml(TEXT).with_parameters({"k": hc.Parameter(0.4, transform="log")})
    ts = np.arange(1.0, 5.0)
    found = hc.simulate(network, t1=4.0, ts=ts, conditions=[{"S": 2.0}, {"S": 1.0}])
    values = np.stack([found["S"].ravel(), found["P"].ravel()], axis=1)
    values[0, 0] = np.nan
    index = [str(i) for i in range(8)]
    data = anndata.AnnData(values, obs=pd.DataFrame({"time": np.tile(ts, 2)}, index=index))
    data.var_names, data.layers["sd"] = ["S", "P"], np.full(values.shape, 0.1)
    data.obsm["doses"] = pd.DataFrame({"S": np.repeat([2.0, 1.0], 4)}, index=index)
    return hc.fit(network, data, key=jr.key(0), progress=False)


@pytest.mark.parametrize(("readouts", "count"), [(None, 4), ("P", 2), (["S"], 2)])
def test_a_fit_is_drawn_beside_its_data(ax, fit, readouts, count):
    hc.pl.network_fit(fit, readouts, ax=ax)
    assert len(ax.containers) == count
    points = sum(len(drawn.lines[0].get_xdata()) for drawn in ax.containers)
    assert points == {4: 15, 2: 8 if readouts == "P" else 7}[count]
    assert len(ax.get_legend().get_texts()) == count


def test_a_fit_without_that_readout_or_no_fit_is_refused(ax, fit):
    with pytest.raises(UnknownNameError, match="readout"):
        hc.pl.network_fit(fit, "X", ax=ax)
    with pytest.raises(InvalidValueError, match="no fit of a reaction network"):
        hc.pl.network_fit(fit.network, ax=ax)
