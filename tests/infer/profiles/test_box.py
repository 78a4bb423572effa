"""The least value of a quadratic model in a box, against SciPy's bounded minimization."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from hybridcell.infer.profiles.box import least_in_box


@pytest.mark.parametrize("seed", range(12))
def test_random_models(seed):
    rng = np.random.default_rng(seed)
    q = int(rng.integers(1, 9))
    root = rng.standard_normal((q + 2, q)) * 10 ** rng.uniform(-2, 1, q)
    target = 3 * rng.standard_normal(q + 2)
    low, high = -rng.uniform(0, 1, q), rng.uniform(0, 1, q)
    low[rng.uniform(size=q) < 0.2] = 0.0
    y = least_in_box(root.T @ root, -root.T @ target, low, high)
    assert (y >= low).all()
    assert (y <= high).all()
    cost = np.sum((root @ y - target) ** 2)
    free = high > low
    if free.any():
        best = lsq_linear(root[:, free], target, (low[free], high[free]), tol=1e-12)
        assert cost <= 2 * best.cost + 1e-8 * np.sum(target**2)


def test_flat_directions_go_to_the_box():
    y = least_in_box(np.diag([1.0, 0.0]), np.array([-1.0, -1e-3]), np.full(2, -5.0), np.full(2, 5.0))
    np.testing.assert_allclose(y, [1.0, 5.0], rtol=1e-9)


def test_what_is_fixed_moves_as_told():
    y = least_in_box(
        np.array([[1.0, 0.5], [0.5, 1.0]]), np.zeros(2), np.array([2.0, -9.0]), np.array([2.0, 9.0])
    )
    np.testing.assert_allclose(y, [2.0, -1.0])


@pytest.mark.parametrize("slope", [[1.0, 0.0], [1.0, -1e-9], [0.0, 0.0], [-1e100, 2.0]])
def test_without_any_curvature_slopes_alone_decide(slope):
    low, high = np.array([-1.0, -2.0]), np.array([3.0, 4.0])
    wanted = np.where(np.array(slope) > 0, low, np.where(np.array(slope) < 0, high, 0.0))
    np.testing.assert_array_equal(least_in_box(np.zeros((2, 2)), np.array(slope), low, high), wanted)
