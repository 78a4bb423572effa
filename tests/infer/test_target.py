"""What inference works on: problems, fits and functions look alike, and wrong points are refused."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell.fit.estimation import FunctionObjective, estimate
from hybridcell.infer.target import as_target
from tests.infer.problems import optimum, residuals
from tests.tolerances import GRADIENT


def bowl(**options):
    return FunctionObjective(["x", "y"], [-9, -9], [9, 9], **options)


def test_a_problem(decaying):
    target = as_target(decaying, at={"k": 0.25})
    assert (target.names, target.scales, target.n) == (("k", "a0"), ("log10", "log10"), 6)
    np.testing.assert_allclose(target.at, np.log10([0.25, 2.0]))
    np.testing.assert_allclose(target.linear(target.at), [0.25, 2.0])
    np.testing.assert_allclose(target.scaled(target.linear(target.at)), target.at)
    value = 0.5 * np.sum(residuals(target.at) ** 2)
    other = 0.5 * np.sum(residuals([0.1, 0.1]) ** 2)
    found = target.values([target.at, [0.1, 0.1]])
    assert found[0] - found[1] == pytest.approx(value - other, rel=1e-6)
    assert dict(zip(target.network().equations.constants, target.network().values))["k"] == 0.25


@pytest.mark.parametrize("which", [pytest.param("decaying", marks=pytest.mark.suite), "noisy"])
def test_models_have_the_slope_of_differences_and_the_information_of_fisher(which, request):
    problem = request.getfixturevalue(which)
    target = as_target(problem)
    theta = target.at + 0.05
    values, slopes, curvatures = target.models(theta[None])
    steps = 1e-6 * np.eye(len(theta))
    # all of it by one batch, which is one program to compile
    found = target.values(np.concatenate([theta[None], theta + steps, theta - steps]))
    plus, minus = np.split(found[1:], 2)
    np.testing.assert_allclose(slopes[0], (plus - minus) / 2e-6, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(values, found[:1], rtol=1e-9)
    np.testing.assert_allclose(curvatures[0], target.information(theta), rtol=1e-6)
    np.testing.assert_allclose(target.fisher(theta), problem.fisher_information(theta).to_numpy(), rtol=1e-9)


def test_what_cannot_be_computed_is_infinite_and_not_a_number_nowhere(decaying):
    target = as_target(decaying)
    values, slopes, curvatures = target.models([[np.nan, 0.0], target.at])
    assert values[0] == np.inf
    assert np.isfinite(values[1])
    assert not slopes[0].any()
    assert not curvatures[0].any()


def test_a_fit_of_a_network(fitted):
    target = as_target(fitted)
    assert (target.names, target.scales) == (("k",), ("log",))
    assert target.linear(target.at)[0] == pytest.approx(float(fitted.parameters.loc["k", "value"]))
    _, slopes = target.values_and_gradients(np.array([target.at, target.at + 0.1]))
    step = 1e-6
    moved = target.values(np.array([target.at + 0.1 + step, target.at + 0.1 - step]))
    np.testing.assert_allclose(slopes[1], (moved[0] - moved[1]) / (2 * step), rtol=1e-3)
    assert abs(slopes[0, 0]) < 1e-2 * abs(slopes[1, 0])
    # the error that the fit reports is that of the information
    sd = float(fitted.parameters.loc["k", "relative_sd"])
    assert 1 / np.sqrt(target.information()[0, 0]) == pytest.approx(sd, rel=1e-6)


def test_a_function():
    target = as_target(bowl(residuals=lambda p: p * jnp.array([1.0, 3.0])), at=[0.0, 1.0])
    np.testing.assert_allclose(target.fisher(), np.diag([1.0, 9.0]))
    assert not target.prior_information().any()
    smooth = as_target(bowl(value=lambda p: jnp.sum(jnp.cosh(p))), at=[0.0, 1.0])
    np.testing.assert_allclose(smooth.fisher(), np.diag([1.0, np.cosh(1.0)]), **GRADIENT)
    assert smooth.models(smooth.at[None])[2] is None
    with pytest.raises(InvalidValueError, match="no sum of squares"):
        smooth.least_squares(smooth.at[None])
    with pytest.raises(InvalidValueError, match="not a reaction network"):
        target.network()


def test_the_best_of_an_estimation(decaying):
    found = estimate(decaying.objective, n_starts=2, key=jax.random.key(0))
    target = as_target(decaying, at=found)
    np.testing.assert_allclose(target.at, optimum(), atol=1e-4)
    assert as_target(target) is target
    assert as_target(target, at={"k": 1.0}).at[0] == 0.0
    with pytest.raises(InvalidValueError, match="wanted one of the FunctionObjective"):
        as_target(bowl(value=lambda p: jnp.sum(p)), at=found)
    with pytest.raises(InvalidValueError, match="give the problem, and at=estimation"):
        as_target(found)


def test_wrong_points_are_refused(decaying):
    with pytest.raises(UnknownNameError, match="Did you mean 'a0'"):
        as_target(decaying, at={"a1": 1.0})
    with pytest.raises(InvalidValueError, match="outside of its bounds"):
        as_target(decaying, at={"k": 1e4})
    with pytest.raises(InvalidValueError, match="has the shape"):
        as_target(decaying, at=[1.0])
    with pytest.raises(InvalidValueError, match="no finite value of k"):
        as_target(decaying, at=[np.nan, 0.0])
    with pytest.raises(InvalidValueError, match="Say where to look"):
        as_target(bowl(value=lambda p: jnp.sum(p)))
    with pytest.raises(InvalidValueError, match="given a str"):
        as_target("decay")
    with pytest.raises(UnknownNameError, match="Did you mean 'k'"):
        as_target(decaying).places("K")
    with pytest.raises(InvalidValueError, match="named twice"):
        as_target(decaying).places(["k", "k"])
    with pytest.raises(InvalidValueError, match=r"wanted \(k, 2\)"):
        as_target(decaying).values([0.0, 0.0])


def test_a_fit_without_its_data_is_refused(fitted):
    from dataclasses import replace

    with pytest.raises(InvalidValueError, match="Fit again with"):
        as_target(replace(fitted, search=None))
