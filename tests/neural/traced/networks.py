"""Small descriptions of networks for the tests."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hybridcell._core.expressions import symbol
from hybridcell.neural.traced import TracedNetwork
from tests.neural.formulas import value_of

#: Shapes that a property of a layer is tried on, each of which compiles programs of its own.
SHAPES = 40 if os.environ.get("HYBRIDCELL_SUITE") == "all" else 12


def one_layer(type: str, args: Mapping[str, Any] | None = None, n_inputs: int = 1) -> TracedNetwork:
    """Return a network of one layer "l"."""
    names = [f"x{i}" for i in range(n_inputs)]
    return TracedNetwork(
        {
            "nn_model_id": "net",
            "inputs": [{"input_id": name} for name in names],
            "layers": [{"layer_id": "l", "layer_type": type, "args": dict(args or {})}],
            "forward": [
                *({"name": name, "op": "placeholder", "target": name} for name in names),
                {"name": "l", "op": "call_module", "target": "l", "args": names},
                {"name": "output", "op": "output", "target": "output", "args": ["l"]},
            ],
        }
    )


def one_call(
    target: str,
    args: Sequence[Any] = ("x0",),
    kwargs: Mapping[str, Any] | None = None,
    *,
    n_inputs: int = 1,
    op: str = "call_function",
) -> TracedNetwork:
    """Return a network of one function call on the inputs "x0", "x1"..."""
    names = [f"x{i}" for i in range(n_inputs)]
    return TracedNetwork(
        {
            "nn_model_id": "net",
            "inputs": [{"input_id": name} for name in names],
            "layers": [],
            "forward": [
                *({"name": name, "op": "placeholder", "target": name} for name in names),
                {"name": "f", "op": op, "target": target, "args": list(args), "kwargs": dict(kwargs or {})},
                {"name": "output", "op": "output", "target": "output", "args": ["f"]},
            ],
        }
    )


def drawn(network: TracedNetwork, seed: int = 0) -> dict[str, np.ndarray]:
    """Return random arrays."""
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=shape) for name, shape in network.array_shapes.items()}


def by_formula(network: TracedNetwork, arrays: Mapping[str, Any], *inputs: Any) -> tuple[np.ndarray, ...]:
    """Write a network as formulas of symbols and compute them."""
    known: dict[str, float] = {}

    def symbols(prefix: str, array: Any) -> np.ndarray:
        array = np.asarray(array, dtype=float)
        found = np.empty(array.shape, dtype=object)
        for place in np.ndindex(array.shape):
            name = "_".join(map(str, (prefix, *place)))
            known[name] = array[place]
            found[place] = symbol(name)
        return found

    weights = {name: symbols(name, array) for name, array in arrays.items()}
    outputs = network.symbolic(weights, *(symbols(f"x{i}", x) for i, x in enumerate(inputs)))
    return tuple(np.reshape([float(value_of(entry, known)) for entry in y.ravel()], y.shape) for y in outputs)
