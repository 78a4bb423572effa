"""Rodas5P as a solver of diffrax."""

from __future__ import annotations

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell.simulate.rodas5p import Rodas5P
from hybridcell.simulate.rodas5p.linear import factorize, solve


def field(t, y, args):
    return -5.0 * (y - jnp.cos(t)) * y + jnp.array([1.0, 2.0]) * jnp.sin(3 * t)


START = jnp.array([0.5, 1.0])


def integrate(solver, steps, ts):
    return diffrax.diffeqsolve(
        diffrax.ODETerm(field), solver, 0.0, 2.0, 2.0 / steps, START, saveat=diffrax.SaveAt(ts=ts)
    ).ys


@pytest.fixture(scope="module")
def reference():
    ts = jnp.linspace(0.0, 2.0, 37)
    return ts, integrate(diffrax.Dopri8(), 2000, ts)


def test_order_five_at_the_end_and_four_between(reference):
    ts, wanted = reference
    coarse, fine = (np.abs(integrate(Rodas5P(), n, ts) - wanted) for n in (80, 160))
    assert coarse[-1].max() / fine[-1].max() > 2**4.6
    assert coarse.max() / fine.max() > 2**3.7


def test_stiff_problem_with_few_steps():
    term = diffrax.ODETerm(lambda t, y, args: -1e6 * (y - jnp.cos(t)))
    found = diffrax.diffeqsolve(
        term,
        Rodas5P(),
        0.0,
        10.0,
        None,
        jnp.array([0.0]),
        stepsize_controller=diffrax.PIDController(rtol=1e-6, atol=1e-9),
    )
    assert found.stats["num_steps"] < 200
    np.testing.assert_allclose(found.ys[0], np.cos(10.0), atol=1e-6)


def test_singular_mass_matrix():
    # y0' = -y0, 0 = y1 - y0^2
    term = diffrax.ODETerm(lambda t, y, args: jnp.array([-y[0], y[1] - y[0] ** 2]))
    solver = Rodas5P(mass=jnp.array([[1.0, 0.0], [0.0, 0.0]]))
    control = diffrax.PIDController(rtol=1e-9, atol=1e-12)
    found = diffrax.diffeqsolve(
        term, solver, 0.0, 2.0, 1e-3, jnp.array([1.0, 1.0]), stepsize_controller=control
    )
    np.testing.assert_allclose(found.ys[0], [np.exp(-2.0), np.exp(-4.0)], rtol=1e-8)


def test_given_jacobian_and_pytree_state():
    def rate(t, y, k):
        return {"a": -k * y["a"], "b": k * y["a"]}

    def end(solver, k):
        start = {"a": jnp.ones(1), "b": jnp.zeros(1)}
        control = diffrax.PIDController(rtol=1e-8, atol=1e-10)
        term = diffrax.ODETerm(rate)
        ys = diffrax.diffeqsolve(term, solver, 0.0, 1.0, None, start, args=k, stepsize_controller=control).ys
        return ys["b"][0, 0]

    def jacobian(t, y, k):
        return jnp.array([[-k, 0.0], [k, 0.0]])

    found, slope = jax.jit(jax.value_and_grad(lambda k: end(Rodas5P(), k)))(3.0)
    given = jax.jit(lambda k: end(Rodas5P(jacobian=jacobian), k))(3.0)
    np.testing.assert_allclose([found, given], 1 - np.exp(-3.0), rtol=1e-8)
    np.testing.assert_allclose(slope, np.exp(-3.0), rtol=1e-6)


@pytest.mark.parametrize("kind", ["lapack", "inverse"])
def test_both_eliminations_solve_and_differentiate(kind):
    rng = np.random.default_rng(0)
    matrix, b = rng.normal(size=(3, 5, 5)) + 5 * np.eye(5), rng.normal(size=(3, 5))

    def found(matrix, b):
        return solve(kind, factorize(kind, matrix), matrix, b)

    def wanted(matrix, b):
        return jnp.linalg.solve(matrix, b[..., None])[..., 0]

    np.testing.assert_allclose(found(matrix, b), wanted(matrix, b), rtol=1e-12)
    gradients = [
        jax.grad(lambda m, b, f=f: jnp.sum(f(m, b) ** 3), argnums=(0, 1))(matrix, b) for f in (found, wanted)
    ]
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12), *gradients)
