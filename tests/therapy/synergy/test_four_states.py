"""The four-state surface: its equilibrium, its limits, its derivatives."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.therapy.synergy.four_states import surface, surface_and_slopes, surfaces

thetas = st.tuples(*[st.floats(0.0, 1.0)] * 4, *[st.floats(-1.0, 1.5)] * 2, *[st.floats(-2.0, 2.0)] * 4).map(
    np.array
)
LOG_A = np.log(np.array([0.5, 1.0, 4.0, 0.02]))
LOG_B = np.log(np.array([0.3, 2.0, 0.1, 9.0]))


@settings(max_examples=30)
@given(thetas)
def test_the_shares_are_those_of_the_rate_equations_at_rest(theta):
    found, _ = surface_and_slopes(theta, LOG_A, LOG_B)
    np.testing.assert_allclose(surface(theta, LOG_A, LOG_B), found, rtol=1e-13, atol=1e-15)
    for k, (x, y) in enumerate(zip(np.exp(LOG_A), np.exp(LOG_B))):
        h1, h2, c1, c2, by1, by2 = np.exp(theta[4:])
        rates = np.zeros((4, 4))  # to, from: free, 1, 2, both
        rates[1, 0], rates[2, 0] = (x / c1) ** h1, (y / c2) ** h2
        rates[3, 1], rates[3, 2] = (by1 * y / c2) ** h2, (by2 * x / c1) ** h1
        rates[0, 1] = rates[0, 2] = rates[1, 3] = rates[2, 3] = 1.0
        balance = rates - np.diag(rates.sum(axis=0))
        shares = np.linalg.lstsq(np.vstack([balance, np.ones(4)]), np.array([0, 0, 0, 0, 1.0]), rcond=None)[0]
        np.testing.assert_allclose(found[k], theta[:4] @ shares, atol=1e-9)


@settings(max_examples=30)
@given(thetas)
def test_slopes_are_those_of_differences(theta):
    log_a, log_b = np.append(LOG_A, -np.inf), np.append(LOG_B, 0.3)
    _, slopes = surface_and_slopes(theta, log_a, log_b)
    step = 1e-5
    wanted = [
        (surface(theta + e, log_a, log_b) - surface(theta - e, log_a, log_b)) / (2 * step)
        for e in step * np.eye(10)
    ]
    np.testing.assert_allclose(slopes, np.stack(wanted, axis=1), atol=1e-7)


def test_no_drug_and_endless_doses_are_finite():
    theta = np.array([1.0, 0.4, 0.3, 0.1, *np.zeros(6)])
    ends = np.array([-np.inf, 900.0, -np.inf, 900.0])
    left, slopes = surface_and_slopes(theta, ends, np.array([-np.inf, -np.inf, 900.0, 900.0]))
    np.testing.assert_allclose(left, theta[:4], atol=1e-12)
    assert np.isfinite(slopes).all()


@settings(max_examples=20)
@given(thetas, thetas)
def test_many_sets_of_numbers_are_each_of_them(one, two):
    both = surfaces(np.stack([one, two]), LOG_A, LOG_B)
    np.testing.assert_allclose(both, [surface(theta, LOG_A, LOG_B) for theta in (one, two)], rtol=1e-13)
