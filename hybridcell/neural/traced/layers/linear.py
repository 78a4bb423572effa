"""Layers that multiply with matrices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp

from hybridcell._core.errors import InvalidValueError
from hybridcell.neural.traced.algebra import Algebra
from hybridcell.neural.traced.layers.base import Shapes, TracedLayer, check_axis, positive


@dataclass(frozen=True)
class Linear(TracedLayer):
    """``x @ weight.T + bias`` over the last axis."""

    in_features: int
    out_features: int
    bias: bool = True

    def __post_init__(self) -> None:
        positive("in_features", self.in_features)
        positive("out_features", self.out_features)

    @property
    def shapes(self) -> Shapes:
        """Weight (out, in) and bias."""
        bias = {"bias": (self.out_features,)} if self.bias else {}
        return {"weight": (self.out_features, self.in_features), **bias}

    def __call__(self, alg: Algebra, arrays: Mapping[str, Any], *inputs: Any, key: Any = None) -> Any:
        """Return the product."""
        (x,) = inputs
        check_axis(x, -1, self.in_features, "features")
        product = alg.matmul(x, arrays["weight"].T)
        return product + arrays["bias"] if self.bias else product


@dataclass(frozen=True)
class Bilinear(TracedLayer):
    """``x1 weight[o] x2 + bias[o]`` over the last axes of two inputs."""

    in1_features: int
    in2_features: int
    out_features: int
    bias: bool = True

    def __post_init__(self) -> None:
        positive("in1_features", self.in1_features)
        positive("in2_features", self.in2_features)
        positive("out_features", self.out_features)

    @property
    def shapes(self) -> Shapes:
        """Weight (out, in1, in2) and bias."""
        bias = {"bias": (self.out_features,)} if self.bias else {}
        return {"weight": (self.out_features, self.in1_features, self.in2_features), **bias}

    def __call__(self, alg: Algebra, arrays: Mapping[str, Any], *inputs: Any, key: Any = None) -> Any:
        """Return the form."""
        if len(inputs) != 2:
            raise InvalidValueError(f"a bilinear layer takes 2 inputs, not {len(inputs)}.")
        first, second = inputs
        check_axis(first, -1, self.in1_features, "features in the first input")
        check_axis(second, -1, self.in2_features, "features in the second input")
        terms = first[..., None, :, None] * arrays["weight"] * second[..., None, None, :]
        form = alg.reduce("add", terms, [-2, -1])
        return form + arrays["bias"] if self.bias else form


@dataclass(frozen=True)
class Embedding(TracedLayer):
    """Rows of a table, chosen by whole numbers."""

    num_embeddings: int
    embedding_dim: int
    padding_idx: int | None = None
    max_norm: None = None
    norm_type: float = 2.0
    scale_grad_by_freq: bool = False
    sparse: bool = False

    def __post_init__(self) -> None:
        positive("num_embeddings", self.num_embeddings)
        positive("embedding_dim", self.embedding_dim)
        if self.max_norm is not None:
            raise InvalidValueError(f"max_norm is {self.max_norm}; wanted none: it would change the table.")

    @property
    def shapes(self) -> Shapes:
        """The table."""
        return {"weight": (self.num_embeddings, self.embedding_dim)}

    def __call__(self, alg: Algebra, arrays: Mapping[str, Any], *inputs: Any, key: Any = None) -> Any:
        """Return the rows."""
        (x,) = inputs
        if alg.name == "formulas":
            raise InvalidValueError("rows of a table cannot be chosen by formulas.")
        return jnp.take(arrays["weight"], jnp.asarray(x).astype(int), axis=0)
