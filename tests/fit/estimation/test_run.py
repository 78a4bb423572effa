from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.fit.estimation.run import GOING, NO_START, REASONS, Run, criticality


def test_how_far_a_point_is_from_a_minimum_within_bounds():
    lower, upper = np.zeros(3), np.array([4.0, 4.0, np.inf])
    theta = np.array([[0.0, 4.0, 2.0], [2.0, 2.0, 2.0], [0.0, 4.0, 2.0], [0.1, 2.0, 2.0]])
    slope = np.array([[5.0, -5.0, 0.0], [0.0, -3.0, 2.0], [-1.0, 2.0, 0.0], [5.0, 0.1, 0.0]])
    np.testing.assert_allclose(criticality(theta, slope, lower, upper), [0.0, 3.0, 2.0, 0.5])


def test_a_run_without_steps():
    run = Run(
        start=0, theta0=np.zeros(1), theta=np.zeros(1), value=np.inf, history=np.zeros((0, 5)), reason=""
    )
    assert (run.iterations, run.evaluations, run.seconds, run.failed) == (0, 0, 0.0, True)
    assert REASONS[GOING] == ""
    assert REASONS[NO_START] == "the start cannot be simulated"


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.1, 1e3))
def test_law_criticality_does_not_know_left_from_right_and_never_exceeds_the_slope(seed, factor):
    rng = np.random.default_rng(seed)
    lower, upper = -rng.uniform(0, 3, 4), rng.uniform(0, 3, 4)
    thetas, slopes = rng.uniform(lower, upper, (6, 4)), rng.normal(size=(6, 4))
    found = criticality(thetas, slopes, lower, upper)
    np.testing.assert_allclose(criticality(-thetas, -slopes, -upper, -lower), found, rtol=1e-12)
    np.testing.assert_allclose(criticality(thetas, factor * slopes, lower, upper), factor * found, rtol=1e-12)
    assert (found <= np.abs(slopes).max(axis=1)).all()
    far = criticality(thetas, slopes, lower - 9, upper + 9)
    np.testing.assert_allclose(far, np.abs(slopes).max(axis=1))
    held = np.where(slopes > 0, lower, upper)
    np.testing.assert_array_equal(criticality(held, slopes, lower, upper), 0.0)
