from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell.mechanisms.gene_network import GeneNetwork, equilibrium, warm_equilibrium


@pytest.fixture
def net():
    weights = np.array([[0.0, 0.0, -2.0], [3.0, 0.0, 0.0], [0.0, 1.5, 0.0]])
    return GeneNetwork.build(weights, reference=np.array([0.7, 0.5, 0.3]))


MADE = jnp.array([[1.0, 1.0, 1.0], [0.0, 1.0, 1.0], [1.0, 0.5, 1.0]])


def test_nothing_moves_at_the_steady_state(net):
    x, residual = equilibrium(net, MADE)
    assert residual.max() < 1e-12
    np.testing.assert_allclose(x[0], net.reference, rtol=1e-10)
    np.testing.assert_allclose(x[1, 0], 0.0, atol=1e-12)


def test_a_warm_start_stays(net):
    x, _ = equilibrium(net, MADE)
    again = warm_equilibrium(net, MADE, x, jnp.zeros_like(x))
    np.testing.assert_allclose(again, x, atol=1e-12)


def test_the_gradient_is_that_of_the_steady_state(net):
    x, _ = equilibrium(net, MADE)

    def total(weight, settle):
        changed = eqx.tree_at(lambda g: g.weights, net, net.weights.at[1, 0].set(weight))
        return jnp.sum(settle(changed) * jnp.arange(9.0).reshape(3, 3))

    def warm(changed):
        return warm_equilibrium(changed, MADE, x, jnp.zeros_like(x), n_steps=100)

    slope = jax.grad(lambda w: total(w, warm))(3.0)
    step = 1e-5
    ends = [total(3.0 + s, lambda g: equilibrium(g, MADE)[0]) for s in (step, -step)]
    assert float(slope) == pytest.approx(float(ends[0] - ends[1]) / (2 * step), rel=1e-6)


def test_the_adjoint_that_was_found_is_handed_back(net):
    x, _ = equilibrium(net, MADE)

    def total(adjoint):
        return jnp.sum(warm_equilibrium(net, MADE, x, adjoint, n_steps=100))

    found = jax.grad(total)(jnp.zeros_like(x))
    jacobian = jax.vmap(jax.jacobian(lambda level, made: net.production(level, made)))(x, MADE)
    expected = np.linalg.solve(np.eye(3) - np.swapaxes(jacobian, 1, 2), np.ones((3, 3, 1)))[..., 0]
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_what_circles_is_averaged_and_told():
    # two genes that repress themselves through each other, far too steeply to settle
    strong = GeneNetwork.build(
        np.array([[0.0, 40.0], [-40.0, 0.0]]), reference=np.array([0.5, 0.5]), steepness=6.0
    )
    x, residual = equilibrium(strong, jnp.array([[1.0, 0.9]]))
    assert residual[0] > 1e-3
    assert ((x >= 0) & (x <= 1)).all()
