"""Step sizes that reach the wanted acceptance."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell.infer.posterior.step_size import begin, learn


def test_the_step_whose_acceptance_is_wanted_is_found():
    rng = np.random.default_rng(0)
    state = begin(5.0)
    for _ in range(400):
        # a longer step is accepted more rarely
        acceptance = np.clip(np.exp(-float(jnp.exp(state.log))) + 0.1 * rng.standard_normal(), 0, 1)
        state = learn(state, jnp.asarray(acceptance), 0.8)
    assert float(jnp.exp(state.average)) == pytest.approx(-np.log(0.8), rel=0.15)


def test_it_begins_with_the_guess():
    state = begin(0.3)
    np.testing.assert_allclose(jnp.exp(state.log), 0.3)
    np.testing.assert_allclose(jnp.exp(state.average), 0.3)
