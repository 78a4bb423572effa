"""The minimizer, on functions whose minimum is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from hybridcell.fit.kinetics.levenberg_marquardt import minimize

FREE = {"low": np.full(2, -np.inf), "high": np.full(2, np.inf)}


def rosenbrock(z):
    return np.array([10 * (z[1] - z[0] ** 2), 1 - z[0]])


def rosenbrock_linearized(z):
    return rosenbrock(z), np.array([[-20 * z[0], 10.0], [-1.0, 0.0]])


def run(start, *, low=None, high=None, iterations=200, **options):
    bounds = {
        "low": FREE["low"] if low is None else np.array(low),
        "high": FREE["high"] if high is None else np.array(high),
    }
    start = np.asarray(start, dtype=float)
    return minimize(rosenbrock, rosenbrock_linearized, start, iterations=iterations, **bounds, **options)


@given(a=st.floats(-3, 3), b=st.floats(-3, 3))
@settings(max_examples=40, deadline=None)
def test_it_finds_the_bottom_of_the_valley(a, b):
    found = run([a, b])
    assert_allclose(found.theta, [1, 1], atol=1e-3)
    assert found.cost < 1e-6
    assert found.history == sorted(found.history, reverse=True)
    assert_allclose(found.residuals, rosenbrock(found.theta))
    assert_allclose(found.cost, 0.5 * np.sum(found.residuals**2))


@given(seed=st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_of_a_linear_problem_it_finds_the_least_squares(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(8, 3)), rng.normal(size=8)
    found = minimize(
        lambda z: a @ z - b, lambda z: (a @ z - b, a), np.zeros(3), low=np.full(3, -np.inf),
        high=np.full(3, np.inf), iterations=200, tolerance=1e-10,
    )  # fmt: skip
    wanted = np.linalg.lstsq(a, b, rcond=None)[0]
    assert_allclose(found.theta, wanted, rtol=1e-3, atol=1e-4)
    assert found.reason in ("converged", "no better step")


@given(seed=st.integers(0, 1000), a=st.floats(-2, 2), b=st.floats(-2, 2))
@settings(max_examples=30, deadline=None)
def test_bounds_are_never_left(seed, a, b):
    low = np.random.default_rng(seed).uniform(-1, 0.5, 2)
    high = low + 0.4
    seen = []

    def linearized(z):
        seen.append(z)
        return rosenbrock_linearized(z)

    def residuals(z):
        seen.append(z)
        return rosenbrock(z)

    found = minimize(residuals, linearized, np.array([a, b]), low=low, high=high, iterations=50)
    assert all((z >= low).all() and (z <= high).all() for z in seen)
    start = np.clip([a, b], low, high)
    assert found.cost <= 0.5 * np.sum(rosenbrock(start) ** 2) * (1 + 1e-12)  # sums are rounded


def test_at_a_bound_the_others_go_on():
    found = run([0.0, 0.0], high=[0.5, np.inf])
    assert_allclose(found.theta, [0.5, 0.25], atol=1e-3)


def test_steps_that_cannot_be_computed_are_taken_back():
    def cut(z):
        return rosenbrock(z) if z[0] > -0.5 and z[1] < 1.05 else np.full(2, np.nan)

    found = minimize(
        cut, lambda z: (cut(z), rosenbrock_linearized(z)[1]), np.array([-0.4, 0.0]), iterations=300, **FREE
    )
    assert np.isfinite(found.cost)
    assert_allclose(found.theta, [1, 1], atol=1e-2)


def test_a_start_that_cannot_be_computed_is_said():
    nothing = np.full(2, np.nan)
    found = minimize(lambda z: nothing, lambda z: (nothing, np.eye(2)), np.zeros(2), iterations=5, **FREE)
    assert found.reason == "the start cannot be simulated"
    assert found.cost == np.inf
    assert_allclose(found.theta, 0)
    slopes = minimize(
        rosenbrock, lambda z: (rosenbrock(z), np.eye(2) * np.nan), np.zeros(2), iterations=5, **FREE
    )
    assert slopes.cost == np.inf


def test_it_says_why_it_ends():
    assert run([-1.0, 2.0], iterations=2).reason == "iterations"
    assert run([-1.0, 2.0]).reason in ("converged", "no better step")
    wrong = minimize(rosenbrock, lambda z: (rosenbrock(z), -rosenbrock_linearized(z)[1]), np.zeros(2),
                     iterations=500, **FREE)  # fmt: skip
    assert wrong.reason == "no better step"
    assert_allclose(wrong.theta, 0)


def test_a_number_that_nothing_reads_stays():
    found = minimize(
        lambda z: np.array([z[0] - 3.0]), lambda z: (np.array([z[0] - 3.0]), np.array([[1.0, 0.0]])),
        np.array([0.0, 7.0]), iterations=50, **FREE,
    )  # fmt: skip
    assert_allclose(found.theta, [3.0, 7.0], atol=1e-3)


def test_each_better_step_is_reported():
    seen = []
    found = run([-1.0, 2.0], on_step=seen.append)
    assert seen == found.history[1:]


@pytest.mark.parametrize("far", [1e3, 1e6])
def test_steps_are_short(far):
    seen = []

    def linearized(z):
        seen.append(z)
        return z - far, np.eye(2)

    minimize(lambda z: z - far, linearized, np.zeros(2), iterations=5, **FREE)
    assert np.abs(np.diff(np.array(seen), axis=0)).max() <= 2.0 + 1e-12
