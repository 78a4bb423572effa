"""Layers that only move entries about, and activations as layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hybridcell.neural.traced import functions
from hybridcell.neural.traced.activations import ACTIVATIONS
from hybridcell.neural.traced.algebra import Algebra
from hybridcell.neural.traced.binding import bind
from hybridcell.neural.traced.layers.base import Shapes, TracedLayer, positive


@dataclass(frozen=True)
class Flatten(TracedLayer):
    """Merge axes; unlike the function it leaves the first axis alone by default."""

    start_dim: int = 1
    end_dim: int = -1

    def __call__(self, alg: Algebra, arrays: Mapping[str, Any], *inputs: Any, key: Any = None) -> Any:
        """Return the flat array."""
        return functions.flatten(alg, inputs[0], self.start_dim, self.end_dim)


@dataclass(frozen=True)
class Unflatten(TracedLayer):
    """Split an axis."""

    dim: int
    unflattened_size: Sequence[int]

    def __call__(self, alg: Algebra, arrays: Mapping[str, Any], *inputs: Any, key: Any = None) -> Any:
        """Return the split array."""
        return functions.unflatten(alg, inputs[0], self.dim, self.unflattened_size)


@dataclass(frozen=True)
class Identity(TracedLayer):
    """Nothing."""

    def __call__(self, alg: Algebra, arrays: Mapping[str, Any], *inputs: Any, key: Any = None) -> Any:
        """Return the input."""
        return inputs[0]


@dataclass(frozen=True)
class PReLU(TracedLayer):
    """A leaky rectifier with slopes of its own."""

    num_parameters: int = 1
    init: float = 0.25

    def __post_init__(self) -> None:
        positive("num_parameters", self.num_parameters)

    @property
    def shapes(self) -> Shapes:
        """The slopes."""
        return {"weight": (self.num_parameters,)}

    def __call__(self, alg: Algebra, arrays: Mapping[str, Any], *inputs: Any, key: Any = None) -> Any:
        """Return the rectified input."""
        return ACTIVATIONS["prelu"](alg, inputs[0], arrays["weight"])


@dataclass(frozen=True, eq=False)
class Activation(TracedLayer):
    """An activation as a layer; its arguments are those of the function."""

    function: str
    args: Mapping[str, Any]

    def __post_init__(self) -> None:
        bind(self.function, ACTIVATIONS[self.function], (), self.args, skipped=2)

    def __call__(self, alg: Algebra, arrays: Mapping[str, Any], *inputs: Any, key: Any = None) -> Any:
        """Return the activation."""
        args, kwargs = bind(self.function, ACTIVATIONS[self.function], (), self.args, skipped=2)
        return ACTIVATIONS[self.function](alg, inputs[0], *args, **kwargs)


#: Layer type -> name of the function.
ACTIVATION_LAYERS = {
    "ReLU": "relu", "ReLU6": "relu6", "ELU": "elu", "SELU": "selu", "CELU": "celu", "GELU": "gelu",
    "SiLU": "silu", "Mish": "mish", "Hardtanh": "hardtanh", "Hardswish": "hardswish", "Tanh": "tanh",
    "Hardsigmoid": "hardsigmoid", "Hardshrink": "hardshrink", "Softshrink": "softshrink",
    "Tanhshrink": "tanhshrink", "LeakyReLU": "leaky_relu", "RReLU": "rrelu", "LogSigmoid": "logsigmoid",
    "Sigmoid": "sigmoid", "Softplus": "softplus", "Softsign": "softsign", "Threshold": "threshold",
    "Softmax": "softmax", "Softmin": "softmin", "LogSoftmax": "log_softmax", "GLU": "glu",
}  # fmt: skip
