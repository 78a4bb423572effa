"""Links, and the right-hand side."""

import jax.numpy as jnp
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.mechanisms.prior_network.field import PriorNetworkField, from_link


def test_the_logistic_function_neither_overflows_nor_differs_from_its_formula():
    z = np.array([-800.0, -2.0, 0.0, 2.0, 800.0])
    np.testing.assert_allclose(from_link("logit", z), [0, 1 / (1 + np.exp(2)), 0.5, 1 / (1 + np.exp(-2)), 1])
    assert from_link("identity", z) is z


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=5))
def test_the_logistic_function_is_symmetric_monotone_and_bounded(values):
    z = np.sort(np.array(values))
    level = from_link("logit", z)
    assert ((level >= 0) & (level <= 1)).all()
    assert (np.diff(level) >= 0).all()
    np.testing.assert_allclose(from_link("logit", -z), 1 - level, atol=1e-15)
    np.testing.assert_allclose(from_link("logit", jnp.asarray(z)), level, rtol=1e-12, atol=1e-15)


def test_inputs_follow_u_and_readouts_their_level():
    rng = np.random.default_rng(0)
    bias, weights = rng.normal(size=2), rng.normal(size=(2, 3))
    x, u = rng.normal(size=(2, 4, 5))
    found = PriorNetworkField(bias, weights, "identity")(0.0, x, u)
    for row in range(4):
        np.testing.assert_allclose(found[row, :3], u[row, :3] - x[row, :3])
        level = bias + weights @ x[row, :3]
        np.testing.assert_allclose(found[row, 3:], level + u[row, 3:] - x[row, 3:])
