"""A small multilayer perceptron whose arrays are Parameters, usable on JAX and NumPy arrays alike."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hybridcell._core.arrays import namespace
from hybridcell._core.errors import check_choice
from hybridcell._core.parameter import Parameter

ACTIVATIONS = ("tanh", "softplus", "sigmoid", "linear")


def activate(name: str, z: Any) -> Any:
    """Return the activation of z, elementwise."""
    xp = namespace(z)
    if name == "tanh":
        return xp.tanh(z)
    if name == "softplus":
        return xp.logaddexp(z, 0.0)
    if name == "sigmoid":
        return 0.5 * (1.0 + xp.tanh(0.5 * z))
    return z


class PerceptronField(eqx.Module):
    """A perceptron with plain arrays; the last layer is linear."""

    weights: tuple[Float[Array, "o i"], ...]
    biases: tuple[Float[Array, " o"], ...]
    activation: str = eqx.field(static=True)

    def __call__(self, z: Float[Array, "c i"]) -> Float[Array, "c o"]:
        """Return the outputs for a batch of inputs."""
        last = len(self.weights) - 1
        for layer, (w, b) in enumerate(zip(self.weights, self.biases)):
            z = z @ w.T + b
            if layer < last:
                z = activate(self.activation, z)
        return z


class Perceptron(eqx.Module):
    """Weights and hidden biases of a perceptron that is zero where its inputs are.

    States and inputs are changes against the control: with a free bias in the last layer, the control would
    no longer rest. That bias is therefore not a number of its own but what makes the output at zero input
    vanish. The last layer's weights start at zero, so that the perceptron starts as nothing.
    """

    weights: tuple[Parameter, ...]
    biases: tuple[Parameter, ...]
    activation: str = eqx.field(static=True)

    def __init__(self, sizes: tuple[int, ...], *, activation: str, key: PRNGKeyArray):
        self.activation = check_choice("activation", activation, ACTIVATIONS)
        keys = jr.split(key, len(sizes) - 1)
        weights, biases = [], []
        for layer, (n_in, n_out) in enumerate(pairwise(sizes)):
            is_last = layer == len(sizes) - 2
            drawn = np.zeros((n_out, n_in)) if is_last else np.asarray(jr.normal(keys[layer], (n_out, n_in)))
            weights.append(Parameter(drawn / np.sqrt(n_in)))
            if not is_last:
                biases.append(Parameter(np.zeros(n_out)))
        self.weights, self.biases = tuple(weights), tuple(biases)

    def field(self) -> PerceptronField:
        """Return the perceptron with plain arrays."""
        weights = tuple(w.value for w in self.weights)
        biases = tuple(b.value for b in self.biases)
        z = jnp.zeros(weights[0].shape[1], dtype=weights[0].dtype)
        for w, b in zip(weights, biases):
            z = activate(self.activation, w @ z + b)
        return PerceptronField(weights, (*biases, -weights[-1] @ z), self.activation)
