"""Layers of neural networks inside a network of reactions are computed as matrices."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from numpy.testing import assert_allclose

import hybridcell as hc
from hybridcell.mechanisms.interpreter import Interpreter, rates_of_change
from hybridcell.mechanisms.program.products import multiply
from hybridcell.simulate.kinetics.simulate import system_of


@pytest.fixture(scope="module")
def hybrid():
    network = hc.read_sbml(hc.networks.load("mapk_oscillator"))
    made = network + hc.NeuralResidual(width=12, conserve=False, positive=False, key=jr.key(0))
    values = np.array(made.values)
    rng = np.random.default_rng(0)
    weights = [made.equations.constants.index(id) for id in made.holes.holes[0].weights]
    values[weights] = 0.1 * rng.normal(size=len(weights))
    return made.with_values(values)


@pytest.fixture(scope="module")
def system(hybrid):
    return system_of(hybrid.equations, universal=False)


def products(system):
    return [one for level in system.evaluator.terms.levels for one in level.products]


def test_both_layers_are_found_and_their_weights_stand_side_by_side(system):
    # the last layer reads the hidden units and, past them, the inputs
    assert [one.shape for one in products(system)] == [(8, 12), (20, 8)]
    assert all(one.first is not None for one in products(system))
    assert products(system)[0].diagonal


def test_rates_are_those_of_the_interpreter(hybrid, system):
    x = np.random.default_rng(1).uniform(1, 100, hybrid.equations.n)
    p = np.asarray(hybrid.values)
    wanted = Interpreter(rates_of_change(hybrid.equations), hybrid.equations)(0.0, x, p)
    assert_allclose(system.rhs(0.0, x, p), wanted, rtol=1e-12, atol=1e-12 * np.abs(wanted).max())


def test_the_jacobian_is_that_of_the_rates(hybrid, system):
    x, p = np.random.default_rng(2).uniform(1, 100, hybrid.equations.n), hybrid.values
    wanted = jax.jit(jax.jacfwd(lambda x: system.rhs(0.0, x, p)))(jnp.asarray(x))
    found = jax.jit(lambda x: system.jacobian(0.0, x, p))(x)
    assert_allclose(found, wanted, rtol=1e-10, atol=1e-12 * np.abs(wanted).max())


def test_conditions_side_by_side_are_as_one_by_one(hybrid, system):
    rng = np.random.default_rng(3)
    x = rng.uniform(1, 100, (hybrid.equations.n, 3))
    p = np.asarray(hybrid.values)[:, None] * rng.uniform(0.9, 1.1, (len(hybrid.values), 3))
    rhs = jax.jit(lambda t, x, p: system.rhs(t, x, p))
    together = rhs(jnp.zeros(3), x, p)
    alone = np.stack([rhs(0.0, x[:, c], p[:, c]) for c in range(3)], axis=1)
    assert_allclose(together, alone, rtol=1e-12, atol=1e-12 * np.abs(alone).max())


@pytest.mark.parametrize("count", [1, 7, 8, 19])
def test_a_product_is_a_product(count):
    rng = np.random.default_rng(count)
    weights, right = rng.normal(size=(count, 5)), rng.normal(size=(count, 3))
    assert_allclose(multiply(jnp.asarray(weights), jnp.asarray(right)), weights.T @ right, rtol=1e-12)


def test_the_gradient_of_a_trajectory_is_that_of_differences(hybrid):
    ts = np.linspace(0, 20, 5)
    solve = hc.Solve(rtol=1e-9, sensitivity="adjoint")

    def loss(values):
        return jnp.sum(hc.simulate(hybrid.with_values(values), t1=20.0, ts=ts, solve=solve).values ** 2)

    # one program for values and slopes
    both = jax.jit(jax.value_and_grad(loss))
    slope = both(hybrid.values)[1]
    for id in ("nn_residual_w1_3_2", "nn_residual_w2_2_5", "nn_residual_b1_4", "nn_residual_l_1_2"):
        i = hybrid.equations.constants.index(id)
        step = np.zeros(len(slope))
        step[i] = 1e-5
        wanted = (both(hybrid.values + step)[0] - both(hybrid.values - step)[0]) / 2e-5
        assert_allclose(slope[i], wanted, rtol=1e-4)
