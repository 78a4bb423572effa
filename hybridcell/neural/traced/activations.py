"""Activations, one definition each for numbers and formulas; names and arguments are PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hybridcell._core.errors import InvalidValueError, check_choice
from hybridcell.neural.traced.algebra import Algebra
from hybridcell.neural.traced.arithmetic import axis_of

_SELU_SCALE, _SELU_ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
#: From here on ln(1 + exp(x)) and x are the same number in double precision.
_EXACT = 40.0


def relu(alg: Algebra, x: Any, inplace: bool = False) -> Any:  # noqa: D103
    return alg.relu(x)


def relu6(alg: Algebra, x: Any, inplace: bool = False) -> Any:  # noqa: D103
    return hardtanh(alg, x, 0.0, 6.0)


def hardtanh(  # noqa: D103
    alg: Algebra, x: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False
) -> Any:
    return alg.clip(x, min_val, max_val)


def elu(alg: Algebra, x: Any, alpha: float = 1.0, inplace: bool = False) -> Any:  # noqa: D103
    return alg.relu(x) + alpha * alg.expm1(alg.negative(x))


def selu(alg: Algebra, x: Any, inplace: bool = False) -> Any:  # noqa: D103
    return _SELU_SCALE * elu(alg, x, _SELU_ALPHA)


def celu(alg: Algebra, x: Any, alpha: float = 1.0, inplace: bool = False) -> Any:  # noqa: D103
    return alg.relu(x) + alpha * alg.expm1(alg.negative(x) / alpha)


def gelu(alg: Algebra, x: Any, approximate: str = "none") -> Any:  # noqa: D103
    if check_choice("approximate", approximate, ("none", "tanh")) == "tanh":
        inner = np.sqrt(2 / np.pi) * (x + 0.044715 * x * x * x)
        return 0.5 * x * (1.0 + alg.unary("tanh", inner))
    return 0.5 * x * (1.0 + alg.erf(x * float(np.sqrt(0.5))))


def silu(alg: Algebra, x: Any, inplace: bool = False) -> Any:  # noqa: D103
    return x * alg.sigmoid(x)


def mish(alg: Algebra, x: Any, inplace: bool = False) -> Any:  # noqa: D103
    return x * alg.unary("tanh", softplus(alg, x, threshold=_EXACT))


def sigmoid(alg: Algebra, x: Any) -> Any:  # noqa: D103
    return alg.sigmoid(x)


def tanh(alg: Algebra, x: Any) -> Any:  # noqa: D103
    return alg.unary("tanh", x)


def hardsigmoid(alg: Algebra, x: Any, inplace: bool = False) -> Any:  # noqa: D103
    return hardtanh(alg, x + 3.0, 0.0, 6.0) / 6.0


def hardswish(alg: Algebra, x: Any, inplace: bool = False) -> Any:  # noqa: D103
    return x * hardsigmoid(alg, x)


def hardshrink(alg: Algebra, x: Any, lambd: float = 0.5) -> Any:  # noqa: D103
    return alg.select(alg.binary("gt", alg.unary("abs", x), lambd), x, 0.0)


def softshrink(alg: Algebra, x: Any, lambd: float = 0.5) -> Any:  # noqa: D103
    return alg.relu(x - lambd) - alg.relu(-x - lambd)


def tanhshrink(alg: Algebra, x: Any) -> Any:  # noqa: D103
    return x - alg.unary("tanh", x)


def leaky_relu(alg: Algebra, x: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:  # noqa: D103
    return alg.relu(x) + negative_slope * alg.negative(x)


def rrelu(  # noqa: D103
    alg: Algebra,
    x: Any,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    inplace: bool = False,
) -> Any:
    return leaky_relu(alg, x, (lower + upper) / 2)


def logsigmoid(alg: Algebra, x: Any) -> Any:  # noqa: D103
    return -softplus(alg, -x, threshold=_EXACT)


def softplus(alg: Algebra, x: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:  # noqa: D103
    scaled = beta * x
    return alg.select(alg.binary("gt", scaled, threshold), x, alg.softplus(scaled, threshold) / beta)


def softsign(alg: Algebra, x: Any) -> Any:  # noqa: D103
    return x / (1.0 + alg.unary("abs", x))


def threshold(alg: Algebra, x: Any, threshold: float, value: float, inplace: bool = False) -> Any:  # noqa: D103
    return alg.select(alg.binary("gt", x, threshold), x, value)


def softmax(  # noqa: D103
    alg: Algebra, x: Any, dim: int | None = None, _stacklevel: int = 3, dtype: None = None
) -> Any:
    axis = _softmax_axis(x, dim)
    grown = alg.unary("exp", x - alg.reduce("max", x, [axis], keep=True))
    return grown / alg.reduce("add", grown, [axis], keep=True)


def softmin(  # noqa: D103
    alg: Algebra, x: Any, dim: int | None = None, _stacklevel: int = 3, dtype: None = None
) -> Any:
    return softmax(alg, -x, dim)


def log_softmax(  # noqa: D103
    alg: Algebra, x: Any, dim: int | None = None, _stacklevel: int = 3, dtype: None = None
) -> Any:
    axis = _softmax_axis(x, dim)
    shifted = x - alg.reduce("max", x, [axis], keep=True)
    grown = alg.reduce("add", alg.unary("exp", shifted), [axis], keep=True)
    return shifted - alg.unary("ln", grown)


def glu(alg: Algebra, x: Any, dim: int = -1) -> Any:  # noqa: D103
    if x.shape[axis_of(x, dim)] % 2:
        raise InvalidValueError(
            f"glu halves axis {dim}, which has {x.shape[dim]} entries; wanted an even number."
        )
    first, second = alg.xp.split(x, 2, axis=dim)
    return first * alg.sigmoid(second)


def prelu(alg: Algebra, x: Any, weight: Any) -> Any:  # noqa: D103
    if weight.size > 1 and x.ndim > 1:
        # one slope per channel, which is the second axis
        weight = weight.reshape(1, -1, *(1,) * (x.ndim - 2))
    return alg.relu(x) + weight * alg.negative(x)


def _softmax_axis(x: Any, dim: int | None) -> int:
    # the choice that PyTorch makes, and warns about, where no axis is given
    axis = (0 if x.ndim in (0, 1, 3) else 1) if dim is None else dim
    return axis if x.ndim == 0 else axis_of(x, axis)


ACTIVATIONS: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (
        relu, relu6, hardtanh, elu, selu, celu, gelu, silu, mish, sigmoid, tanh, hardsigmoid, hardswish,
        hardshrink, softshrink, tanhshrink, leaky_relu, rrelu, logsigmoid, softplus, softsign, threshold,
        softmax, softmin, log_softmax, glu, prelu,
    )
}  # fmt: skip
