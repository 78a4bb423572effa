"""Laplace: exact for Gaussians, honest where the information is singular or the point is none."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.estimation import FunctionObjective
from hybridcell.infer.posterior.laplace import laplace
from tests.bars import Bars
from tests.infer.problems import optimum

KEY = jax.random.key(0)
INVERSE = np.linalg.inv(np.array([[1.0, 0.8], [0.0, 0.6]])).T


def gauss(width=50.0):
    return FunctionObjective(["a", "b"], [-width] * 2, [width] * 2, residuals=lambda p: INVERSE @ p)


def test_a_gaussian_is_itself():
    found = laplace(gauss(), at=[0.0, 0.0], n=20_000, key=KEY)
    wanted = np.linalg.inv(INVERSE.T @ INVERSE)
    np.testing.assert_allclose(found.covariance, wanted, rtol=1e-9)
    np.testing.assert_allclose(np.cov(found.flat.T), wanted, rtol=0.05)
    assert found.success
    assert not found.notes
    np.testing.assert_array_equal(found.draws, laplace(gauss(), at=[0.0, 0.0], n=20_000, key=KEY).draws)


def test_bounds_are_kept_and_what_they_cut_is_said():
    found = laplace(gauss(1.5), at=[0.0, 0.0], key=KEY)
    assert np.abs(found.flat).max() <= 1.5
    assert any("bounds cut off" in note for note in found.notes)


def test_a_problem(decaying):
    found = laplace(decaying, at=optimum(), n=400, key=KEY)
    sd = np.sqrt(np.diagonal(np.linalg.inv(decaying.fisher_information(optimum()).to_numpy())))
    np.testing.assert_allclose(found.summary()["sd"], sd, rtol=0.2)
    assert found.success


def test_densities_are_of_scaled_parameters_where_priors_are_of_linear_ones(noisy):
    found = laplace(noisy, n=8, key=KEY)
    # of a0 alone: k has its prior on the scale, sd is linear
    jacobian = found.flat[:, 1] * np.log(10)
    np.testing.assert_allclose(found.log_density[0], jacobian - found.target.values(found.flat), rtol=1e-9)


def test_singular_directions_fill_the_way_between_bounds_and_are_named(scaled):
    found = laplace(scaled, at=[*optimum(), 0.0], n=400, key=KEY)
    [note] = found.notes
    assert "a0, s" in note
    assert "k" not in note.split("move ")[1].split(":")[0]
    assert np.isinf(np.diagonal(found.covariance)).tolist() == [False, True, True]
    assert not np.isnan(found.covariance).any()
    summary = found.summary()
    assert summary.loc["s", "upper"] - summary.loc["s", "lower"] > 3.0
    assert summary.loc["k", "sd"] < 0.1


def test_an_improper_posterior_is_refused():
    flat = FunctionObjective(["a", "b"], [-np.inf] * 2, [np.inf] * 2, residuals=lambda p: p[:1] - p[1:])
    with pytest.raises(
        InvalidValueError, match=r"nothing limits a, b, which have no finite bounds .* improper"
    ):
        laplace(flat, at=[0.0, 0.0], key=KEY)


def test_a_point_that_is_no_optimum_is_said(decaying):
    found = laplace(decaying, at={"k": 0.9}, key=KEY)
    assert not found.success
    assert "no optimum" in found.result
    hill = FunctionObjective(["a"], [-5], [5], value=lambda p: -jnp.sum(p**2))
    with pytest.raises(InvalidValueError, match="no minimum"):
        laplace(hill, at=[0.0], key=KEY)


def test_a_posterior_that_is_no_gaussian_is_said():
    # the information at the optimum knows nothing of the walls of this well
    well = FunctionObjective(["a", "b"], [-9, -9], [9, 9], value=lambda p: jnp.sum(1e-3 * p**2 + 50 * p**4))
    found = laplace(well, at=[0.0, 0.0], n=1000, key=KEY)
    assert any("no Gaussian" in problem for problem in found.problems)


def test_bad_input(decaying):
    with pytest.raises(InvalidValueError, match="n is 1"):
        laplace(decaying, n=1, key=KEY)
    broken = FunctionObjective(["a"], [-5], [5], residuals=lambda p: jnp.nan * p)
    with pytest.raises(InvalidValueError, match="cannot be computed"):
        laplace(broken, at=[0.0], key=KEY)


def test_a_bar_counts_the_batches_of_draws(monkeypatch):
    from hybridcell.infer.posterior import laplace as module

    bars = Bars()
    monkeypatch.setattr(module, "progress_bar", bars)
    silent = laplace(gauss(), at=[0.0, 0.0], n=70, progress=False, key=KEY)
    assert [(bar.total, bar.n, bar.show) for bar in bars] == [(5, 5, False)]  # two steps and 32 + 32 + 6
    assert np.isfinite(silent.log_density).all()
    np.testing.assert_allclose(
        silent.log_density[0], [-0.5 * np.sum((INVERSE @ draw) ** 2) for draw in silent.flat], rtol=1e-9
    )


def test_what_its_bounds_fix_stands_still_and_the_others_are_drawn_given_its_value():
    fixed = FunctionObjective(
        ["a", "b", "c"], [2, -9, -9], [2, 9, 9],
        residuals=lambda p: jnp.stack([p[0] * p[1] - 2, p[0] - p[2], 3 * p[2] - 6]),
    )  # fmt: skip
    found = laplace(fixed, at=[2.0, 1.0, 2.0], n=4000, key=KEY)
    assert found.success, found.result
    assert not found.notes
    np.testing.assert_array_equal(found.flat[:, 0], 2.0)
    np.testing.assert_allclose(found.covariance, np.diag([0.0, 0.25, 0.1]), atol=1e-12)
    np.testing.assert_allclose(found.flat[:, 1:].std(axis=0), np.sqrt([0.25, 0.1]), rtol=0.05)


def test_bounds_that_fix_all_leave_nothing_to_draw():
    stuck = FunctionObjective(["a"], [1], [1], residuals=lambda p: p)
    with pytest.raises(InvalidValueError, match="leave no parameter any room"):
        laplace(stuck, at=[1.0], key=KEY)


def test_a_slope_without_a_curvature_is_no_optimum_either():
    slope = FunctionObjective(["a", "b"], [-1, -1], [1, 1], value=lambda p: p[0] + 0.1 * p[1])
    found = laplace(slope, at=[0.0, 0.0], n=40, key=KEY)
    # down to the corner
    assert "lower the objective by about 1.1" in found.result
