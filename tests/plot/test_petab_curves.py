from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc
from hybridcell.plot.petab_curves import finite, measured_curves


@pytest.fixture(scope="module")
def problem():
    return hc.read_petab(hc.networks.load("jak_stat").petab)


def test_every_measurement_lies_on_one_curve_that_passes_its_time(problem):
    measured = problem.statement.measurements
    found = measured_curves(problem, None, [0, 1])
    rows = np.concatenate([curve.rows for curves in found.values() for curve in curves])
    assert sorted(rows) == np.flatnonzero(np.isin(measured.observable, [0, 1])).tolist()
    simulated = problem.simulate()["simulation"].to_numpy()
    for number, curves in found.items():
        for curve in curves:
            assert (measured.observable[curve.rows] == number).all()
            at = np.searchsorted(curve.ts, measured.time[curve.rows])
            np.testing.assert_allclose(curve.ts[at], measured.time[curve.rows])
            np.testing.assert_allclose(curve.curve[at], simulated[curve.rows], rtol=1e-4, atol=1e-8)


def test_times_of_the_steady_state_are_not_finite():
    assert finite(np.array([1.0, np.inf, 2.0])).tolist() == [1.0, 2.0]
