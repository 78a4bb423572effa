"""Coordinates in which a posterior is about a standard Gaussian."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell.fit.estimation import FunctionObjective
from hybridcell.infer.posterior.whitened import Whitened
from hybridcell.infer.target import as_target
from tests.infer.problems import optimum, residuals

INVERSE = np.linalg.inv(np.array([[1.0, 1.8], [0.0, 0.4]])).T


@pytest.mark.parametrize(
    "options", [{"residuals": lambda p: INVERSE @ p}, {"value": lambda p: 0.5 * jnp.sum((INVERSE @ p) ** 2)}]
)
def test_a_gaussian_becomes_standard(options):
    objective = FunctionObjective(["a", "b"], [-np.inf] * 2, [np.inf] * 2, **options)
    whitened = Whitened(as_target(objective, at=[3.0, -1.0]))
    np.testing.assert_allclose(whitened.mode, 0.0, atol=0.05)
    if "residuals" in options:
        bend = jax.hessian(whitened.log_density())(jnp.zeros(2))
        np.testing.assert_allclose(bend, -np.eye(2), atol=1e-6)


def test_the_mode_lies_inside_of_bounds_also_where_the_optimum_does_not():
    objective = FunctionObjective(["a", "flat"], [0, -1], [9, 1], residuals=lambda p: 3 * p[:1])
    whitened = Whitened(as_target(objective, at=[0.0, 1.0]))
    theta, _ = whitened.thetas(np.zeros((1, 2)))
    assert 0.05 < theta[0, 0] < 1.0
    assert abs(theta[0, 1]) < 0.1
    slope = jax.grad(whitened.log_density())(jnp.zeros(2))
    assert np.abs(slope).max() < 0.1


def test_the_density_is_that_of_the_parameters_times_the_jacobian(decaying):
    whitened = Whitened(as_target(decaying))
    y = np.array([[0.3, -0.7], [0.0, 0.1]])
    theta, stretched = whitened.thetas(y)
    values = np.asarray(jax.jit(jax.vmap(whitened.log_density()))(jnp.asarray(y)))
    wanted = np.array([-0.5 * np.sum(residuals(t) ** 2) for t in theta])
    np.testing.assert_allclose(np.diff(values - stretched), np.diff(wanted), rtol=1e-5)
    np.testing.assert_allclose(whitened.thetas(np.zeros((1, 2)))[0][0], optimum(), atol=0.02)
