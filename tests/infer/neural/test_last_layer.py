"""The normal posterior of last layers, by linear algebra alone."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import InvalidValueError
from hybridcell.infer.neural.last_layer import LastLayer, last_layer


def posterior(seed, p):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(p + 2, p))
    precision = root.T @ root + 0.1 * np.eye(p)
    return LastLayer(rng.normal(size=p), np.linalg.cholesky(precision), 0.3, 1.0), precision


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_the_covariance_is_the_inverse_of_the_precision(seed, p):
    found, precision = posterior(seed, p)
    np.testing.assert_allclose(found.covariance @ precision, np.eye(p), atol=1e-8)


def test_draws_have_the_mean_and_the_covariance_and_follow_the_key():
    found, precision = posterior(3, 3)
    draws = found.draws(40_000, jr.key(0))
    np.testing.assert_allclose(draws.mean(axis=0), found.mean, atol=0.02)
    np.testing.assert_allclose(np.cov(draws.T), np.linalg.inv(precision), atol=0.02)
    np.testing.assert_array_equal(found.draws(5, jr.key(1)), found.draws(5, jr.key(1)))
    assert not np.allclose(found.draws(5, jr.key(1)), found.draws(5, jr.key(2)))


@pytest.mark.parametrize("n", [0, -3, 2.5, True, "4", None])
def test_numbers_of_draws_are_whole_and_positive(n):
    with pytest.raises(InvalidValueError, match="wanted a positive whole number of draws"):
        last_layer(None, n=n, key=jr.key(0))
