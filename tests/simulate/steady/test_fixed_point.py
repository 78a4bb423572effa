import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.model import make_field
from hybridcell.data import as_conditions
from hybridcell.simulate.steady.fixed_point import (
    differentiable_root,
    implicit_steady_state,
    iterate,
    relaxed_rate,
    residual_norm,
)


@pytest.fixture(scope="module")
def problem(saturating, doses):
    return make_field(saturating), jnp.asarray(saturating.inputs(as_conditions(doses)))


@eqx.filter_jit
def _score(field, u):
    x = implicit_steady_state(field, u, jnp.zeros_like(u))
    return jnp.sum(jnp.sin(3.0 * x) * jnp.arange(1.0, 5.0))


def _central(fn, array, position, h=1e-6):
    up, down = (np.array(array).copy() for _ in range(2))
    up[position] += h
    down[position] -= h
    return (float(fn(jnp.asarray(up))) - float(fn(jnp.asarray(down)))) / (2 * h)


def test_iteration_finds_a_root_of_the_rate(problem):
    field, u = problem
    x = iterate(field, u, jnp.zeros_like(u), n_iterations=500, tol=1e-13)
    np.testing.assert_allclose(field(0.0, x, u), 0.0, atol=1e-12)
    np.testing.assert_allclose(residual_norm(field, x, u), 0.0, atol=1e-12)


@pytest.mark.parametrize(("limit", "steps"), [(0, 0), (1, 2), (2, 2), (3, 4)])
def test_iteration_stops_at_its_limit_in_pairs_of_whole_steps(limit, steps, problem):
    field, u = problem
    wanted = jnp.zeros_like(u)
    for _ in range(steps):
        wanted += relaxed_rate(field, wanted, u)
    found = iterate(field, u, jnp.zeros_like(u), n_iterations=limit)
    np.testing.assert_allclose(found, wanted, atol=1e-14)


def test_few_steps_may_be_damped_from_the_first(problem):
    field, u = problem
    wanted = jnp.zeros_like(u)
    for _ in range(4):
        wanted += 0.8 * relaxed_rate(field, wanted, u)
    found = iterate(field, u, jnp.zeros_like(u), n_iterations=4, length=0.8)
    np.testing.assert_allclose(found, wanted, atol=1e-14)


def test_steps_are_damped_once_whole_ones_run_away():
    # three nodes that inhibit each other: F has the slopes -1.3 (all together) and 0.65
    model = hc.CellBox(["a", "b", "c"], ["protein"] * 3, 0.65 * (np.eye(3) - 1))
    field, u = make_field(model), jnp.asarray([[0.02, 0.01, 0.03], [0.0, 0.0, -0.01]])
    whole = u
    for _ in range(200):
        whole += relaxed_rate(field, whole, u)
    assert np.asarray(residual_norm(field, whole, u)).min() > 0.1

    def score(u):
        x = implicit_steady_state(field, u, jnp.zeros_like(u), n_iterations=300, n_adjoint=300)
        return jnp.sum(jnp.sin(3.0 * x)), x

    (_, x), slopes = jax.value_and_grad(score, has_aux=True)(u)
    np.testing.assert_allclose(residual_norm(field, x, u), 0.0, atol=1e-12)
    for position in np.ndindex(*u.shape):
        wanted = _central(lambda v: score(v)[0], u, position)
        assert slopes[position] == pytest.approx(wanted, rel=1e-5, abs=1e-8)


def test_a_condition_that_is_not_a_number_does_not_stop_the_others(problem):
    field, u = problem
    x0 = jnp.zeros_like(u).at[0].set(jnp.nan)
    x = iterate(field, u, x0, n_iterations=300, tol=1e-10)
    assert np.isnan(x[0]).all()
    assert np.asarray(residual_norm(field, x, u))[1:].max() < 1e-10


@pytest.mark.parametrize("name", ["weights", "epsilon", "alpha"])
def test_gradient_of_parameters_is_that_of_finite_differences(name, problem):
    field, u = problem
    of = lambda value: _score(eqx.tree_at(lambda f: getattr(f, name), field, value), u)  # noqa: E731
    slopes = np.asarray(eqx.filter_grad(of)(getattr(field, name)))
    array = np.asarray(getattr(field, name))
    for position in [p for p in np.ndindex(array.shape) if sum(p) % 2 == 0]:
        assert slopes[position] == pytest.approx(_central(of, array, position), rel=1e-5, abs=1e-8)
    assert np.abs(slopes).max() > 0.1


def test_gradient_of_inputs_is_that_of_finite_differences(problem):
    field, u = problem
    slopes = np.asarray(jax.grad(lambda v: _score(field, v))(u))
    for position in np.ndindex(*u.shape):
        wanted = _central(lambda v: _score(field, v), u, position)
        assert slopes[position] == pytest.approx(wanted, rel=1e-5, abs=1e-8)


def test_root_found_elsewhere_gets_the_same_gradient(problem):
    field, u = problem
    x = iterate(field, u, jnp.zeros_like(u), n_iterations=500, tol=1e-13)

    def score(u, x):
        return jnp.sum(jnp.sin(3.0 * differentiable_root(field, u, x)) * jnp.arange(1.0, 5.0))

    by_u, by_x = jax.jit(jax.grad(score, argnums=(0, 1)))(u, x)
    np.testing.assert_allclose(by_u, jax.grad(lambda v: _score(field, v))(u), rtol=1e-9)
    np.testing.assert_array_equal(by_x, 0.0)


def test_adjoint_comes_back_as_the_gradient_of_its_start(problem):
    field, u = problem
    x = iterate(field, u, jnp.zeros_like(u), n_iterations=500, tol=1e-13)
    pull = jnp.arange(12.0).reshape(3, 4) / 10

    def score(lam0, n):
        return jnp.sum(pull * differentiable_root(field, u, x, lam0=lam0, n_adjoint=n))

    lam = np.asarray(jax.grad(score)(jnp.zeros_like(x), 500))
    for c in range(3):
        rate = lambda y: field(0.0, y[None], u[c][None])[0] / field.relaxation  # noqa: B023, E731
        jacobian = np.asarray(jax.jacfwd(rate)(x[c]))
        np.testing.assert_allclose(jacobian.T @ lam[c], -pull[c], atol=1e-10)
    # a good start needs no more iterations
    np.testing.assert_allclose(jax.grad(score)(jnp.asarray(lam), 1), lam, atol=1e-10)
    assert np.abs(np.asarray(jax.grad(score)(jnp.zeros_like(x), 1)) - lam).max() > 0.1
