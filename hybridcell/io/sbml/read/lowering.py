"""The operators of MathML in terms of the few that expressions have."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from itertools import pairwise

from hybridcell._core.expressions import Expression, apply, number
from hybridcell._core.expressions.expression import product, total

Args = list[Expression]
ONE, ZERO, NAN = number(1.0), number(0.0), number(math.nan)


def _one(op: str) -> Callable[[Args], Expression]:
    def lower(args: Args) -> Expression:
        (x,) = args
        return apply(op, x)

    return lower


def _two(op: str) -> Callable[[Args], Expression]:
    def lower(args: Args) -> Expression:
        a, b = args
        return apply(op, a, b)

    return lower


def _reciprocal(op: str) -> Callable[[Args], Expression]:
    """1 / op(x): sec, csc, cot..."""

    def lower(args: Args) -> Expression:
        (x,) = args
        return apply("div", ONE, apply(op, x))

    return lower


def _of_reciprocal(op: str) -> Callable[[Args], Expression]:
    """op(1 / x): arcsec x = arccos(1 / x), and arccot x = arctan(1 / x), as MathML's reference has it."""

    def lower(args: Args) -> Expression:
        (x,) = args
        return apply(op, apply("div", ONE, x))

    return lower


def _minus(args: Args) -> Expression:
    if len(args) == 1:
        return apply("neg", args[0])
    a, b = args
    return apply("sub", a, b)


def _root(args: Args) -> Expression:
    """(degree, x), or x alone."""
    degree, x = args if len(args) == 2 else (number(2.0), *args)
    if degree is number(2.0):
        return apply("sqrt", x)
    return apply("pow", x, apply("div", ONE, degree))


def _log(args: Args) -> Expression:
    """(base, x), or x alone."""
    base, x = args if len(args) == 2 else (number(10.0), *args)
    if base is number(10.0):
        return apply("log10", x)
    return apply("div", apply("ln", x), apply("ln", base))


def balanced(op: str, terms: Args) -> Expression:
    """Return an associative operator of many terms as a tree of little depth."""
    while len(terms) > 1:
        pairs = [apply(op, *terms[i : i + 2]) for i in range(0, len(terms) - 1, 2)]
        terms = pairs + terms[len(terms) // 2 * 2 :]
    (result,) = terms
    return result


def _logic(op: str, empty: Expression, args: Args) -> Expression:
    if len(args) == 1:  # a number becomes a truth value
        return apply("ne", args[0], ZERO)
    return balanced(op, args) if args else empty


def _relation(op: str, args: Args) -> Expression:
    """A chain: a < b < c is a < b and b < c."""
    if len(args) < 2:
        return ONE
    return balanced("and", [apply(op, a, b) for a, b in pairwise(args)])


def _implies(args: Args) -> Expression:
    a, b = args
    return apply("or", apply("not", a), b)


def _piecewise(args: Args) -> Expression:
    """value, condition, value, condition, ..., otherwise."""
    value = args[-1] if len(args) % 2 else NAN
    for i in range(len(args) // 2 * 2 - 2, -1, -2):
        value = apply("if", args[i + 1], args[i], value)
    return value


def _rate_of(args: Args) -> Expression:
    (x,) = args
    if x.op != "symbol":
        raise ValueError
    return apply("rate_of", x)


_CIRCULAR = {"SIN": "sin", "COS": "cos", "TAN": "tan", "SINH": "sinh", "COSH": "cosh", "TANH": "tanh"}
_INVERTED = {"SEC": "cos", "CSC": "sin", "COT": "tan", "SECH": "cosh", "CSCH": "sinh", "COTH": "tanh"}
#: Name of an operator in libsbml (without AST_FUNCTION_, AST_LOGICAL_...) -> how it is written with ours. A
#: wrong number of arguments is a ValueError.
LOWERED: dict[str, Callable[[Args], Expression]] = {
    "PLUS": total,
    "TIMES": product,
    "MINUS": _minus,
    "DIVIDE": _two("div"),
    "POWER": _two("pow"),
    "ROOT": _root,
    "LOG": _log,
    "LN": _one("ln"),
    "EXP": _one("exp"),
    "ABS": _one("abs"),
    "FLOOR": _one("floor"),
    "CEILING": _one("ceil"),
    "FACTORIAL": _one("factorial"),
    **{name: _one(op) for name, op in _CIRCULAR.items()},
    **{f"ARC{name}": _one(f"a{op}") for name, op in _CIRCULAR.items()},
    **{name: _reciprocal(op) for name, op in _INVERTED.items()},
    **{f"ARC{name}": _of_reciprocal(f"a{op}") for name, op in _INVERTED.items()},
    "MIN": partial(balanced, "min"),
    "MAX": partial(balanced, "max"),
    "QUOTIENT": _two("quotient"),
    "REM": _two("rem"),
    "AND": partial(_logic, "and", ONE),
    "OR": partial(_logic, "or", ZERO),
    "XOR": partial(_logic, "xor", ZERO),
    "NOT": _one("not"),
    "IMPLIES": _implies,
    "LT": partial(_relation, "lt"),
    "LEQ": partial(_relation, "le"),
    "GT": partial(_relation, "gt"),
    "GEQ": partial(_relation, "ge"),
    "EQ": partial(_relation, "eq"),
    "NEQ": _two("ne"),
    "PIECEWISE": _piecewise,
    "DELAY": _two("delay"),
    "RATE_OF": _rate_of,
}
