"""Modes of densities of scaled parameters, where a Jacobian pulls them away from the optimum."""

from __future__ import annotations

from types import SimpleNamespace

import jax
import numpy as np
import pytest

from hybridcell.infer.posterior.laplace import laplace
from hybridcell.infer.posterior.mode import density_mode
from hybridcell.infer.target import Target

KEY = jax.random.key(0)
ALL = np.ones(2, bool)
CURVATURE = np.array([[2.0, 0.6], [0.6, 1.0]])


def target_of(value, slope, curvature, pull, *, at, lower=(-9.0, -9.0), upper=(9.0, 9.0)):
    pull, lower, upper = (np.asarray(one, float) for one in (pull, lower, upper))
    values = lambda thetas: np.array([value(theta) for theta in thetas])  # noqa: E731
    objective = SimpleNamespace(
        names=("a", "b"), lower=lower, upper=upper, n=9, has_least_squares=False, values=values,
        values_and_gradients=lambda thetas: (values(thetas), np.array([slope(theta) for theta in thetas])),
    )  # fmt: skip
    source = SimpleNamespace(
        objective=objective, scales=("log", "log"), what="a test", support=lambda: (lower, upper),
        log_stretch=lambda thetas: np.asarray(thetas) @ pull, fisher=curvature,
        prior_information=lambda theta: np.zeros((2, 2)),
    )  # fmt: skip
    return Target(source, np.asarray(at, float))


def bowl(pull, **options):
    return target_of(
        lambda theta: 0.5 * theta @ CURVATURE @ theta,
        lambda theta: CURVATURE @ theta,
        lambda theta: CURVATURE,
        pull,
        at=[0.0, 0.0],
        **options,
    )


def counts(*seen):
    """Rates of Poisson counts, each with a flat prior, as their logarithms: their posterior is gamma."""
    seen = np.array(seen)
    return target_of(
        lambda theta: float(np.sum(np.exp(theta) - seen * theta)),
        lambda theta: np.exp(theta) - seen,
        lambda theta: np.diag(np.exp(theta)),
        [1.0, 1.0],
        at=np.log(seen),
    )


def test_a_bowl_is_pulled_to_where_its_slope_is_that_of_the_jacobian():
    pull = np.array([1.0, np.log(10)])
    np.testing.assert_allclose(density_mode(bowl(pull), ALL), np.linalg.solve(CURVATURE, pull), rtol=1e-9)
    np.testing.assert_array_equal(density_mode(bowl([0.0, 0.0]), ALL), 0.0)


def test_what_has_no_width_and_what_bounds_end_stays():
    pull = np.array([1.0, 2.0])
    np.testing.assert_allclose(density_mode(bowl(pull), np.array([True, False])), [0.5, 0.0])
    walled = density_mode(bowl(pull, upper=(9.0, 0.3)), ALL)
    np.testing.assert_allclose(walled, [(1.0 - 0.6 * 0.3) / 2.0, 0.3])


def test_logarithms_of_rates_have_the_mode_of_a_gamma_density():
    # of x^k exp(-x): the optimum is at k, the mode of the density of log x at k + 1
    np.testing.assert_allclose(density_mode(counts(3, 1), ALL), np.log([4.0, 2.0]), atol=1e-3)


def test_the_gaussian_of_laplace_stands_at_the_mode():
    found = laplace(counts(8, 20), n=4000, key=KEY)
    np.testing.assert_allclose(found.covariance, np.diag([1 / 9, 1 / 21]), rtol=1e-3)
    sd = np.sqrt(np.diagonal(found.covariance))
    np.testing.assert_allclose(found.flat.mean(axis=0), np.log([9, 21]), atol=4 * sd.max() / np.sqrt(4000))
    np.testing.assert_array_equal(found.target.at, np.log([8, 20]))
    assert found.success


def test_a_gaussian_far_from_the_optimum_is_one_around_its_mode():
    found = laplace(bowl([4.0, 4.0]), n=50, key=KEY)
    assert found.success, found.result
    np.testing.assert_allclose(found.covariance, np.linalg.inv(CURVATURE))


def test_no_mode_is_sought_from_a_point_that_is_no_optimum():
    target = counts(8, 20).moved(np.log([30.0, 30.0]))
    found = laplace(target, n=4000, key=KEY)
    assert "no optimum" in found.result
    np.testing.assert_allclose(found.covariance, np.diag([1 / 30, 1 / 30]), rtol=1e-9)


def test_a_model_that_cannot_be_simulated_beyond_its_optimum_stays_there():
    target = bowl([1.0, 1.0])
    inside = target.objective.values
    target.objective.values = lambda thetas: np.where(np.any(thetas, axis=1), np.inf, inside(thetas))
    target.objective.values_and_gradients = lambda thetas: (target.objective.values(thetas), 0.0 * thetas)
    assert density_mode(target, ALL) == pytest.approx([0.0, 0.0])
