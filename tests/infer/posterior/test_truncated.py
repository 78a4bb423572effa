"""Draws of a Gaussian in a box, against what is known of them."""

from __future__ import annotations

import numpy as np
from scipy import stats

from hybridcell.infer.posterior.truncated import draw_in_box

N = 20_000
RNG = np.random.default_rng(0)


def draw(center, information, width, units=None):
    q = len(center)
    units = np.ones(q) if units is None else units
    low, high = np.full(q, -width), np.full(q, width)
    return draw_in_box(np.array(center), np.array(information), low, high, units, N, np.random.default_rng(1))


def test_far_from_bounds_it_is_the_gaussian():
    information = np.array([[2.0, 1.2], [1.2, 1.0]])
    draws = draw([1.0, -1.0], information, 100.0)
    np.testing.assert_allclose(draws.mean(axis=0), [1.0, -1.0], atol=0.06)
    np.testing.assert_allclose(np.cov(draws.T), np.linalg.inv(information), rtol=0.05)


def test_one_bound_cuts_as_scipy_does():
    draws = draw([0.9], [[4.0]], 1.0)[:, 0]
    wanted = stats.truncnorm((-1 - 0.9) * 2, (1 - 0.9) * 2, loc=0.9, scale=0.5)
    assert stats.kstest(draws, wanted.cdf).pvalue > 1e-3
    assert stats.kstest(draw([0.0], [[1e-4]], 1.0)[:, 0], stats.uniform(-1, 2).cdf).pvalue > 1e-3


def test_flat_directions_fill_the_box():
    # only the sum is known: uniform along what leaves it, between the corners
    draws = draw([0.0, 0.0], np.ones((2, 2)) * 1e6, 1.0)
    assert np.abs(draws.sum(axis=1)).max() < 0.01
    assert stats.kstest(draws[:, 0], stats.uniform(-1, 2).cdf).pvalue > 1e-3


def test_a_correlated_corner_against_rejection():
    information = np.linalg.inv(np.array([[1.0, 0.9], [0.9, 1.0]]))
    plain = RNG.multivariate_normal([0.8, 0.0], np.linalg.inv(information), 200_000)
    kept = plain[(np.abs(plain) < 1).all(axis=1)]
    draws = draw([0.8, 0.0], information, 1.0)
    np.testing.assert_allclose(draws.mean(axis=0), kept.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(np.cov(draws.T), np.cov(kept.T), atol=0.02)
    assert np.abs(draws).max() <= 1.0


def test_a_center_outside_of_the_box_leaves_its_tail():
    draws = draw([1.6], [[4.0]], 1.0)[:, 0]
    wanted = stats.truncnorm((-1 - 1.6) * 2, (1 - 1.6) * 2, loc=1.6, scale=0.5)
    assert stats.kstest(draws, wanted.cdf).pvalue > 1e-3


def test_units_and_the_order_of_parameters_change_nothing_but_the_draws():
    information = np.array([[2.0, 0.9, 0.0], [0.9, 1.0, 0.3], [0.0, 0.3, 0.5]])
    plain = draw([0.5, 0.0, -0.2], information, 1.0)
    order = [2, 0, 1]
    turned = draw([-0.2, 0.5, 0.0], information[np.ix_(order, order)], 1.0, units=np.array([0.1, 3.0, 20.0]))[
        :, [1, 2, 0]
    ]
    np.testing.assert_allclose(turned.mean(axis=0), plain.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(np.cov(turned.T), np.cov(plain.T), atol=0.02)


def test_half_open_boxes():
    low, high = np.array([0.0, -np.inf]), np.array([np.inf, 0.5])
    draws = draw_in_box(np.zeros(2), np.eye(2), low, high, np.ones(2), N, np.random.default_rng(3))
    assert stats.kstest(draws[:, 0], stats.halfnorm.cdf).pvalue > 1e-3
    assert stats.kstest(draws[:, 1], stats.truncnorm(-np.inf, 0.5).cdf).pvalue > 1e-3
