"""Export of a multilayer perceptron of Equinox to a described network and its weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from hybridcell._core.errors import InvalidValueError, check_choice
from hybridcell.neural.traced.activations import ACTIVATIONS
from hybridcell.neural.traced.algebra import NUMBERS
from hybridcell.neural.traced.description import LayerDescription, NetworkDescription, StepDescription
from hybridcell.neural.traced.network import TracedNetwork

#: Where activations are compared, away from the kinks of most.
_PLACES = np.array([-7.3, -2.1, -0.8, -0.31, -0.02, 0.0, 0.013, 0.27, 0.66, 1.7, 4.9, 8.2])
_IDENTITY = "linear"
#: Entry by entry, with the arguments that JAX has by default.
_CANDIDATES: dict[str, dict[str, Any]] = {
    "relu": {}, "tanh": {}, "sigmoid": {}, "softplus": {}, "silu": {}, "gelu": {"approximate": "tanh"},
    "elu": {}, "selu": {}, "celu": {}, "leaky_relu": {}, "relu6": {}, "softsign": {}, "hardtanh": {},
    "hardsigmoid": {}, "hardswish": {}, "logsigmoid": {}, "mish": {}, "tanhshrink": {},
}  # fmt: skip


def trace_mlp(
    mlp: eqx.nn.MLP, *, id: str = "net1", activation: str | None = None, final_activation: str | None = None
) -> tuple[TracedNetwork, dict[str, np.ndarray]]:
    """Return a perceptron as a described network, and its weights.

    Parameters
    ----------
    mlp
    id
        Of the network.
    activation, final_activation
        Names as in PyTorch, or "linear". None: the one that gives the same numbers as the perceptron's.

    Returns
    -------
    TracedNetwork
        With the layers "layer1", "layer2", ...
    dict of str to ndarray
        Weights by "layer.array".

    Raises
    ------
    InvalidValueError
        An activation is none that a file can name.

    Examples
    --------
    >>> import equinox as eqx, jax, numpy as np
    >>> from hybridcell.neural.traced import trace_mlp
    >>> mlp = eqx.nn.MLP(2, 1, width_size=5, depth=2, activation=jax.nn.tanh, key=jax.random.key(0))
    >>> network, arrays = trace_mlp(mlp)
    >>> list(network.array_shapes)[:2]
    ['layer1.weight', 'layer1.bias']
    >>> x = np.array([0.3, 0.7])
    >>> bool(np.allclose(network(arrays, x)[0], mlp(x)))
    True
    """
    last = len(mlp.layers) - 1
    between = (
        _recognized("activation", activation, mlp.activation, mlp.width_size) if last else (_IDENTITY, {})
    )
    final = _recognized("final_activation", final_activation, mlp.final_activation, mlp.out_size)
    layers: list[LayerDescription] = []
    steps = [StepDescription(name="net_input", op="placeholder", target="net_input")]
    arrays: dict[str, np.ndarray] = {}
    for i, linear in enumerate(mlp.layers):
        name = f"layer{i + 1}"
        n_out, n_in = linear.weight.shape
        arrays[f"{name}.weight"] = np.asarray(linear.weight, dtype=float)
        if linear.bias is not None:
            arrays[f"{name}.bias"] = np.asarray(linear.bias, dtype=float).reshape(n_out)
        args = {"in_features": n_in, "out_features": n_out, "bias": linear.bias is not None}
        layers.append(LayerDescription(id=name, type="Linear", args=args))
        steps.append(StepDescription(name=name, op="call_module", target=name, args=(steps[-1].name,)))
        steps += _activation(i + 1, *(final if i == last else between))
    steps.append(StepDescription(name="output", op="output", target="output", args=(steps[-1].name,)))
    description = NetworkDescription(id=id, inputs=("input0",), layers=tuple(layers), forward=tuple(steps))
    return TracedNetwork(description), arrays


def _activation(layer: int, function: str, kwargs: dict[str, Any]) -> list[StepDescription]:
    if function == _IDENTITY:
        return []
    name, args = f"{function}_{layer}", (f"layer{layer}",)
    return [StepDescription(name=name, op="call_function", target=function, args=args, kwargs=kwargs)]


def _recognized(
    what: str, name: str | None, function: Callable[..., Any], width: int | str
) -> tuple[str, dict[str, Any]]:
    if name is not None:
        return check_choice(what, name, (*_CANDIDATES, _IDENTITY)), {}
    found = _values(function, width)
    if np.allclose(found, _PLACES, rtol=1e-12, atol=1e-12):
        return _IDENTITY, {}
    for candidate, kwargs in _CANDIDATES.items():
        own = ACTIVATIONS[candidate](NUMBERS, jnp.asarray(_PLACES, dtype=jnp.result_type(float)), **kwargs)
        if np.allclose(found, own, rtol=1e-6, atol=1e-7):
            return candidate, kwargs
    raise InvalidValueError(
        f"{what} is {getattr(function, '__name__', function)!r:.60}, none of those that a file can name: "
        f"{', '.join(_CANDIDATES)}. Give its name as {what}=... if it is one of them."
    )


def _values(function: Callable[..., Any], width: int | str) -> np.ndarray:
    if width == "scalar":
        return np.asarray([function(jnp.asarray(x)) for x in _PLACES])
    # Equinox has one activation per unit: what counts is what it does with vectors of this length
    units = eqx.filter_vmap(lambda f, x: f(x))
    return np.asarray([units(function, jnp.full(int(width), x))[0] for x in _PLACES])
