"""Arithmetic and reductions of tensors; names and arguments are PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell.neural.traced.algebra import Algebra


def add(alg: Algebra, input: Any, other: Any, *, alpha: float = 1) -> Any:
    """Add."""
    return input + (other if alpha == 1 else alpha * other)


def sub(alg: Algebra, input: Any, other: Any, *, alpha: float = 1) -> Any:
    """Subtract."""
    return input - (other if alpha == 1 else alpha * other)


def mul(alg: Algebra, input: Any, other: Any) -> Any:
    """Multiply entry by entry."""
    return input * other


def div(alg: Algebra, input: Any, other: Any) -> Any:
    """Divide entry by entry."""
    return input / other


def pow(alg: Algebra, input: Any, exponent: Any) -> Any:
    """Raise to a power; a whole one also of negative numbers."""
    if isinstance(exponent, float) and exponent.is_integer() and abs(exponent) < 64:
        exponent = int(exponent)
    return input**exponent


def square(alg: Algebra, x: Any) -> Any:
    """Multiply with itself."""
    return x * x


def reciprocal(alg: Algebra, x: Any) -> Any:
    """Divide 1 by it."""
    return 1.0 / x


def rsqrt(alg: Algebra, x: Any) -> Any:
    """Divide 1 by the root."""
    return 1.0 / alg.unary("sqrt", x)


def expm1(alg: Algebra, x: Any) -> Any:
    """Return exp(x) - 1."""
    above = alg.relu(x)
    return alg.expm1(alg.negative(x)) - alg.expm1(-above) * alg.unary("exp", above)


def log1p(alg: Algebra, x: Any) -> Any:
    """Return ln(1 + x)."""
    return alg.log1p(x)


def erf(alg: Algebra, x: Any) -> Any:
    """Return the error function."""
    return alg.erf(x)


def clamp(alg: Algebra, x: Any, min: Any = None, max: Any = None) -> Any:
    """Cut off below and above."""
    raised = x if min is None else alg.binary("max", x, min)
    return raised if max is None else alg.binary("min", raised, max)


def matmul(alg: Algebra, input: Any, other: Any) -> Any:
    """Multiply matrices."""
    return alg.matmul(input, other)


def linear(alg: Algebra, input: Any, weight: Any, bias: Any = None) -> Any:
    """Return ``input @ weight.T + bias``."""
    product = alg.matmul(input, weight.T)
    return product if bias is None else product + bias


def sum(alg: Algebra, input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Sum over axes."""
    return alg.reduce("add", input, _axes(input, dim), keep=keepdim)


def mean(alg: Algebra, input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Average over axes."""
    return alg.mean(input, _axes(input, dim), keep=keepdim)


def prod(alg: Algebra, input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Multiply over axes."""
    return alg.reduce("mul", input, _axes(input, dim), keep=keepdim)


def amax(alg: Algebra, input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Return the largest entry over axes."""
    return alg.reduce("max", input, _axes(input, dim), keep=keepdim)


def amin(alg: Algebra, input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Return the smallest entry over axes."""
    return alg.reduce("min", input, _axes(input, dim), keep=keepdim)


def max(alg: Algebra, input: Any, other: Any = None) -> Any:
    """Return the largest entry, or the larger of two entry by entry."""
    _without_axis("max", other)
    return amax(alg, input) if other is None else alg.binary("max", input, other)


def min(alg: Algebra, input: Any, other: Any = None) -> Any:
    """Return the smallest entry, or the smaller of two entry by entry."""
    _without_axis("min", other)
    return amin(alg, input) if other is None else alg.binary("min", input, other)


def var(alg: Algebra, input: Any, dim: Any = None, *, correction: int = 1, keepdim: bool = False) -> Any:
    """Return the variance over axes, by default the unbiased one."""
    axes = _axes(input, dim)
    count = int(np.prod([input.shape[axis] for axis in axes]))
    away = input - alg.mean(input, axes, keep=True)
    return alg.reduce("add", away * away, axes, keep=keepdim) / (count - correction)


def std(alg: Algebra, input: Any, dim: Any = None, *, correction: int = 1, keepdim: bool = False) -> Any:
    """Return the standard deviation over axes, by default the unbiased one."""
    return alg.unary("sqrt", var(alg, input, dim, correction=correction, keepdim=keepdim))


def where(alg: Algebra, condition: Any, input: Any, other: Any) -> Any:
    """Choose entry by entry."""
    return alg.select(condition, input, other)


def _without_axis(name: str, other: Any) -> None:
    if isinstance(other, int):
        raise InvalidValueError(f"{name} over an axis also gives places, which are not numbers; use a{name}.")


def axis_of(x: Any, axis: int) -> int:
    """Return an axis counted from the front."""
    if not -x.ndim <= axis < x.ndim:
        raise InvalidValueError(f"axis {axis} does not exist in an array with {x.ndim} axes.")
    return axis % x.ndim


def _axes(x: Any, dim: Any) -> list[int]:
    if dim is None:
        return list(range(x.ndim))
    return [axis_of(x, axis) for axis in ([dim] if isinstance(dim, int) else dim)]


def _unary(op: str) -> Callable[..., Any]:
    return lambda alg, x: alg.unary(op, x)


def _binary(op: str) -> Callable[..., Any]:
    return lambda alg, input, other: alg.binary(op, input, other)


_UNARY = {
    "exp": "exp", "log": "ln", "log10": "log10", "sqrt": "sqrt", "sin": "sin", "cos": "cos", "tan": "tan",
    "asin": "asin", "acos": "acos", "atan": "atan", "arcsin": "asin", "arccos": "acos", "arctan": "atan",
    "sinh": "sinh", "cosh": "cosh", "asinh": "asinh", "acosh": "acosh", "atanh": "atanh", "abs": "abs",
    "absolute": "abs", "neg": "neg", "negative": "neg", "floor": "floor", "ceil": "ceil",
}  # fmt: skip
_COMPARISONS = ("gt", "ge", "lt", "le", "eq", "ne")

#: Name -> function of (algebra, its arguments).
ARITHMETIC: dict[str, Callable[..., Any]] = {
    **{
        f.__name__: f
        for f in (
            add, sub, mul, div, pow, square, reciprocal, rsqrt, expm1, log1p, erf, clamp, matmul, linear,
            sum, mean, prod, amax, amin, max, min, var, std, where,
        )
    },
    **{name: _unary(op) for name, op in _UNARY.items()},
    **{name: _binary(name) for name in _COMPARISONS},
    **dict.fromkeys(("truediv", "divide", "true_divide"), div),
    **dict.fromkeys(("mm", "bmm", "mv", "dot"), matmul),
    "maximum": _binary("max"),
    "minimum": _binary("min"),
    "multiply": mul,
    "subtract": sub,
    "clip": clamp,
}  # fmt: skip
