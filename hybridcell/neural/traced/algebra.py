"""What a network computes with: arrays of numbers (JAX). `formula.py` has the same over expressions."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import jax.scipy.special as jsp
import numpy as np
from jax import lax


class Algebra:
    """Operations on arrays whose entries are numbers or formulas. Shapes are always plain integers."""

    #: Module for what only moves entries about: reshape, concatenate, take...
    xp: ModuleType
    #: Name for messages.
    name: str

    @abstractmethod
    def asarray(self, x: Any) -> Any:
        """Return an array of this algebra."""

    @abstractmethod
    def unary(self, op: str, x: Any) -> Any:
        """Apply an operator of expressions ("exp", "ln", "tanh", ...) to every entry."""

    @abstractmethod
    def binary(self, op: str, x: Any, y: Any) -> Any:
        """Apply an operator of expressions ("max", "gt", "pow", ...) entry by entry."""

    @abstractmethod
    def select(self, condition: Any, then: Any, otherwise: Any) -> Any:
        """Choose entry by entry."""

    @abstractmethod
    def relu(self, x: Any) -> Any:
        """Return the positive part, with slope 0 at 0."""

    @abstractmethod
    def clip(self, x: Any, low: float, high: float) -> Any:
        """Cut off, with slope 0 at and beyond the limits."""

    @abstractmethod
    def negative(self, x: Any) -> Any:
        """Return the negative part, with slope 1 at 0."""

    @abstractmethod
    def softplus(self, x: Any, highest: float) -> Any:
        """Return ln(1 + exp(x)), where x <= highest."""

    @abstractmethod
    def sigmoid(self, x: Any) -> Any:
        """Return 1 / (1 + exp(-x))."""

    @abstractmethod
    def expm1(self, x: Any) -> Any:
        """Return exp(x) - 1 for x <= 0."""

    @abstractmethod
    def log1p(self, x: Any) -> Any:
        """Return ln(1 + x)."""

    @abstractmethod
    def erf(self, x: Any) -> Any:
        """Return the error function."""

    @abstractmethod
    def reduce(self, op: str, x: Any, axes: Sequence[int], *, keep: bool = False) -> Any:
        """Reduce axes with "add", "mul", "max" or "min"."""

    @abstractmethod
    def matmul(self, x: Any, y: Any) -> Any:
        """Multiply matrices as NumPy does."""

    @abstractmethod
    def pad(self, x: Any, widths: Sequence[tuple[int, int, int]], fill: float) -> Any:
        """Put `fill` before, after and between entries of each axis; negative widths crop."""

    @abstractmethod
    def convolve(self, x: Any, w: Any, stride: Sequence[int], dilation: Sequence[int], groups: int) -> Any:
        """Correlate x (N, C, ...) with w (out, C / groups, ...), without padding."""

    def array(self, x: Any) -> Any:
        """Return what a step computed: arrays of no axes are arrays, too."""
        return x

    def mean(self, x: Any, axes: Sequence[int], *, keep: bool = False) -> Any:
        """Average over axes."""
        count = int(np.prod([x.shape[axis] for axis in axes]))
        return self.reduce("add", x, axes, keep=keep) / count


class Numbers(Algebra):
    """JAX arrays."""

    xp = jnp
    name = "numbers"

    def asarray(self, x: Any) -> Any:  # noqa: D102
        return jnp.asarray(x)

    def unary(self, op: str, x: Any) -> Any:  # noqa: D102
        return _UNARY[op](x)

    def binary(self, op: str, x: Any, y: Any) -> Any:  # noqa: D102
        return _BINARY[op](x, y)

    def select(self, condition: Any, then: Any, otherwise: Any) -> Any:  # noqa: D102
        return jnp.where(condition, then, otherwise)

    def relu(self, x: Any) -> Any:  # noqa: D102
        return jax.nn.relu(x)

    def clip(self, x: Any, low: float, high: float) -> Any:  # noqa: D102
        return jnp.where(x <= low, low, jnp.where(x >= high, high, x))

    def negative(self, x: Any) -> Any:  # noqa: D102
        return jnp.where(x > 0, 0.0, x)

    def softplus(self, x: Any, highest: float) -> Any:  # noqa: D102
        return jnp.logaddexp(x, 0.0)

    def sigmoid(self, x: Any) -> Any:  # noqa: D102
        return jax.nn.sigmoid(x)

    def expm1(self, x: Any) -> Any:  # noqa: D102
        return jnp.expm1(x)

    def log1p(self, x: Any) -> Any:  # noqa: D102
        return jnp.log1p(x)

    def erf(self, x: Any) -> Any:  # noqa: D102
        return jsp.erf(x)

    def reduce(self, op: str, x: Any, axes: Sequence[int], *, keep: bool = False) -> Any:  # noqa: D102
        return _REDUCE[op](x, axis=tuple(axes), keepdims=keep)

    def matmul(self, x: Any, y: Any) -> Any:  # noqa: D102
        return jnp.matmul(x, y)

    def pad(self, x: Any, widths: Sequence[tuple[int, int, int]], fill: float) -> Any:  # noqa: D102
        return lax.pad(x, jnp.asarray(fill, x.dtype), list(widths))

    def convolve(self, x: Any, w: Any, stride: Sequence[int], dilation: Sequence[int], groups: int) -> Any:  # noqa: D102
        return lax.conv_general_dilated(
            x,
            w,
            window_strides=tuple(stride),
            padding="VALID",
            rhs_dilation=tuple(dilation),
            feature_group_count=groups,
            precision=lax.Precision.HIGHEST,
        )


_UNARY: dict[str, Any] = {
    "exp": jnp.exp, "ln": jnp.log, "log10": jnp.log10, "tanh": jnp.tanh, "sqrt": jnp.sqrt, "sin": jnp.sin,
    "cos": jnp.cos, "tan": jnp.tan, "asin": jnp.arcsin, "acos": jnp.arccos, "atan": jnp.arctan,
    "sinh": jnp.sinh, "cosh": jnp.cosh, "asinh": jnp.arcsinh, "acosh": jnp.arccosh, "atanh": jnp.arctanh,
    "abs": jnp.abs, "neg": jnp.negative, "floor": jnp.floor, "ceil": jnp.ceil,
}  # fmt: skip
_BINARY: dict[str, Any] = {
    "add": jnp.add, "sub": jnp.subtract, "mul": jnp.multiply, "div": jnp.divide, "pow": jnp.power,
    "max": jnp.maximum, "min": jnp.minimum, "gt": jnp.greater, "ge": jnp.greater_equal, "lt": jnp.less,
    "le": jnp.less_equal, "eq": jnp.equal, "ne": jnp.not_equal,
}  # fmt: skip
_REDUCE: dict[str, Any] = {"add": jnp.sum, "mul": jnp.prod, "max": jnp.max, "min": jnp.min}
NUMBERS = Numbers()
