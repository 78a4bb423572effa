"""Models with delays: their past is not undone step by step, so that gradients go forward."""

from __future__ import annotations

import numpy as np
import pytest

import hybridcell as hc
from tests.fit.petab.problems import write

MODEL = """
model m
  k = 0.7; tau = 1.5; x0 = 2;
  species x; compartment c = 1; x in c;
  x = x0;
  x' = -k * delay(x, tau);
end
"""
TABLES = {
    "parameters": "parameterId lowerBound upperBound nominalValue estimate\n"
    "k 0.1 2 0.7 true\ntau 0.1 3 1.5 true\nx0 0.1 9 2 true\nsd 0.01 1 0.2 true",
    "observables": "observableId observableFormula noiseFormula\nobs x sd",
    "measurements": "observableId experimentId time measurement\n"
    "obs _ 1 0.7\nobs _ 2 -0.3\nobs _ 4 -1.1\nobs _ 6 -0.2",
}


@pytest.fixture(scope="module")
def problem(tmp_path_factory):
    folder = tmp_path_factory.mktemp("late")
    return hc.read_petab(write(folder, MODEL, 2, TABLES), solve=hc.Solve(rtol=1e-9, atol=1e-9))


def test_gradients_go_through_the_past(problem):
    theta = problem.nominal
    steps = 1e-5 * np.eye(len(theta))
    values = problem.log_likelihood(np.concatenate([theta + steps, theta - steps]))
    wanted = (values[: len(theta)] - values[len(theta) :]) / 2e-5
    # differences see the steps that a moved parameter makes otherwise
    np.testing.assert_allclose(problem.gradient(), wanted, atol=2e-4 * np.abs(wanted).max())


def test_the_tau_counts(problem):
    assert abs(problem.gradient()["tau"]) > 0.1
