from __future__ import annotations

import pickle

import numpy as np
import pytest

import hybridcell as hc
from hybridcell.fit.petab.minimized import Minimized
from tests.fit.petab.problems import CONDITIONS_1, NOISES_1, Case

COLUMNS = (
    "parameterId objectivePriorType objectivePriorParameters "
    "parameterScale lowerBound upperBound nominalValue estimate\n"
)
PRIORS = """a0 parameterScaleNormal 0.1;0.5 log10 1e-3 10 1.4 1
    k1 _ _ log 1e-3 1e3 0.7 1
    fast parameterScaleUniform -3;3 log10 1e-3 1e3 1.3 1
    b normal 1;0.25 lin 0 10 0.8 1"""


@pytest.fixture(scope="module")
def problem(tmp_path_factory):
    case = Case(1, {**CONDITIONS_1.tables, "parameters": COLUMNS + PRIORS}, CONDITIONS_1.expected)
    return hc.read_petab(case.write(tmp_path_factory.mktemp("priors")))


def test_values_and_gradients_are_minus_the_posterior(problem):
    objective, thetas = problem.objective, np.stack([problem.nominal, problem.nominal + 0.1])
    values, slopes = objective.values_and_gradients(thetas)
    np.testing.assert_allclose(values, -problem.log_posterior(thetas), rtol=1e-12)
    np.testing.assert_allclose(slopes, -problem.gradient(thetas, of="posterior"), rtol=1e-12)
    assert objective.names == problem.free
    assert objective.n == 6


def test_half_of_the_squares_is_the_value_up_to_a_constant(problem):
    objective, thetas = problem.objective, np.stack([problem.nominal, problem.nominal + 0.1])
    assert objective.has_least_squares
    residuals, jacobian = objective.least_squares(thetas)
    halves = 0.5 * np.sum(residuals**2, axis=1)
    assert np.diff(halves) == pytest.approx(np.diff(objective.values(thetas)), rel=1e-7)
    slopes = np.einsum("kn,knq->kq", residuals, jacobian)
    np.testing.assert_allclose(slopes, objective.values_and_gradients(thetas)[1], rtol=1e-5, atol=1e-6)


def test_noise_of_laplace_has_no_least_squares(problem_of):
    assert not Minimized(problem_of("noises, version 1")).has_least_squares


def test_noise_that_moves_has_residuals_of_its_own(problem_of):
    problem = problem_of("periods")
    thetas = np.stack([problem.nominal, problem.nominal + 0.1])
    residuals, jacobian = problem.objective.least_squares(thetas)
    assert residuals.shape == (2, 14)
    assert np.diff(0.5 * np.sum(residuals**2, axis=1)) == pytest.approx(
        -np.diff(problem.log_likelihood(thetas)), rel=1e-8
    )
    assert jacobian.shape == (2, 14, len(problem.free))


def test_laplace_in_one_row_is_enough():
    assert "laplace" in NOISES_1.distributions


def test_objectives_travel_to_other_processes(problem):
    thetas = np.stack([problem.nominal, problem.nominal + 0.1])
    for objective in (problem.objective, problem.hierarchical(exclude=["a0"])):
        again = pickle.loads(pickle.dumps(objective))
        assert again is not objective
        assert again.names == objective.names
        part = thetas[:, [problem.free.index(name) for name in objective.names]]
        np.testing.assert_array_equal(again.values(part), objective.values(part))
