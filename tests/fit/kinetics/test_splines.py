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
