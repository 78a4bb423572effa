from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.parameter import count_trainable
from hybridcell.neural.perceptron import ACTIVATIONS, Perceptron, activate
from tests.tolerances import ANALYTIC

Z = np.linspace(-3.0, 3.0, 13)
BY_HAND = {
    "tanh": np.tanh,
    "softplus": lambda z: np.log1p(np.exp(z)),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "linear": lambda z: z,
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_are_the_formulas_on_both_backends(name):
    np.testing.assert_allclose(activate(name, Z), BY_HAND[name](Z), **ANALYTIC)
    np.testing.assert_allclose(activate(name, jnp.asarray(Z)), BY_HAND[name](Z), **ANALYTIC)


def test_activations_do_not_overflow():
    assert activate("softplus", np.array([-800.0, 800.0])).tolist() == [0.0, 800.0]
    assert activate("sigmoid", np.array([-800.0, 800.0])).tolist() == [0.0, 1.0]


def test_layers_are_affine_with_activations_between():
    network = Perceptron((2, 3, 1), activation="sigmoid", key=jr.key(0))
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape) for shape in ((3, 2), (3,), (1, 3))]
    filled = eqx.tree_at(lambda p: [p.weights[0].raw, p.biases[0].raw, p.weights[1].raw], network, arrays)
    z = rng.normal(size=(4, 2))
    w0, b0, w1 = arrays
    hidden = 1 / (1 + np.exp(-(z @ w0.T + b0))) - 1 / (1 + np.exp(-b0))
    field = jax.tree.map(np.asarray, filled.field())
    np.testing.assert_allclose(field(z), hidden @ w1.T, **ANALYTIC)
    np.testing.assert_allclose(field(np.zeros((1, 2))), 0.0, atol=1e-14)


def test_it_starts_as_nothing_with_hidden_layers_that_differ_by_key():
    one, two = (Perceptron((3, 5, 5, 2), activation="tanh", key=jr.key(i)) for i in (0, 1))
    assert not np.any(one.weights[-1].raw)
    assert not any(np.any(bias.raw) for bias in one.biases)
    assert not np.array_equal(one.weights[0].raw, two.weights[0].raw)
    assert not np.array_equal(one.weights[0].raw[:, :3], one.weights[1].raw[:, :3])
    assert count_trainable(one) == (3 * 5 + 5) + (5 * 5 + 5) + 5 * 2
    assert count_trainable(Perceptron((3, 2), activation="tanh", key=jr.key(0))) == 6


def test_an_unknown_activation_names_the_nearest():
    with pytest.raises(InvalidValueError, match="Did you mean 'sigmoid'"):
        Perceptron((1, 1), activation="sigmoidal", key=jr.key(0))
