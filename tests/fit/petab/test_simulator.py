"""Whole problems against their closed solutions: simulations, likelihoods and gradients."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fit.petab.problems import CASES, log_likelihood, sum_of

#: Half the length of central differences, on the scale of the parameters.
STEP = 1e-4
each_case = pytest.mark.parametrize("name", CASES)


def values_at(problem, theta):
    """Return linear values of all parameters by id."""
    fixed = {p.id: p.nominal for p in problem.statement.parameters}
    return fixed | problem.linear(theta)


def other(problem):
    """Return a vector that is not the nominal one."""
    return problem.nominal + 0.05 * np.sin(1 + np.arange(len(problem.free)))


def two_by_two(problem, thetas):
    """Return log-likelihoods of an even number of vectors."""
    return np.concatenate([problem.log_likelihood(pair) for pair in thetas.reshape(-1, 2, thetas.shape[1])])


@each_case
def test_simulations_likelihoods_and_gradients_are_those_of_the_closed_solution(name, problem_of):
    problem, case = problem_of(name), CASES[name]
    center, steps = other(problem), STEP * np.eye(len(problem.free))
    thetas = np.concatenate([center[None], problem.nominal[None], center + steps, center - steps])
    # two at a time, as in other tests of this problem: that is one program to compile
    seen = problem.compiled.simulate(thetas[:2])
    simulated, sigma = case.expected(values_at(problem, center))
    np.testing.assert_allclose(seen.found[0], simulated, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(seen.sigma[0], np.broadcast_to(sigma, len(seen.sigma[0])), rtol=1e-8)
    found = two_by_two(problem, thetas)
    measured = problem.statement.measurements.value
    wanted = [log_likelihood(case, measured, values_at(problem, theta)) for theta in thetas]
    np.testing.assert_allclose(found, wanted, rtol=1e-8, atol=1e-8)


#: Most time goes to compiling gradients; what these have is in all of the cases.
WITH_GRADIENT = ("noises, version 1", "conditions, version 1", "events")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in WITH_GRADIENT else [pytest.mark.suite]) for name in CASES]
)
def test_gradients_are_differences_of_likelihoods(name, problem_of):
    problem = problem_of(name)
    center, steps = other(problem), STEP * np.eye(len(problem.free))
    gradients = problem.gradient(np.stack([center, problem.nominal]))
    assert gradients.columns.tolist() == list(problem.free)
    gradient = gradients.to_numpy()[0]
    found = two_by_two(problem, np.concatenate([center + steps, center - steps]))
    plus, minus = np.split(found, 2)
    largest = np.abs(gradient).max()
    np.testing.assert_allclose(gradient, (plus - minus) / (2 * STEP), rtol=1e-5, atol=1e-6 * largest)


#: One in each way to say conditions; the others' derivatives are compared with differences.
BOTH_WAYS = ("conditions, version 1", "periods")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in BOTH_WAYS else [pytest.mark.suite]) for name in CASES]
)
def test_forward_and_adjoint_derivatives_agree(name, problem_of):
    problem, case = problem_of(name), CASES[name]
    center = other(problem)
    pair = np.stack([center, problem.nominal])
    seen, found_dot, sigma_dot = problem.compiled.linearized(pair)
    measured = problem.statement.measurements.value
    y, sigma = np.asarray(seen.found[0]), np.asarray(seen.sigma[0])

    def slope(place):
        found = []
        for row in range(len(y)):
            moved = 1e-6 * np.eye(len(y))[row]
            ends = [
                sum_of(
                    case.distributions,
                    measured,
                    *((y + s * moved, sigma) if place else (y, sigma + s * moved)),
                )
                for s in (1, -1)
            ]
            found.append((ends[0] - ends[1]) / 2e-6)
        return np.array(found)

    forward = slope(True) @ np.asarray(found_dot[0]) + slope(False) @ np.asarray(sigma_dot[0])
    adjoint = problem.gradient(pair).to_numpy()[0]
    np.testing.assert_allclose(forward, adjoint, rtol=1e-6, atol=1e-6 * np.abs(adjoint).max())
    if name == "periods":  # where states move the noise
        residuals, jacobian = map(np.asarray, problem.compiled.residuals(pair))
        np.testing.assert_allclose(
            -residuals[0] @ jacobian[0], adjoint, rtol=1e-6, atol=1e-7 * np.abs(adjoint).max()
        )
