"""States between measurements: right where enough is measured, refused where not."""

from __future__ import annotations

import anndata
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import hybridcell as hc
from hybridcell.fit.kinetics.measurements import read_measurements
from hybridcell.fit.kinetics.splines import smooth_states

NUMPY = hc.Solve(backend="numpy", rtol=1e-8)


def measured(network, readouts, t1, count):
    ts = np.linspace(0, t1, count + 1)[1:]
    found = hc.simulate(network, t1=t1, ts=ts, solve=NUMPY)
    values = np.stack([found[id][0] for id in readouts], axis=1)
    data = anndata.AnnData(
        values,
        obs=pd.DataFrame({"time": ts}, index=[str(i) for i in range(count)]),
        var=pd.DataFrame(index=list(readouts)),
        layers={"sd": np.full(values.shape, 0.01 * values.max())},
    )
    return read_measurements(network, data)


def test_smoothed_states_follow_the_trajectory():
    network = hc.read_sbml(hc.networks.load("lotka_volterra"))
    (smooth,) = smooth_states(network, measured(network, ("prey", "predator"), 6.0, 24))
    truth = hc.simulate(network, t1=6.0, ts=smooth.t, solve=NUMPY)
    assert_allclose(smooth.x, np.asarray(truth.values)[0], atol=0.03)
    assert_allclose(smooth.t[smooth.edges][1:], np.linspace(0, 6, 25)[1:])


def test_what_a_conserved_sum_gives_need_not_be_measured():
    network = hc.read_sbml(
        "model m; compartment c = 1; species A in c, B in c; A = 2; B = 0; r: A -> B; k*A; k = 0.5; end"
    )
    (smooth,) = smooth_states(network, measured(network, ("A",), 5.0, 12))
    assert_allclose(smooth.x.sum(axis=1), 2.0, atol=1e-6)


@pytest.mark.parametrize(("readouts", "count"), [(("prey",), 12), (("prey", "predator"), 4)])
def test_too_little_gives_no_states(readouts, count):
    network = hc.read_sbml(hc.networks.load("lotka_volterra"))
    assert smooth_states(network, measured(network, readouts, 6.0, count)) is None


def test_readouts_that_are_no_sums_of_states_give_no_states():
    network = hc.read_sbml(
        "model m; compartment c = 1; species A in c; A = 2; r: A -> ; k*A; k = 0.5; square := A*A; end"
    )
    assert smooth_states(network, measured(network, ("square",), 5.0, 12)) is None


def test_events_give_no_states():
    network = hc.read_sbml(hc.networks.load("repeated_dosing"))
    ids = tuple(network.equations.states[:1])
    assert smooth_states(network, measured(network, ids, 20.0, 12)) is None


def test_replicates_of_few_times_give_no_states():
    network = hc.read_sbml("model m; r: A -> B; k*A; lose: B -> ; q*B; k = 0.5; q = 0.2; A = 2; B = 0; end")
    times = np.array([1.0, 2, 3, 4, 5, 6, *[3.0] * 6])
    values = np.full((12, 2), np.nan)
    values[:6, 0], values[6:, 1] = 2 * np.exp(-0.5 * times[:6]), 0.4
    obs = pd.DataFrame({"time": times}, index=[str(i) for i in range(12)])
    data = anndata.AnnData(values, obs=obs, var=pd.DataFrame(index=["A", "B"]))
    assert smooth_states(network, read_measurements(network, data, sd=0.1)) is None


def test_replicates_count_by_their_errors():
    network = hc.read_sbml("model m; r: A -> ; k*A; k = 0.5; A = 2; end")
    ts = np.linspace(0.5, 6, 12)
    exact = 2 * np.exp(-0.5 * ts)
    obs = pd.DataFrame({"time": np.tile(ts, 2)}, index=[str(i) for i in range(24)])
    data = anndata.AnnData(np.r_[exact, exact + 1.0][:, None], obs=obs, var=pd.DataFrame(index=["A"]))
    data.layers["sd"] = np.repeat([1e-3, 1e3], 12)[:, None]
    (smooth,) = smooth_states(network, read_measurements(network, data))
    assert_allclose(smooth.x[:, 0], 2 * np.exp(-0.5 * smooth.t), atol=0.02)
