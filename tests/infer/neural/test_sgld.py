"""Langevin dynamics and its diagnostics, against what is known of them."""

from __future__ import annotations

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import NotConvergedError
from hybridcell.infer.neural.sgld import _potential, langevin, largest_curvature, split_rhat

RNG = np.random.default_rng(0)


def test_variances_are_too_large_by_a_quarter_of_step_times_curvature():
    curvature, step = np.array([1.0, 4.0]), 0.25
    draws = langevin(
        lambda x, _: curvature * x, jnp.zeros(2), step=step, n=20_000, thin=10, warmup=50, key=jr.key(0)
    )
    # the stationary law of x -> (1 - s c / 2) x + sqrt(s) z
    exact = 1 / (curvature * (1 - step * curvature / 4))
    np.testing.assert_allclose(draws.var(axis=0), exact, rtol=0.05)
    np.testing.assert_allclose(exact[1] * 4.0, 4 / 3)


def test_a_gradient_gets_a_key_of_its_own_at_every_step():
    shaken = lambda x, key: x + jr.normal(key, x.shape)  # noqa: E731
    draws = langevin(shaken, jnp.zeros(1), step=0.1, n=20_000, thin=20, warmup=0, key=jr.key(1))
    # (s + s^2 / 4) of noise at each step
    np.testing.assert_allclose(draws.var(), (0.1 + 0.0025) / (1 - 0.95**2), rtol=0.05)


def test_a_curvature_that_is_none_is_refused():
    with pytest.raises(NotConvergedError, match="give step="):
        largest_curvature(lambda x: jnp.sum(x), jnp.ones(2), jr.key(0))
    with pytest.raises(NotConvergedError, match="curvature at the fit is nan"):
        largest_curvature(lambda x: jnp.sum(jnp.sqrt(x)), -jnp.ones(2), jr.key(0))


@settings(max_examples=15)
@given(st.integers(0, 1000), st.floats(-50, 50), st.floats(0.01, 100), st.integers(2, 40))
def test_rhat_knows_no_unit_and_takes_the_worst_weight(seed, shift, scale, half):
    draws = np.random.default_rng(seed).normal(size=(2 * half, 3))
    draws[:half, 2] += 3.0
    found = split_rhat(draws)
    assert found == pytest.approx(max(split_rhat(draws[:, [k]]) for k in range(3)))
    assert split_rhat(shift + scale * draws) == pytest.approx(found, rel=1e-6)
    first, second = draws[:half, 2], draws[half:, 2]
    within = (first.var(ddof=1) + second.var(ddof=1)) / 2
    between = half * (first.mean() - second.mean()) ** 2 / 2
    worst = np.sqrt(((half - 1) / half * within + between / half) / within)
    assert split_rhat(draws[:, [2]]) == pytest.approx(worst)


def test_chains_that_stand_still_and_short_ones():
    assert split_rhat(np.ones((10, 2))) == 1.0
    assert split_rhat(np.repeat([[0.0], [1.0]], 5, axis=0)) == np.inf
    assert split_rhat(RNG.normal(size=(3, 1))) == np.inf
    assert np.isfinite(split_rhat(RNG.normal(size=(4, 1))))
    drifting = np.linspace(0, 1, 100)[:, None]
    assert split_rhat(drifting) > 1.5


def line(rows=6, padded=8):
    """Return weights whose rows pull apart: the sum of (theta - k)^2 over the rows k."""
    weight = (jnp.arange(padded) < rows).astype(float)[:, None]

    def misfit(theta, row_weight=1.0):
        return jnp.sum(row_weight * weight * (theta[0] - jnp.arange(float(padded)))[:, None] ** 2)

    return SimpleNamespace(
        problem=SimpleNamespace(weight=weight), train=range(rows), ridge=3.0, misfit=misfit
    )


def test_the_potential_is_half_of_errors_and_penalty_over_the_variance():
    theta = jnp.array([1.5])
    wanted = (sum((1.5 - k) ** 2 for k in range(6)) + 3 * 1.5**2) / (2 * 0.25)
    for batch in (None, 6, 99):
        for key in (None, jr.key(0)):
            assert float(_potential(line(), 0.25, batch)(theta, key)) == pytest.approx(wanted)
    # without a key all rows count
    assert float(_potential(line(), 0.25, 2)(theta, None)) == pytest.approx(wanted)


def test_slopes_of_batches_are_right_on_average_and_differ_by_how_few_rows_count():
    theta, keys = jnp.array([4.0]), jr.split(jr.key(1), 4000)
    exact = float(jax.grad(_potential(line(), 0.5, None))(theta, None)[0])
    spread = []
    for batch in (2, 4):
        slopes = jax.vmap(lambda key, b=batch: jax.grad(_potential(line(), 0.5, b))(theta, key))(keys)
        share = batch / 6
        # each row by itself: variance of its slope times (1 - share) / share
        sd = np.sqrt(sum((2 * (4 - k)) ** 2 for k in range(6)) * (1 - share) / share)
        np.testing.assert_allclose(slopes.mean(), exact, atol=4 * sd / np.sqrt(4000))
        np.testing.assert_allclose(slopes.std(), sd, rtol=0.05)
        spread.append(float(slopes.std()))
    assert spread[0] > spread[1]
