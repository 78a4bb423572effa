import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell._core.model import make_field
from hybridcell.data import as_conditions
from hybridcell.simulate.steady.linearization import are_stable, chord, newton, relaxed_jacobians


def test_jacobians_of_a_linear_network_are_known(linear, doses):
    field = make_field(linear)
    u = jnp.asarray(linear.inputs(as_conditions(doses)))
    wanted = np.asarray(linear.gain)[:, None] * np.asarray(linear.weights) - np.eye(4)
    found = relaxed_jacobians(field, 0.3 * jnp.ones_like(u), u)
    np.testing.assert_allclose(found, np.broadcast_to(wanted, (3, 4, 4)), atol=1e-14)


@pytest.mark.parametrize("method", ["chord", "newton"])
def test_linear_network_is_solved_in_one_step(method, linear, doses):
    field = make_field(linear)
    u = jnp.asarray(linear.inputs(as_conditions(doses))) * 0.1
    x0 = jnp.zeros_like(u)
    x = chord(field, u, x0, x0[0], u[0], 1, 0.0) if method == "chord" else newton(field, u, x0, 1)
    np.testing.assert_allclose(field(0.0, x, u), 0.0, atol=1e-10)


def test_newton_keeps_its_steps_below_one(linear):
    field = make_field(linear)
    u = jnp.full((1, 4), 1e3)
    x = newton(field, u, jnp.zeros_like(u), 1)
    assert np.abs(x).max() == pytest.approx(1.0)


def test_stability_is_that_of_the_eigenvalues():
    rng = np.random.default_rng(0)
    jacobians = rng.normal(size=(60, 4, 4)) * rng.uniform(0.05, 1.5, (60, 1, 1)) - np.eye(4)
    relaxation = rng.uniform(0.1, 5.0, 4)
    wanted = np.linalg.eigvals(jacobians * relaxation[:, None]).real.max(axis=1) < 0
    assert 10 < wanted.sum() < 50
    np.testing.assert_array_equal(are_stable(jacobians, relaxation), wanted)


def test_what_is_not_a_number_is_not_stable():
    jacobians = np.stack([-np.eye(2), np.full((2, 2), np.nan), np.array([[-1.0, 0], [np.inf, -1.0]])])
    assert are_stable(jacobians, np.ones(2)).tolist() == [True, False, False]


def test_unequal_rates_can_make_a_relaxed_stable_network_unstable():
    # all eigenvalues of J / alpha lie left, yet those of J do not
    relaxed = np.array([[-1.0, 1.0, 0], [-4.0, 1.0, 1.0], [0.5, 0.2, -1.0]])
    relaxation = np.array([0.2, 5.0, 1.0])
    assert np.linalg.eigvals(relaxed).real.max() < 0
    assert np.linalg.eigvals(relaxed * relaxation[:, None]).real.max() > 0
    assert not are_stable(relaxed[None], relaxation)[0]


def test_eigenvalues_of_zero_are_not_stable():
    fold = np.array([[-1.0, 1.0, 0], [0.5, -0.5, 0], [0.2, 0.1, -1.0]])
    center = np.array([[0.0, 2.0, 0], [-2.0, 0.0, 0], [0, 0, -1.0]])
    rounded = np.array([[-1.0, 0.7, 0.3 - 1e-16], [0.6, -1.0, 0.4 - 1e-16], [0.9, 0.1 - 1e-16, -1.0]])
    near = fold - 1e-9 * np.eye(3)
    assert are_stable(np.stack([fold, center, rounded, near]), np.ones(3)).tolist() == [False] * 3 + [True]


def test_slow_nodes_are_stable():
    chain = np.array([[-1.0, 0, 0], [0.9, -1.0, 0], [0, 3.0, -1.0]])
    assert are_stable(chain[None], np.array([1e-6, 1.0, 1e3])).all()
