from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.fit.estimation.subproblem import in_ball, in_box, in_plane, rise, within


def models(seed, k=7, q=4):
    """Return curvatures (and their factors, shape (k, q + 2, q)) and slopes."""
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(k, q + 2, q)) * np.logspace(0, -3, q)
    rest = rng.normal(size=(k, q + 2))
    return np.swapaxes(factors, 1, 2) @ factors, np.matmul(rest[:, None], factors)[:, 0], factors, rest


def test_the_model_is_that_of_the_linearized_residuals():
    curvature, slope, factors, rest = models(0)
    y = np.random.default_rng(1).normal(size=(3, 7, 4))
    sums = np.sum((np.einsum("knq,akq->akn", factors, y) + rest) ** 2 - rest**2, axis=-1)
    np.testing.assert_allclose(rise(curvature, slope, y), 0.5 * sums, rtol=1e-9)


@pytest.mark.parametrize("step", [in_ball, in_plane])
def test_long_radii_give_newtons_step_and_short_ones_their_length(step):
    curvature, slope, factors, rest = models(0)
    y = step(curvature, slope, np.full(7, 1e9))
    wanted = np.stack([np.linalg.lstsq(m, -b)[0] for m, b in zip(factors, rest)])
    np.testing.assert_allclose(y, wanted, rtol=1e-7)
    for radius in (1e-3, 0.1, 1.0):
        y = step(curvature, slope, np.full(7, radius))
        np.testing.assert_allclose(np.linalg.norm(y, axis=1), radius, rtol=2e-3)


def test_in_the_plane_the_step_is_between_the_slope_and_the_best():
    curvature, slope, _, _ = models(3)
    radius = np.full(7, 0.3)
    plane, ball = (rise(curvature, slope, f(curvature, slope, radius)) for f in (in_plane, in_ball))
    down = -slope * (radius / np.linalg.norm(slope, axis=1))[:, None]
    times = np.linspace(0, 1, 101)[:, None, None]
    assert (plane <= rise(curvature, slope, times * down).min(axis=0) * 0.99).all()
    assert (ball <= 0.99 * plane).all()


def test_directions_without_slope_are_not_moved_along():
    curvature = np.zeros((1, 3, 3))
    curvature[0, 0, 0] = 4.0
    slope = np.array([[8.0, 0.0, 0.0]])
    for step in (in_ball, in_plane):
        np.testing.assert_allclose(step(curvature, slope, np.array([10.0])), [[-2, 0, 0]])
        assert not step(np.zeros((1, 3, 3)), np.zeros((1, 3)), np.ones(1)).any()


@pytest.mark.parametrize("step", [in_ball, in_plane])
def test_a_row_does_not_depend_on_the_others(step):
    curvature, slope, _, _ = models(5)
    radius = np.logspace(-3, 1, 7)
    y = step(curvature, slope, radius)
    for i in range(7):
        alone = step(curvature[i : i + 1], slope[i : i + 1], radius[i : i + 1])
        np.testing.assert_allclose(alone[0], y[i], rtol=1e-12)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), radius=st.sampled_from([1e-3, 0.3, 3.0, 1e6]))
def test_law_steps_stay_in_the_box_and_lower_the_model(seed, radius):
    curvature, slope, _, _ = models(seed)
    rng = np.random.default_rng(seed)
    least, most = (sign * rng.random((7, 4)) * (rng.random((7, 4)) > 0.3) for sign in (-1, 1))
    y = within(curvature, slope, least, most, np.full(7, radius))
    assert (y >= least).all()
    assert (y <= most).all()
    assert (rise(curvature, slope, y) <= 0).all()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), radius=st.sampled_from([1e-2, 1.0, 1e6]))
def test_law_steps_are_at_least_as_good_as_the_way_down_the_slope(seed, radius):
    curvature, slope, _, _ = models(seed)
    least, most = np.full((7, 4), -0.4), np.full((7, 4), 0.3)
    y = within(curvature, slope, least, most, np.full(7, radius))
    down = -slope / np.linalg.norm(slope, axis=1)[:, None]
    times = np.linspace(0, min(radius, 0.3), 201)[:, None, None]
    wanted = rise(curvature, slope, times * down).min(axis=0)
    assert (rise(curvature, slope, y) <= wanted + 1e-12).all()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), radius=st.floats(1e-3, 10.0))
def test_law_steps_in_the_box_stay_there_and_descend(seed, radius):
    curvature, slope, _, _ = models(seed)
    rng = np.random.default_rng(seed)
    least, most = -rng.random((7, 4)), rng.random((7, 4))
    least[:, 0], most[:, 1] = 0.0, 0.0
    y = in_box(curvature, slope, least, most, np.full(7, radius))
    assert ((y >= least) & (y <= most)).all()
    assert (np.linalg.norm(y, axis=1) <= 1.1 * radius).all()
    assert (rise(curvature, slope, y) <= 1e-12).all()
    alone = in_box(*(a[2:3] for a in (curvature, slope, least, most)), np.array([radius]))
    np.testing.assert_array_equal(alone[0], y[2])


def test_in_a_wide_box_the_step_is_that_in_the_ball_and_else_the_least_in_the_box():
    curvature, slope, _, _ = models(2)
    wide, radius = np.full((7, 4), 1e9), np.full(7, 0.5)
    ball = in_ball(curvature, slope, radius)
    np.testing.assert_allclose(in_box(curvature, slope, -wide, wide, radius), ball)
    # two parameters that hang together: once the first is held, the second has another optimum
    curvature, slope = np.array([[[2.0, 1.0], [1.0, 2.0]]]), np.array([[-5.0, -4.0]])
    most = np.array([[0.5, 9.0]])
    y = in_box(curvature, slope, -most, most, np.array([100.0]))
    np.testing.assert_allclose(y, [[0.5, 1.75]])
