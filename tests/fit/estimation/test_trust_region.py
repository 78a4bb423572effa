from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import least_squares

from hybridcell.fit.estimation import FunctionObjective, Tolerances, estimate
from tests.fit.estimation.objectives import (
    TIMES,
    Counting,
    cornered,
    exponentials,
    failing,
    flat,
    rosenbrock,
    waves,
)

METHODS = ("least-squares", "trust-region")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("q", [2, 10])
def test_rosenbrock_is_solved_to_the_last_digits(method, q):
    found = estimate(rosenbrock(q), n_starts=16, method=method, key=jax.random.key(0))
    np.testing.assert_allclose(found.best.theta, np.ones(q), rtol=1e-6)
    assert found.best.value < 1e-12
    # in many dimensions there is a second minimum, where the first coordinate is near -1
    assert np.all((found.values < 1e-6) | (np.abs(found.thetas[:, 0] + 1) < 0.05))


@pytest.mark.parametrize("method", METHODS)
def test_a_minimum_on_bounds_is_found_to_the_last_bit(method):
    found = estimate(cornered(), n_starts=8, method=method, key=jax.random.key(0))
    assert (found.thetas[:, 0] == 1.0).all()
    np.testing.assert_allclose(found.thetas[:, 1], 0.5, atol=1e-5)
    assert found.n_best == 8
    assert found.best.reason == "the gradient is small"


@pytest.mark.parametrize("method", METHODS)
def test_rosenbrock_with_the_minimum_outside_agrees_with_scipy(method):
    o = rosenbrock(3, low=-2.0, high=0.7)
    found = estimate(o, n_starts=8, method=method, key=jax.random.key(2))
    scipy = min(_scipy(o, run.theta0).cost for run in found.runs)
    np.testing.assert_allclose(found.best.value, scipy, rtol=1e-8)


def _scipy(o, theta):
    def residuals(x):
        return o.least_squares(x[None])[0][0]

    def jacobian(x):
        return o.least_squares(x[None])[1][0]

    tight = {"ftol": 1e-13, "xtol": 1e-13, "gtol": 1e-12}
    return least_squares(residuals, theta, jacobian, bounds=(o.lower, o.upper), max_nfev=1000, **tight)


def test_a_sloppy_problem_is_solved_to_six_digits_as_often_as_by_scipy():
    o = exponentials()
    found = estimate(o, n_starts=24, key=jax.random.key(1))
    scipy = np.array([_scipy(o, run.theta0).cost for run in found.runs])
    assert abs(found.best.value - scipy.min()) < 1e-6
    first = found.values <= found.best.value + 0.1
    assert (found.values[first] < found.best.value + 1e-6).all()
    # a decay that is over by the second time has no slope: what brings it back is luck, of SciPy's long steps
    seen = np.array([np.exp(-(10 ** run.theta0[1::2]) * TIMES[1]).min() > 1e-9 for run in found.runs])
    assert seen.sum() >= 12
    assert first[seen].sum() >= np.sum(scipy[seen] < scipy.min() + 0.1) - 1
    assert first.sum() >= 0.5 * len(first)


def test_learned_curvature_solves_the_sloppy_problem_too():
    found = estimate(exponentials(), n_starts=8, method="trust-region", key=jax.random.key(1))
    wanted = estimate(exponentials(), n_starts=8, key=jax.random.key(1))
    assert abs(found.best.value - wanted.best.value) < 1e-6


@pytest.mark.parametrize("method", METHODS)
def test_regions_that_fail_are_left(method):
    found = estimate(failing(), n_starts=12, candidates=1, method=method, key=jax.random.key(3))
    assert found.n_failed == 0
    assert found.redrawn > 0
    # some may end at the edge of what can be computed
    assert found.n_best >= 10
    np.testing.assert_allclose(found.thetas[: found.n_best], 1.0, atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_a_start_that_fails_is_a_run_that_failed(method):
    starts = [[-1.0, -1.0], [0.5, 0.5]]
    found = estimate(failing(), starts=starts, method=method, key=jax.random.key(0))
    assert found.n_failed == 1
    assert found.runs[1].reason == "the start cannot be simulated"
    assert found.result == "2 starts: 1 failed, 1 reached the best value within 0.1"
    np.testing.assert_allclose(found.best.theta, 1.0, atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_a_flat_direction_is_no_obstacle(method):
    found = estimate(flat(), n_starts=8, method=method, key=jax.random.key(0))
    assert found.best.value < 1e-12
    np.testing.assert_allclose(found.best.theta[:2].sum(), 2.0, rtol=1e-6)


def test_fewer_residuals_than_parameters():
    o = FunctionObjective(
        ["a", "b", "c"], [-1.0] * 3, [1.0] * 3, residuals=lambda p: jnp.array([p.sum() - 1])
    )
    assert estimate(o, n_starts=3, key=jax.random.key(0)).values.max() < 1e-20


def test_without_bounds():
    found = estimate(rosenbrock(2, -np.inf, np.inf), n_starts=8, key=jax.random.key(0))
    np.testing.assert_allclose(found.thetas, 1.0, rtol=1e-6)


def test_a_parameter_that_bounds_fix_stays():
    o = FunctionObjective(["a", "b"], [0.5, -1], [0.5, 1], residuals=lambda p: jnp.array([p[0] + p[1], p[1]]))
    found = estimate(o, n_starts=2, key=jax.random.key(0))
    np.testing.assert_allclose(found.best.theta, [0.5, -0.25], rtol=1e-9)


@settings(max_examples=25, deadline=None)
@given(
    starts=st.lists(st.tuples(*[st.floats(-4, 4)] * 2), min_size=1, max_size=3),
    method=st.sampled_from(METHODS),
)
def test_law_no_point_is_ever_outside_the_bounds(starts, method):
    o = Counting(waves())
    found = estimate(o, starts=starts, method=method, batch=3, max_iterations=30, key=jax.random.key(0))
    points = np.concatenate(o.thetas)
    # batches are filled up with NaN
    points = points[~np.isnan(points).all(axis=1)]
    assert ((points >= o.lower) & (points <= o.upper)).all()
    assert ((found.thetas >= o.lower) & (found.thetas <= o.upper)).all()
    for run in found.runs:
        assert (np.diff(run.history[:, 2]) <= 0).all()


def test_iterations_end_a_run():
    found = estimate(rosenbrock(10), n_starts=3, max_iterations=2, key=jax.random.key(0))
    assert {run.reason for run in found.runs} == {"iterations"}
    assert {run.iterations for run in found.runs} == {2}


def test_loose_tolerances_end_earlier():
    loose = Tolerances(value=1e-2, gradient=1.0, step=1e-3)
    few = estimate(exponentials(), n_starts=4, tolerances=loose, key=jax.random.key(0))
    many = estimate(exponentials(), n_starts=4, key=jax.random.key(0))
    assert few.to_dataframe()["evaluations"].sum() < many.to_dataframe()["evaluations"].sum()
    with pytest.raises(ValueError, match="tolerance value"):
        Tolerances(value=-1.0)
