"""Sampling: known moments, agreement with Laplace, and what is refused or said."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.estimation import FunctionObjective
from hybridcell.infer.posterior.laplace import laplace
from hybridcell.infer.posterior.sample import sample
from tests.infer.problems import optimum, residuals

KEY = jax.random.key(0)
INVERSE = np.linalg.inv(np.array([[1.0, 1.8], [0.0, 0.4]])).T


def gauss(width, center=0.0):
    return FunctionObjective(
        ["a", "b"], [-width] * 2, [width] * 2, residuals=lambda p: INVERSE @ (p - center)
    )


@pytest.mark.parametrize(("method", "n"), [("nuts", 1000), ("pathfinder", 4000)])
def test_moments_of_a_gaussian(method, n):
    found = sample(gauss(np.inf, 2.0), at=[0.0, 0.0], method=method, n=n, warmup=200, key=KEY)
    np.testing.assert_allclose(found.flat.mean(axis=0), 2.0, atol=0.15)
    np.testing.assert_allclose(np.cov(found.flat.T), np.linalg.inv(INVERSE.T @ INVERSE), rtol=0.12)
    assert found.success, found.result
    assert found.divergences == 0


def test_within_bounds_the_density_is_the_one_without_them():
    # a quarter of a Gaussian, and a flat parameter beside it
    objective = FunctionObjective(["a", "flat"], [0, -1], [9, 1], residuals=lambda p: p[:1])
    found = sample(objective, at=[1.0, 0.0], warmup=200, n=1500, key=KEY)
    assert found.success, found.result
    mean, sd = found.flat.mean(axis=0), found.flat.std(axis=0)
    np.testing.assert_allclose(mean, [np.sqrt(2 / np.pi), 0.0], atol=0.05)
    np.testing.assert_allclose(sd, [np.sqrt(1 - 2 / np.pi), 1 / np.sqrt(3)], rtol=0.07)
    assert found.flat[:, 0].min() > 0
    # the density of theta, without the Jacobian of its numbers
    off = found.log_density.ravel() + 0.5 * found.flat[:, 0] ** 2
    np.testing.assert_allclose(off, off[0], atol=1e-9)


@pytest.mark.slow
def test_a_problem_agrees_with_its_density_on_a_grid_and_with_laplace(decaying):
    found = sample(decaying, n=500, warmup=200, chains=4, key=KEY)
    assert found.success, found.result
    assert (found.rhat < 1.01).all()
    grid = np.stack(np.meshgrid(*(np.linspace(x - 0.3, x + 0.3, 121) for x in optimum()), indexing="ij"), -1)
    logs = np.array([-0.5 * np.sum(residuals(t) ** 2) for t in grid.reshape(-1, 2)])
    weights = np.exp(logs - logs.max())
    mean = weights @ grid.reshape(-1, 2) / weights.sum()
    sd = np.sqrt(weights @ (grid.reshape(-1, 2) - mean) ** 2 / weights.sum())
    np.testing.assert_allclose(found.flat.mean(axis=0), mean, atol=0.15 * sd.max())
    np.testing.assert_allclose(found.flat.std(axis=0), sd, rtol=0.1)
    flat = laplace(decaying, at=optimum(), n=2000, key=KEY).summary()
    np.testing.assert_allclose(found.summary()["sd"], flat["sd"], rtol=0.15)


@pytest.mark.suite
def test_a_fit_of_a_network(fitted):
    found = sample(fitted, n=200, warmup=100, chains=2, key=KEY)
    sd = float(fitted.parameters.loc["k", "relative_sd"])
    assert found.flat.std() == pytest.approx(sd, rel=0.3)


def test_improper_posteriors_are_refused():
    flat = FunctionObjective(["a", "b"], [-np.inf, -1], [np.inf, 1], residuals=lambda p: p[1:])
    with pytest.raises(InvalidValueError, match="improper: a has neither a prior nor two finite bounds"):
        sample(flat, at=[0.0, 0.0], key=KEY)


def test_a_problem_without_bounds_and_priors_is_refused(tmp_path):
    from tests.infer.problems import A0, decay

    loose = decay(tmp_path, f"k lin _ _ 0.5 1\n{A0}")
    with pytest.raises(InvalidValueError, match="improper: k has"):
        sample(loose, key=KEY)


def test_divergences_are_said():
    # a disc at whose edge the simulation fails: trajectories run into it, whatever their steps
    def disc(p):
        return jnp.where(jnp.sum(p**2) < 1.0, 0.0 * p[0], jnp.nan)

    objective = FunctionObjective(["a", "b"], [-5] * 2, [5] * 2, value=disc)
    found = sample(objective, at=[0.0] * 2, n=100, warmup=100, chains=2, key=KEY)
    assert found.divergences > 0
    assert not found.success
    assert f"{found.divergences} of 200 trajectories diverged" in found.result


def test_bad_input(decaying):
    with pytest.raises(InvalidValueError, match="method is 'nut'"):
        sample(decaying, method="nut", key=KEY)
    with pytest.raises(InvalidValueError, match="warmup is 5"):
        sample(decaying, warmup=5, key=KEY)
    with pytest.raises(InvalidValueError, match="acceptance is 1"):
        sample(decaying, acceptance=1.0, key=KEY)
    broken = FunctionObjective(["a"], [-5], [5], residuals=lambda p: jnp.nan * p)
    with pytest.raises(InvalidValueError, match="nowhere to begin"):
        sample(broken, at=[0.0], key=KEY)
    stuck = FunctionObjective(["a"], [1], [1], residuals=lambda p: p)
    with pytest.raises(InvalidValueError, match="leave no parameter any room"):
        sample(stuck, at=[1.0], key=KEY)
