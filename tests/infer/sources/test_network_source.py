"""Fits of networks as sources."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from hybridcell.fit.kinetics.free_numbers import FreeNumbers
from hybridcell.infer.sources.network_source import NetworkSource
from hybridcell.infer.target import as_target
from tests.infer.problems import MEASURED, SD, TIMES
from tests.tolerances import ANALYTIC


def half_squares(log_k):
    return 0.5 * np.sum(((2 * np.exp(-np.exp(log_k) * TIMES) - MEASURED) / SD) ** 2)


def test_values_densities_and_slopes(fitted):
    target = as_target(fitted)
    thetas = np.array([[-0.5], [-0.9]])
    np.testing.assert_allclose(target.values(thetas), [half_squares(t[0]) for t in thetas], rtol=1e-3)
    density = target.density()
    np.testing.assert_allclose(density(jnp.asarray(thetas)), -target.values(thetas), rtol=1e-9)
    slopes = jax.grad(lambda t: jnp.sum(density(t)))(jnp.asarray(thetas))
    np.testing.assert_allclose(-slopes, target.values_and_gradients(thetas)[1], rtol=1e-9)


def test_rows_that_are_no_numbers_are_infinite(fitted):
    values, slopes, curvatures = as_target(fitted).models([[np.nan], [-0.5]])
    assert values[0] == np.inf
    assert np.isfinite(values[1])
    assert not slopes[0].any()
    assert curvatures is not None


def test_scales_support_and_networks(fitted):
    source = as_target(fitted).source
    np.testing.assert_allclose(
        source.scaled(source.linear(np.array([[0.1], [0.2]]))), [[0.1], [0.2]], **ANALYTIC
    )
    assert not source.improper(None).any()
    constants = source.network(np.array([0.0])).equations.constants
    assert float(source.network(np.array([0.0])).values[constants.index("k")]) == 1.0


def test_every_transform_goes_there_and_back():
    transforms, q = ("identity", "log", "logit"), 3
    source = NetworkSource.__new__(NetworkSource)
    source.free = FreeNumbers(
        ids=("a", "b", "c"), places=np.arange(q), transforms=transforms, lower=np.array([-9.0, 0.0, 2.0]),
        upper=np.array([9.0, np.inf, 6.0]), low=np.full(q, -20.0), high=np.full(q, 20.0), center=np.zeros(q),
        spread=np.full(q, np.inf), neural=np.zeros(q, bool),
    )  # fmt: skip
    source.scales = ("lin", "log", "logit")
    thetas = np.array([[-3.0, -2.0, -1.5], [0.0, 0.0, 0.0], [4.0, 1.0, 3.0]])
    linear = source.linear(thetas)
    np.testing.assert_allclose(linear[1], [0.0, 1.0, 4.0], **ANALYTIC)
    np.testing.assert_allclose(source.scaled(linear), thetas, **ANALYTIC)
    np.testing.assert_allclose([source.free.theta(row) for row in linear], thetas, **ANALYTIC)
    outside = source.scaled([0.0, -1.0, 7.0])
    assert np.isnan(outside).tolist() == [False, True, True]
