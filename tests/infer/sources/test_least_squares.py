"""Quadratic models of sums of squares."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from hybridcell.fit.estimation import FunctionObjective
from hybridcell.infer.sources.least_squares import least_squares_models
from tests.tolerances import ANALYTIC


def test_they_are_exact_for_linear_residuals():
    matrix = np.random.default_rng(0).standard_normal((5, 3))
    objective = FunctionObjective(
        ["a", "b", "c"], [-9] * 3, [9] * 3, residuals=lambda p: jnp.asarray(matrix) @ p - 1
    )
    thetas = np.random.default_rng(1).standard_normal((4, 3))
    values, slopes, curvatures = least_squares_models(objective, thetas)
    np.testing.assert_allclose(values, objective.values(thetas), **ANALYTIC)
    np.testing.assert_allclose(slopes, objective.values_and_gradients(thetas)[1], **ANALYTIC)
    np.testing.assert_allclose(curvatures, np.tile(matrix.T @ matrix, (4, 1, 1)), **ANALYTIC)
