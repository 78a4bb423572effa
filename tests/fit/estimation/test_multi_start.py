from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import HybridCellError, InvalidValueError
from hybridcell.fit.estimation import estimate
from hybridcell.fit.estimation.methods import METHODS
from tests.fit.estimation.objectives import Counting, needs, rosenbrock, same, waves

ALL = tuple(METHODS)


@pytest.mark.parametrize("method", ALL)
def test_every_method_finds_the_minimum_of_rosenbrock(method):
    needs(method)
    found = estimate(rosenbrock(), n_starts=5, batch=3, method=method, key=jax.random.key(0))
    np.testing.assert_allclose(found.best.theta, 1.0, atol=0.02)
    assert found.n_best >= (4 if method == "adam" else 5)
    assert found.method == method
    assert (found.values[:-1] <= found.values[1:]).all()
    for run in found.runs:
        assert run.evaluations >= run.iterations > 0
        assert run.history[-1, 2] == pytest.approx(run.value, abs=1e-12)


@pytest.mark.parametrize("method", ALL)
def test_batches_have_one_size_and_are_kept_full(method):
    needs(method)
    o = Counting(waves())
    estimate(o, n_starts=20, batch=8, max_iterations=40, method=method, key=jax.random.key(0))
    assert set(o.sizes) == {8}


def test_the_starts_that_wait_do_not_change_a_run():
    starts = np.random.default_rng(0).uniform(-2, 2, (9, 2))
    together = estimate(rosenbrock(), starts=starts, batch=4, key=jax.random.key(0))
    for run in together.runs:
        # which way of stepping a run goes is told by its number
        first = np.tile(starts[run.start], (run.start % 2 + 1, 1))
        found = estimate(rosenbrock(), starts=first, batch=4, key=jax.random.key(0))
        alone = next(one for one in found.runs if one.start == run.start % 2)
        np.testing.assert_allclose(alone.theta, run.theta, rtol=1e-9)
        assert alone.iterations == run.iterations


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**31), method=st.sampled_from(["least-squares", "l-bfgs-b", "adam"]))
def test_law_the_same_key_gives_the_same_runs(seed, method):
    options = {"n_starts": 4, "method": method, "max_iterations": 15, "batch": 3}
    one, two = (estimate(waves(), key=jax.random.key(seed), **options) for _ in range(2))
    same(one, two)


def test_several_minima_are_plateaus_of_the_waterfall():
    found = estimate(waves(), n_starts=40, key=jax.random.key(5))
    levels = np.unique(found.values.round(4))
    assert 3 < len(levels) < 20
    assert 1 <= found.n_best < 40
    assert np.sum(found.values < levels[0] + 0.01) == found.n_best


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "n_starts is missing"),
        ({"n_starts": 0}, "n_starts is 0; wanted a positive whole number"),
        ({"n_starts": 2, "batch": -1}, "batch is -1"),
        ({"n_starts": 2, "method": "newton"}, "method is 'newton'; wanted one of 'least-squares'"),
        ({"n_starts": 2, "starts": "sobel"}, "starts is 'sobel'.*Did you mean 'sobol'"),
        ({"starts": np.zeros((2, 3))}, r"shape \(2, 3\); wanted \(number of starts, 2\)"),
        ({"starts": np.zeros((2, 2)), "n_starts": 3}, "2 starts are given"),
        ({"starts": [[np.nan, 1.0]]}, "NaN"),
        ({"n_starts": 2, "memory": 3}, "no option of 'least-squares' 'memory'"),
        ({"n_starts": 2, "method": "l-bfgs-b", "memori": 3}, "Did you mean 'memory'"),
        ({"n_starts": 2, "method": "adam", "rows": 1}, "leave rows out"),
    ],
)
def test_wrong_wishes_are_refused(options, message):
    with pytest.raises(HybridCellError, match=message):
        estimate(rosenbrock(), key=jax.random.key(0), **options)


def test_without_residuals_there_is_another_method():
    class Smooth(Counting):
        has_least_squares = False

    o = Smooth(rosenbrock())
    with pytest.raises(InvalidValueError, match='take method="trust-region"'):
        estimate(o, n_starts=1, key=jax.random.key(0))
    for method in ("trust-region", "fides"):
        needs(method)
        assert estimate(o, n_starts=2, method=method, key=jax.random.key(0)).best.value < 1e-8


@pytest.mark.parametrize("method", ALL)
def test_an_error_of_the_objective_is_an_error(method):
    needs(method)

    class Broken(Counting):
        def _note(self, thetas):
            super()._note(thetas)
            if len(self.sizes) == 4:
                raise ZeroDivisionError("broken")

    with pytest.raises(ZeroDivisionError, match="broken"):
        estimate(Broken(rosenbrock()), n_starts=4, method=method, key=jax.random.key(0))


@pytest.mark.parametrize("method", ALL)
def test_executors_change_no_run(method):
    needs(method)
    options = {"n_starts": 5, "batch": 3, "method": method, "max_iterations": 30, "key": jax.random.key(0)}
    expected = estimate(rosenbrock(), **options)
    with ThreadPoolExecutor(2) as pool:
        found = estimate(rosenbrock(), **options, executor=pool)
    np.testing.assert_array_equal(found.thetas, expected.thetas)
    np.testing.assert_array_equal(found.values, expected.values)
    for one, other in zip(found.runs, expected.runs):
        np.testing.assert_array_equal(one.history[:, :4], other.history[:, :4])


def test_what_is_no_executor_is_refused():
    with pytest.raises(InvalidValueError, match="executor is a int"):
        estimate(rosenbrock(), n_starts=2, executor=3, key=jax.random.key(0))
