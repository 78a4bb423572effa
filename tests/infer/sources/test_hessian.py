"""Hessians by differences, also at bounds."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from hybridcell.fit.estimation import FunctionObjective
from hybridcell.infer.sources.hessian import hessian
from tests.tolerances import GRADIENT


def value(p):
    return jnp.cosh(p[0]) * jnp.exp(p[1]) + p[2] ** 2


def test_inside_at_a_bound_and_where_nothing_moves():
    objective = FunctionObjective(["a", "b", "c"], [-1, 0, 2], [1, 1, 2], value=value)
    found = hessian(objective, np.array([0.5, 0.0, 2.0]))
    wanted = [[np.cosh(0.5), np.sinh(0.5), 0], [np.sinh(0.5), np.cosh(0.5), 0], [0, 0, 0]]
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)
    inside = FunctionObjective(["a", "b", "c"], [-9] * 3, [9] * 3, value=value)
    np.testing.assert_allclose(hessian(inside, np.array([0.5, 0.0, 2.0]))[2], [0, 0, 2], **GRADIENT)
