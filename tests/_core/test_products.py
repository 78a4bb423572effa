"""The product and all its derivatives are those of ``x @ weights.T``."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridcell._core.products import weighted_sums


def plain(x, weights):
    return x @ weights.T


def drawn(*shape, dtype=float, seed=0):
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape), dtype)


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 5))
def test_numbers_are_those_of_the_plain_product(c, m, n):
    x, weights = np.asarray(drawn(c, n)), np.asarray(drawn(m, n, seed=1))
    found = weighted_sums(x, weights)
    assert isinstance(found, np.ndarray)
    np.testing.assert_array_equal(found, x @ weights.T)
    np.testing.assert_allclose(
        weighted_sums(jnp.asarray(x), jnp.asarray(weights)), found, rtol=1e-13, atol=1e-13
    )


@pytest.mark.parametrize(("x", "weights"), [((4, 3), (2, 3)), ((3,), (2, 3)), ((5, 4, 3), (2, 3))])
@pytest.mark.parametrize(("dtype", "rtol"), [(jnp.float64, 1e-12), (jnp.float32, 1e-4)])
def test_derivatives_are_those_of_the_plain_product(x, weights, dtype, rtol):
    at = (drawn(*x, dtype=dtype), drawn(*weights, dtype=dtype, seed=1))

    def loss(product):
        return lambda x, weights: jnp.sum(jnp.sin(product(x, weights)) ** 2)

    for argnums in (0, 1, (0, 1)):
        for derivative in (jax.grad, jax.jacfwd, jax.hessian):
            found = jax.jit(derivative(loss(weighted_sums), argnums=argnums))(*at)
            wanted = jax.jit(derivative(loss(plain), argnums=argnums))(*at)
            jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol), found, wanted)
            assert jax.tree.map(jnp.shape, found) == jax.tree.map(jnp.shape, wanted)


def test_members_of_an_ensemble_have_weights_of_their_own():
    x, weights = drawn(6, 4, 3), drawn(6, 2, 3, seed=1)

    def slopes(product):
        return jax.vmap(jax.grad(lambda x, w: jnp.sum(product(x, w) ** 3), argnums=(0, 1)))(x, weights)

    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12),
        slopes(weighted_sums),
        slopes(plain),
    )


@pytest.mark.parametrize(("dtype", "turned"), [(jnp.float64, 1), (jnp.float32, 0)])
def test_only_the_slope_by_the_weights_in_double_precision_is_turned_around(dtype, turned):
    x, weights = drawn(4, 3, dtype=dtype), drawn(2, 3, dtype=dtype)

    def barriers(argnums):
        grad = jax.grad(lambda x, w: jnp.sum(weighted_sums(x, w) ** 2), argnums=argnums)
        return str(jax.make_jaxpr(grad)(x, weights)).count("optimization_barrier")

    assert barriers(1) == turned * (jax.default_backend() == "cpu")
    assert barriers(0) == 0
