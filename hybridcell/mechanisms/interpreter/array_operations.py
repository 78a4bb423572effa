"""What each operator computes on arrays. IEEE arithmetic throughout: no operation raises."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def _factorial(a: np.ndarray) -> np.ndarray:
    from scipy.special import gamma

    return np.where((a < 0) & (a == np.floor(a)), np.nan, gamma(a + 1.0))


def _digamma(x: np.ndarray) -> np.ndarray:
    from scipy.special import digamma

    return np.where((x <= 0) & (x == np.floor(x)), np.nan, digamma(x))


def _truth(function: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    return lambda *args: function(*args).astype(float)


ARRAY_OPERATIONS: dict[str, Callable[..., np.ndarray]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "pow": np.power,
    "neg": np.negative,
    "abs": np.abs,
    "exp": np.exp,
    "ln": np.log,
    "log10": np.log10,
    "sqrt": np.sqrt,
    "floor": np.floor,
    "ceil": np.ceil,
    "factorial": _factorial,
    "digamma": _digamma,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "min": np.minimum,
    "max": np.maximum,
    "quotient": lambda a, b: np.trunc(a / b),
    "rem": np.fmod,
    "lt": _truth(np.less),
    "le": _truth(np.less_equal),
    "gt": _truth(np.greater),
    "ge": _truth(np.greater_equal),
    "eq": _truth(np.equal),
    "ne": _truth(np.not_equal),
    "and": _truth(np.logical_and),
    "or": _truth(np.logical_or),
    "xor": _truth(np.logical_xor),
    "not": _truth(np.logical_not),
    "if": lambda condition, then, otherwise: np.where(condition != 0, then, otherwise),
    "delay": lambda value, ago: value,
}
