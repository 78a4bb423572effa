"""Errors and verdicts of fitted numbers."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

import hybridcell as hc
from hybridcell.fit.kinetics.free_numbers import find_free_numbers
from hybridcell.fit.kinetics.result import NetworkFit, effective_numbers, parameter_table


@pytest.fixture(scope="module")
def free():
    network = hc.read_sbml(hc.networks.load("lotka_volterra"))
    declared = {
        "growth": hc.Parameter(2.0, transform="log"),
        "predation": hc.Parameter(3.0, bounds=(0.0, 4.0)),
        "death": hc.Parameter(0.5, transform="log"),
    }
    return find_free_numbers(network.with_parameters(declared), None)


def test_errors_are_those_of_linear_least_squares(free):
    theta = np.array([np.log(2.0), 3.0, np.log(0.5)])
    jacobian = np.random.default_rng(0).normal(size=(20, 3)) * [10, 1, 30]
    table = parameter_table(free, theta, jacobian)
    wanted = np.sqrt(np.diag(np.linalg.inv(jacobian.T @ jacobian))) * [2.0, 1.0, 0.5]
    assert_allclose(table["sd"], wanted, rtol=1e-8)
    assert_allclose(table["value"], [2.0, 3.0, 0.5])
    assert list(table.loc[["growth", "death"], "verdict"]) == ["determined", "determined"]


def test_what_nothing_measures_is_uncertain_without_end(free):
    jacobian = np.diag([50.0, 50.0, 0.0])
    table = parameter_table(free, np.array([0.0, 3.0, 0.0]), jacobian)
    assert np.isinf(table.loc["death", "sd"])
    assert table.loc["death", "verdict"] == "uncertain"


def test_a_number_at_its_bound_says_so(free):
    table = parameter_table(free, np.array([0.0, 4.0, 0.0]), np.eye(3))
    assert table.loc["predation", "verdict"] == "at its bound"


def test_numbers_that_only_a_prior_holds_do_not_count():
    measured, prior = np.eye(2, 3) * 1e4, np.eye(3)
    assert_allclose(effective_numbers(np.concatenate([measured, prior]), 2), 2.0, atol=1e-6)


def test_a_fit_shows_what_is_not_determined(free):
    table = parameter_table(free, np.array([0.0, 3.0, 0.0]), np.diag([50.0, 50.0, 1e-3]))
    network = hc.read_sbml(hc.networks.load("lotka_volterra"))
    fit = NetworkFit(
        model=network,
        result="success",
        loss=1.0,
        train=None,
        chi2=10.0,
        n_data=12,
        bic=20.0,
        sd={},
        _table=table,
    )
    assert "not determined" in fit._repr_html_()
    assert "death" in fit._repr_html_()
    assert "chi2 10 of 12" in repr(fit)
    assert list(fit.weights.index) == []
