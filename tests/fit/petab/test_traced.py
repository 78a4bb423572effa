"""The likelihood as a function of JAX."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell.fit.petab.traced import traced_likelihood


@pytest.mark.slow
def test_values_and_slopes_are_those_of_the_problem_however_it_is_mapped(problem_of):
    problem = problem_of("conditions, version 1")
    likelihood = traced_likelihood(problem.compiled)
    thetas = problem.nominal + 0.05 * np.arange(4).reshape(2, 2, 1)
    thetas[1, 1] = np.nan
    one = lambda theta: likelihood(theta[None])[0]  # noqa: E731
    values, slopes = jax.jit(jax.vmap(jax.vmap(jax.value_and_grad(one))))(jnp.asarray(thetas))
    flat, values, slopes = thetas.reshape(4, -1)[:3], values.reshape(-1), slopes.reshape(4, -1)
    for pair in (slice(0, 2), slice(1, 3)):
        np.testing.assert_allclose(values[pair], problem.log_likelihood(flat[pair]), rtol=1e-9)
        np.testing.assert_allclose(slopes[pair], problem.gradient(flat[pair]), rtol=1e-6, atol=1e-8)
    # what fails has no slope
    assert values[3] == -np.inf
    assert not slopes[3].any()
