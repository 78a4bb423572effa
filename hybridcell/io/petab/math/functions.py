"""Functions of PEtab formulas, in the operators of expressions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

from hybridcell._core.expressions import Expression, apply, number

_ZERO, _ONE = number(0.0), number(1.0)


def _same(op: str) -> Callable[..., Expression]:
    return lambda x: apply(op, x)


def _one_over(op: str) -> Callable[..., Expression]:
    return lambda x: apply("div", _ONE, apply(op, x))


def _of_one_over(op: str) -> Callable[..., Expression]:
    return lambda x: apply(op, apply("div", _ONE, x))


def _log(x: Expression, base: Expression | None = None) -> Expression:
    if base is None:
        return apply("ln", x)
    if base.is_number and base.value == 10.0:
        return apply("log10", x)
    return apply("div", apply("ln", x), apply("ln", base))


def _sign(x: Expression) -> Expression:
    return apply("sub", apply("gt", x, _ZERO), apply("lt", x, _ZERO))


def _many(op: str) -> Callable[..., Expression]:
    return lambda *args: reduce(lambda a, b: apply(op, a, b), args)


def _piecewise(*args: Expression) -> Expression:
    found = args[-1]
    for i in range(len(args) - 3, -1, -2):
        found = apply("if", args[i + 1], args[i], found)
    return found


#: Name -> what it makes of its arguments, and how many it takes, in words.
FUNCTIONS: dict[str, tuple[Callable[..., Expression], str]] = {
    "pow": (lambda x, y: apply("pow", x, y), "2"),
    "log": (_log, "1 or 2"),
    "log2": (lambda x: _log(x, number(2.0)), "1"),
    "sign": (_sign, "1"),
    "min": (_many("min"), "1 or more"),
    "max": (_many("max"), "1 or more"),
    "piecewise": (_piecewise, "3, 5, 7, ..."),
}
for _name in ("exp", "ln", "log10", "sqrt", "abs", "floor", "ceil"):
    FUNCTIONS[_name] = (_same(_name), "1")
FUNCTIONS["ceiling"] = FUNCTIONS["ceil"]
for _h in ("", "h"):
    for _name in ("sin", "cos", "tan"):
        FUNCTIONS[_name + _h] = (_same(_name + _h), "1")
    for _name, _of in {"csc": "sin", "sec": "cos", "cot": "tan"}.items():
        FUNCTIONS[_name + _h] = (_one_over(_of + _h), "1")
    # arcsin and asin are both in use; sec x = 1 / cos x, so that arcsec x = arccos(1 / x)
    for _prefix in ("arc", "a"):
        for _name in ("sin", "cos", "tan"):
            FUNCTIONS[_prefix + _name + _h] = (_same("a" + _name + _h), "1")
        for _name, _of in {"csc": "sin", "sec": "cos", "cot": "tan"}.items():
            FUNCTIONS[_prefix + _name + _h] = (_of_one_over("a" + _of + _h), "1")


def takes(count: str, given: Sequence[Expression]) -> bool:
    """Return whether this many arguments are right for a count in words."""
    n = len(given)
    match count:
        case "1 or 2":
            return n in (1, 2)
        case "1 or more":
            return n >= 1
        case "3, 5, 7, ...":
            return n >= 3 and n % 2 == 1
        case _:
            return n == int(count)
