"""Expressions as formulas of PEtab, with all digits."""

from __future__ import annotations

import math

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.expressions import Expression
from hybridcell._core.expressions.expression import walk

#: Operation -> sign, how tightly it binds; the same order as in the grammar.
_INFIX = {
    "pow": ("^", 6), "mul": ("*", 4), "div": ("/", 4), "add": (" + ", 3), "sub": (" - ", 3),
    "lt": (" < ", 2), "le": (" <= ", 2), "gt": (" > ", 2), "ge": (" >= ", 2), "eq": (" == ", 2),
    "ne": (" != ", 2), "and": (" && ", 1), "or": (" || ", 1),
}  # fmt: skip
_PREFIX = {"neg": "-", "not": "!"}
_FUNCTIONS = (
    "abs", "exp", "ln", "log10", "sqrt", "floor", "ceil", "sin", "cos", "tan", "sinh", "cosh", "tanh",
    "min", "max",
)  # fmt: skip
_INVERSE = ("asin", "acos", "atan", "asinh", "acosh", "atanh")
_ATOM = 9
#: Terms that are shared in an expression are written each time: a text can be far longer than its graph.
_LONGEST = 2_000_000


def to_petab_math(expression: Expression) -> str:
    """Return the formula of an expression; `parse_math` reads the same expression from it.

    Raises
    ------
    InvalidValueError
        For operations that formulas of PEtab do not have (delays, factorials, remainders...).
    """
    done: dict[Expression, tuple[str, int]] = {}
    for node in walk([expression]):
        done[node] = _one(node, [done[arg] for arg in node.args])
        if len(done[node][0]) > _LONGEST:
            raise InvalidValueError(f"Written out, the formula has more than {_LONGEST} characters.")
    return done[expression][0]


def _one(node: Expression, args: list[tuple[str, int]]) -> tuple[str, int]:
    match node.op:
        case "number":
            return _number(float(node.value))  # pyright: ignore[reportArgumentType]
        case "symbol":
            return str(node.value), _ATOM
        case "time":
            return "time", _ATOM
        case "if":
            condition, then, otherwise = (text for text, _ in args)
            return f"piecewise({then}, {condition}, {otherwise})", _ATOM
        case "xor":
            return f"!{_in(args[0], 6)} != !{_in(args[1], 6)}", 2
        case _ if node.op in _INFIX:
            sign, binds = _INFIX[node.op]
            # a power binds to the right, everything else to the left
            is_power = node.op == "pow"
            # a sign in an operand is read as written, but -x^2 and (-x)^2 differ
            return f"{_in(args[0], binds + is_power)}{sign}{_in(args[1], binds + 1 - is_power)}", binds
        case _ if node.op in _PREFIX:
            return f"{_PREFIX[node.op]}{_in(args[0], 6)}", 5
        case _ if node.op in _FUNCTIONS:
            return f"{node.op}({', '.join(text for text, _ in args)})", _ATOM
        case _ if node.op in _INVERSE:
            return f"arc{node.op[1:]}({args[0][0]})", _ATOM
        case _:
            raise InvalidValueError(
                f"Formulas of PEtab have no {node.op!r}; wanted an expression without it."
            )


def _in(arg: tuple[str, int], binds: int) -> str:
    text, level = arg
    return text if level >= binds else f"({text})"


def _number(value: float) -> tuple[str, int]:
    is_short = value.is_integer() and abs(value) < 1e15 and repr(value) != "-0.0"
    text = str(int(value)) if is_short else repr(value)
    return text, _ATOM if math.isnan(value) or not text.startswith("-") else 5
