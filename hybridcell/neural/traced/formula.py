"""The algebra of formulas: arrays of expressions, for networks inside a right-hand side."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, reduce
from itertools import product
from math import factorial, pi, sqrt
from typing import Any

import numpy as np
from scipy.special import erfcx

from hybridcell._core.expressions import Expression, apply, number
from hybridcell._core.expressions.expression import product as product_of
from hybridcell._core.expressions.expression import total
from hybridcell.neural.traced.algebra import Algebra


class Term:
    """An expression with the arithmetic of Python, so that NumPy can compute with arrays of them."""

    __slots__ = ("expression",)

    def __init__(self, expression: Expression):
        self.expression = expression

    def __add__(self, other: Any) -> Term:
        return _operator("add", self, other)

    def __radd__(self, other: Any) -> Term:
        return _operator("add", other, self)

    def __sub__(self, other: Any) -> Term:
        return _operator("sub", self, other)

    def __rsub__(self, other: Any) -> Term:
        return _operator("sub", other, self)

    def __mul__(self, other: Any) -> Term:
        return _operator("mul", self, other)

    def __rmul__(self, other: Any) -> Term:
        return _operator("mul", other, self)

    def __truediv__(self, other: Any) -> Term:
        return _operator("div", self, other)

    def __rtruediv__(self, other: Any) -> Term:
        return _operator("div", other, self)

    def __pow__(self, other: Any) -> Term:
        return _operator("pow", self, other)

    def __rpow__(self, other: Any) -> Term:
        return _operator("pow", other, self)

    def __neg__(self) -> Term:
        return _apply("neg", self)


def expression_of(value: Any) -> Expression:
    """Return the expression of a term, an expression or a number."""
    if isinstance(value, Term):
        return value.expression
    return value if isinstance(value, Expression) else number(float(value))


def _apply(op: str, *args: Any) -> Term:
    return Term(apply(op, *map(expression_of, args)))


def _operator(op: str, left: Any, right: Any) -> Any:
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        return NotImplemented  # an array computes with its entries itself
    return _apply(op, left, right)


def _entrywise(function: Any, *arrays: Any) -> Any:
    return np.asarray(np.frompyfunc(function, len(arrays), 1)(*arrays), dtype=object)


class Formulas(Algebra):
    """NumPy arrays of `Term`."""

    xp = np
    name = "formulas"

    def asarray(self, x: Any) -> Any:  # noqa: D102
        return _entrywise(lambda entry: Term(expression_of(entry)), np.asarray(x, dtype=object))

    def array(self, x: Any) -> Any:  # noqa: D102
        # NumPy makes the entry of what has no axes
        return np.asarray(x, dtype=object) if isinstance(x, Term) else x

    def unary(self, op: str, x: Any) -> Any:  # noqa: D102
        return _entrywise(lambda a: _apply(op, a), x)

    def binary(self, op: str, x: Any, y: Any) -> Any:  # noqa: D102
        return _entrywise(lambda a, b: _apply(op, a, b), x, y)

    def select(self, condition: Any, then: Any, otherwise: Any) -> Any:  # noqa: D102
        return _entrywise(lambda c, a, b: _apply("if", c, a, b), condition, then, otherwise)

    def relu(self, x: Any) -> Any:  # noqa: D102
        return self.binary("max", x, 0.0)

    def clip(self, x: Any, low: float, high: float) -> Any:  # noqa: D102
        return self.binary("min", self.binary("max", x, low), high)

    def negative(self, x: Any) -> Any:  # noqa: D102
        return self.binary("min", x, 0.0)

    def softplus(self, x: Any, highest: float) -> Any:  # noqa: D102
        # smooth also at 0, unlike max(x, 0) + ln(1 + exp(-|x|))
        bounded = self.binary("min", x, min(highest, 500.0))
        return self.unary("ln", 1.0 + self.unary("exp", bounded))

    def sigmoid(self, x: Any) -> Any:  # noqa: D102
        return 0.5 * (1.0 + self.unary("tanh", 0.5 * x))

    def expm1(self, x: Any) -> Any:  # noqa: D102
        # exact for small x, unlike exp(x) - 1
        half = self.unary("tanh", 0.5 * x)
        return 2.0 * half / (1.0 - half)

    def log1p(self, x: Any) -> Any:  # noqa: D102
        # exact for small x, unlike ln(1 + x), which is exact for all others
        small = self.clip(x, -0.5, 0.5)
        near = 2.0 * self.unary("atanh", small / (2.0 + small))
        inside = self.binary("lt", self.unary("abs", x), 0.5)
        return self.select(inside, near, self.unary("ln", 1.0 + x))

    def erf(self, x: Any) -> Any:  # noqa: D102
        small = self.clip(x, -1.0, 1.0)
        square, series = small * small, 0.0
        for coefficient in reversed(_ERF_SERIES):
            series = series * square + coefficient
        # erfcx = exp(x^2) erfc is smooth from 1 on and a short Chebyshev series in this variable
        size = self.binary("max", self.unary("abs", x), 1.0)
        place = 1.0 - 2.0 * _SPREAD / (size + (_SPREAD - 1.0))
        before, last = 0.0, 0.0
        for coefficient in _erfcx_series()[:0:-1]:
            before, last = last, 2.0 * place * last - before + coefficient
        tail = place * last - before + _erfcx_series()[0]
        above = 1.0 - self.unary("exp", -(x * x)) * tail
        far = self.select(self.binary("lt", x, 0.0), -above, above)
        return self.select(self.binary("lt", self.unary("abs", x), 1.0), small * series, far)

    def reduce(self, op: str, x: Any, axes: Sequence[int], *, keep: bool = False) -> Any:  # noqa: D102
        gone = sorted(axis % x.ndim for axis in axes)
        kept = [axis for axis in range(x.ndim) if axis not in gone]
        moved = np.transpose(x, kept + gone).reshape(*(x.shape[axis] for axis in kept), -1)
        result = np.empty(moved.shape[:-1], dtype=object)
        for place in np.ndindex(result.shape):
            result[place] = Term(_REDUCE[op]([expression_of(entry) for entry in moved[place]]))
        return np.expand_dims(result, gone) if keep else result

    def matmul(self, x: Any, y: Any) -> Any:  # noqa: D102
        x, y = np.asarray(x, dtype=object), np.asarray(y, dtype=object)
        left = x if x.ndim > 1 else x[None, :]
        right = y if y.ndim > 1 else y[:, None]
        found = self.reduce("add", left[..., :, :, None] * right[..., None, :, :], [-2])
        found = found if x.ndim > 1 else found[..., 0, :]
        return found if y.ndim > 1 else found[..., 0]

    def pad(self, x: Any, widths: Sequence[tuple[int, int, int]], fill: float) -> Any:  # noqa: D102
        for axis, (low, high, between) in enumerate(widths):
            n = x.shape[axis]
            places = np.arange(n) * (between + 1)
            spread = (n - 1) * (between + 1) + 1 if n else 0
            shape = list(x.shape)
            shape[axis] = spread + low + high
            wide = np.full(shape, Term(number(fill)), dtype=object)
            inside = (places + low >= 0) & (places + low < shape[axis])
            index: list[Any] = [slice(None)] * x.ndim
            index[axis] = places[inside] + low
            wide[tuple(index)] = np.compress(inside, x, axis=axis)
            x = wide
        return x

    def convolve(self, x: Any, w: Any, stride: Sequence[int], dilation: Sequence[int], groups: int) -> Any:  # noqa: D102
        kernel = w.shape[2:]
        sizes = [(n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation)]
        per_in, per_out = w.shape[1], w.shape[0] // groups
        result = np.empty((x.shape[0], w.shape[0], *sizes), dtype=object)
        for n, out, *place in product(*map(range, result.shape)):
            group = out // per_out
            window = tuple(
                slice(i * s, i * s + d * (k - 1) + 1, d)
                for i, s, d, k in zip(place, stride, dilation, kernel)
            )
            seen = x[(n, slice(group * per_in, (group + 1) * per_in), *window)]
            terms = [expression_of(a * b) for a, b in zip(seen.ravel(), w[out].ravel())]
            result[(n, out, *place)] = Term(total(terms))
        return result


#: Of erf(x) / x in powers of the square of x, up to 1.
_ERF_SERIES = tuple((-1) ** n * 2 / (sqrt(pi) * factorial(n) * (2 * n + 1)) for n in range(18))
#: How far beyond 1 the middle of the half-line is under the map to [-1, 1).
_SPREAD = 3.0


@cache
def _erfcx_series() -> tuple[float, ...]:
    def mapped(t: Any) -> Any:
        return erfcx(1.0 - _SPREAD + 2.0 * _SPREAD / (1 - t))

    return tuple(float(c) for c in np.polynomial.chebyshev.chebinterpolate(mapped, 18))


def _extreme(op: str) -> Any:
    return lambda terms: reduce(lambda a, b: apply(op, a, b), terms)


_REDUCE: dict[str, Any] = {
    "add": total,
    "mul": product_of,
    "max": _extreme("max"),
    "min": _extreme("min"),
}
FORMULAS = Formulas()
