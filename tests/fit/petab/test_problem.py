"""A problem as people meet it: what vectors mean, what tables look like, what is compiled again."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import hybridcell as hc
from hybridcell._core.errors import HybridCellError, InvalidValueError
from tests.fit.petab.problems import CASES, log_likelihood

NAME = "conditions, version 1"


@pytest.fixture
def problem(problem_of):
    return problem_of(NAME)


def measured(problem):
    return problem.statement.measurements.value


def test_the_estimated_parameters_in_the_order_of_the_table(problem):
    assert problem.free == ("a0", "k1", "fast", "b")
    assert problem.parameters.loc["a0", "scale"] == "log10"
    np.testing.assert_allclose(problem.nominal, [np.log10(1.4), np.log(0.7), np.log10(1.3), 0.8], rtol=1e-15)
    np.testing.assert_allclose(problem.lower, [-3, np.log(1e-3), -3, 0])
    np.testing.assert_allclose(problem.upper, [1, np.log(1e3), 3, 10])
    assert problem.linear() == pytest.approx({"a0": 1.4, "k1": 0.7, "fast": 1.3, "b": 0.8}, rel=1e-14)


def test_dicts_are_linear_and_keep_the_rest_nominal(problem):
    values = {"a0": 1.2, "fast": 2.0}
    whole = problem.linear() | values
    wanted = log_likelihood(CASES[NAME], measured(problem), whole)
    assert problem.log_likelihood(values) == pytest.approx(wanted, rel=1e-8)
    assert problem.linear(problem.scaled(values)) == pytest.approx(whole, rel=1e-14)
    assert problem.log_likelihood({}) == problem.log_likelihood()


def test_dicts_may_name_fixed_parameters(problem_of):
    problem = problem_of("noises, version 1")
    values = {"offset": 0.35, "k1": 0.9}
    wanted = log_likelihood(CASES["noises, version 1"], measured(problem), problem.linear() | values)
    assert problem.log_likelihood(values) == pytest.approx(wanted, rel=1e-8)
    moved = problem.with_parameters(values)
    assert problem.log_likelihood(values) == moved.log_likelihood()
    assert problem.log_likelihood({"k1": 0.9}) != moved.log_likelihood()  # the problem stays as it is


def test_a_model_is_calibrated_by_a_dict_too(problem_of):
    network = problem_of("events").calibrated({"dose": 2.5})
    assert dict(zip(network.equations.constants, network.values))["dose"] == 2.5


@pytest.mark.parametrize("method", ["log_likelihood", "gradient", "simulate", "with_parameters", "scaled"])
def test_unknown_ids_are_named(problem, method):
    with pytest.raises(HybridCellError, match="fats") as caught:
        getattr(problem, method)({"fats": 2.0})
    assert "fast" in str(caught.value)  # what was meant


@pytest.mark.parametrize("theta", [np.zeros(3), np.zeros((2, 5)), np.zeros((1, 2, 4)), 1.0], ids=str)
def test_wrong_shapes_are_refused(problem, theta):
    for method in ("log_likelihood", "log_prior", "gradient", "simulate", "residuals", "failures"):
        with pytest.raises(InvalidValueError, match=r"wanted \(4,\) or \(k, 4\)"):
            getattr(problem, method)(theta)


def test_one_vector_where_one_is_meant(problem):
    for method in ("simulate", "linear", "fisher_information", "hessian"):
        with pytest.raises(InvalidValueError, match="wanted one"):
            getattr(problem, method)(np.stack([problem.nominal] * 2))


def test_only_two_kinds_of_gradient(problem):
    with pytest.raises(InvalidValueError, match="'posterior'"):
        problem.gradient(of="prior")


def test_what_comes_out_has_the_shape_of_what_went_in(problem):
    two = np.stack([problem.nominal, problem.nominal + 0.1])
    r = len(measured(problem))
    assert isinstance(problem.log_likelihood(problem.nominal), float)
    assert (
        problem.log_likelihood(two).shape == problem.chi2(two).shape == problem.log_prior(two).shape == (2,)
    )
    assert problem.residuals().shape == (r,)
    assert problem.residuals(two).shape == (2, r)
    assert problem.gradient(two).columns.tolist() == list(problem.free)


def test_residuals_are_those_of_the_table(problem):
    table = problem.simulate()
    assert table["observableId"].tolist() == problem.statement.tables["measurements"]["observableId"].tolist()
    wanted = (table["simulation"] - table["measurement"]) / table["noise"]
    np.testing.assert_allclose(problem.residuals(), wanted, rtol=1e-12)
    assert problem.chi2() == pytest.approx((wanted**2).sum(), rel=1e-12)
    assert np.isinf(table["time"].iloc[-1])


def test_other_nominal_values_compile_nothing(problem, count_programs):
    two = np.stack([problem.nominal, problem.scaled({"k1": 0.9})])
    problem.log_likelihood(), problem.gradient(two), problem.simulate()
    with count_programs() as compiled:
        moved = problem.with_parameters({"k1": 0.9})
        value, slopes, table = moved.log_likelihood(), moved.gradient(two), moved.simulate()
    assert [
        name for name in compiled if name.split("(")[-1].rstrip(")") in ("likelihood", "adjoint", "simulate")
    ] == []
    assert moved.parameters.loc["k1", "nominal"] == 0.9
    assert problem.parameters.loc["k1", "nominal"] == 0.7
    theta = problem.scaled({"k1": 0.9})
    assert value == problem.log_likelihood(theta)
    pd.testing.assert_frame_equal(slopes, problem.gradient(two))
    pd.testing.assert_frame_equal(table, problem.simulate(theta))


def test_a_calibrated_model_simulates_and_exports(problem_of, tmp_path):
    problem = problem_of("events")
    theta = problem.scaled({"k1": 1.1, "dose": 0.3})
    network = problem.calibrated(theta)
    assert dict(zip(network.equations.constants, network.values))["k1"] == pytest.approx(1.1, rel=1e-14)
    hc.write_sbml(network, tmp_path / "calibrated.xml")
    again = hc.read_sbml(tmp_path / "calibrated.xml")
    assert dict(zip(again.equations.constants, again.values))["k1"] == pytest.approx(1.1, rel=1e-14)
    solve = hc.Solve(backend="numpy", rtol=1e-10, atol=1e-12)
    run = hc.simulate(again, t1=1.0, ts=[0.0, 1.0], solve=solve).to_dataframe()
    rest = 0.6 * 2 / 1.7
    assert run["A"].iloc[-1] == pytest.approx(rest + (1.5 - rest) * np.exp(-1.7), rel=1e-8)


@pytest.mark.parametrize(
    "name", ["conditions, version 1", pytest.param("noises, version 2", marks=pytest.mark.suite), "events"]
)
def test_written_and_read_again_it_says_the_same_to_the_last_bit(name, problem_of, tmp_path):
    problem = problem_of(name)
    moved = problem.with_parameters({"k1": 0.1 + 0.2})
    file = hc.write_petab(moved, tmp_path / "written")
    again = hc.read_petab(file, solve=problem.solve)
    assert again.statement.version == problem.statement.version
    assert again.log_likelihood() == moved.log_likelihood()
    assert again.parameters.equals(moved.parameters)


def test_representations(problem):
    assert repr(problem).startswith("PetabProblem('problem': 6 measurements of 2 observables, ")
    assert "4 to estimate" in problem._repr_html_()
    assert problem.name == "problem"
