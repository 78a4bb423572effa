"""Bounded parameters as numbers without bounds."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell.infer.posterior.unbounded import Unbounded
from tests.tolerances import ANALYTIC

LOWER = [-1.0, -np.inf, 0.0, -np.inf, 2.0]
UPPER = [3.0, np.inf, np.inf, 5.0, 2.0]
MAP = Unbounded(LOWER, UPPER, [0.0, 0.0, 1.0, 0.0, 2.0])


def test_there_and_back():
    theta = np.array([2.5, -7.0, 0.3, 4.0, 2.0])
    np.testing.assert_allclose(MAP.theta(jnp.asarray(MAP.z(theta))), theta, **ANALYTIC)
    assert MAP.places.tolist() == [0, 1, 2, 3]  # what bounds fix has no number


def test_everything_lies_inside():
    z = jnp.asarray(np.random.default_rng(0).uniform(-20, 20, (100, 4)))
    theta = np.asarray(jax.vmap(MAP.theta)(z))
    assert (theta >= LOWER).all()
    assert (theta <= UPPER).all()


def test_what_stands_on_a_bound_comes_a_little_inside():
    theta = np.asarray(MAP.theta(jnp.asarray(MAP.z(np.array([-1.0, 0.0, 0.0, 5.0, 2.0])))))
    assert theta[0] == -1.0 + 4e-3
    assert theta[2] > 0
    assert theta[3] < 5


def test_the_jacobian_is_that_of_the_map():
    z = jnp.array([0.3, -1.0, 0.7, 1.1])
    jacobian = jax.jacfwd(MAP.own)(z)
    np.testing.assert_allclose(MAP.log_jacobian(z), np.linalg.slogdet(jacobian)[1], **ANALYTIC)


BOUNDS = st.sampled_from([(-3.0, 5.0), (0.0, np.inf), (-np.inf, 2.0), (-np.inf, np.inf)])


@settings(max_examples=20)
@given(st.lists(BOUNDS, min_size=4, max_size=4), st.integers(0, 1000))
def test_any_bounds_are_kept_and_numbers_found_again(bounds, seed):
    lower, upper = np.transpose(bounds)
    rng = np.random.default_rng(seed)
    inside = np.clip(rng.uniform(-2.9, 4.9, 4), lower + 0.01, upper - 0.01)
    found = Unbounded(lower, upper, inside)
    np.testing.assert_allclose(found.theta(found.z(inside)), inside, rtol=1e-9, atol=1e-9)
    z = rng.normal(size=len(found))
    np.testing.assert_allclose(found.z(np.asarray(found.theta(z)), 1e-12), z, rtol=1e-6, atol=1e-6)


def test_what_is_larger_has_a_larger_number():
    one = Unbounded([-1.0], [3.0], [0.0])
    for bounds in (one, Unbounded([0.0], [np.inf], [1.0]), Unbounded([-np.inf], [3.0], [1.0])):
        z = [bounds.z(np.array([x]))[0] for x in (0.5, 1.0, 2.5)]
        assert (np.diff(z) > 0).all()
    np.testing.assert_allclose(one.z(np.array([1.0])), 0.0, atol=1e-12)
