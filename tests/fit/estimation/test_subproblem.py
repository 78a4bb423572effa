from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import lsq_linear

from hybridcell.fit.estimation.subproblem import decrease, in_ball, in_box, triangular


def models(seed, k=7, q=4):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(k, q, q)) * np.logspace(0, -3, q), rng.normal(size=(k, q))


def test_the_triangle_has_the_sums_of_squares_of_the_jacobian():
    rng = np.random.default_rng(0)
    for n in (2, 9):
        jacobians, residuals, step = rng.normal(size=(3, n, 4)), rng.normal(size=(3, n)), rng.normal(size=4)
        matrix, c = triangular(jacobians, residuals)
        change = np.sum((jacobians @ step + residuals) ** 2, 1) - np.sum(residuals**2, 1)
        np.testing.assert_allclose(np.sum((matrix @ step + c) ** 2, 1) - np.sum(c**2, 1), change, rtol=1e-10)


def test_long_radii_give_the_least_squares_solution_and_short_ones_their_length():
    matrix, c = models(0)
    y = in_ball(matrix, c, np.full(7, 1e9))
    np.testing.assert_allclose(y, np.stack([np.linalg.solve(m, -b) for m, b in zip(matrix, c)]), rtol=1e-8)
    for radius in (1e-3, 0.1, 1.0):
        y = in_ball(matrix, c, np.full(7, radius))
        np.testing.assert_allclose(np.linalg.norm(y, axis=1), radius, rtol=2e-3)


def test_directions_without_slope_are_not_moved_along():
    matrix = np.zeros((1, 3, 3))
    matrix[0, 0, 0] = 2.0
    np.testing.assert_allclose(in_ball(matrix, np.array([[4.0, 1.0, 1.0]]), np.array([10.0])), [[-2, 0, 0]])
    assert not in_ball(np.zeros((1, 3, 3)), np.ones((1, 3)), np.ones(1)).any()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), radius=st.sampled_from([1e-3, 0.3, 3.0, 1e6]))
def test_law_steps_stay_in_the_box_and_lower_the_model(seed, radius):
    matrix, c = models(seed)
    rng = np.random.default_rng(seed)
    least, most = (
        -rng.random((7, 4)) * (rng.random((7, 4)) > 0.3),
        rng.random((7, 4)) * (rng.random((7, 4)) > 0.3),
    )
    y = in_box(matrix, c, least, most, np.full(7, radius))
    assert (y >= least).all()
    assert (y <= most).all()
    assert (decrease(matrix, c, y) >= 0).all()


@pytest.mark.parametrize("seed", range(5))
def test_in_a_box_alone_the_step_is_nearly_the_best(seed):
    matrix, c = models(seed)
    least, most = np.full((7, 4), -0.4), np.full((7, 4), 0.3)
    found = decrease(matrix, c, in_box(matrix, c, least, most, np.full(7, 1e9)))
    for m, b, low, high, f in zip(matrix, c, least, most, found):
        best = lsq_linear(m, -b, (low, high), tol=1e-12)
        assert f >= 0.7 * (0.5 * b @ b - best.cost)
