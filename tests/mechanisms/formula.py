"""Formulas as text for tests, read with Python's own parser: ``f("k1 * S1^2 if time > 3 else 0")``."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from typing import Any

from hybridcell._core.expressions import Expression, apply, number, symbol, time
from hybridcell._core.expressions.expression import call, walk
from hybridcell._core.expressions.operators import ARITY

_BINARY = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow"}
_RELATIONS = {ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne"}


def f(text: str | float) -> Expression:
    """Return the term that a formula writes; ``^`` is the power, unknown functions are calls."""
    return _read(ast.parse(str(text).replace("^", "**").strip(), mode="eval").body)


def _read(node: ast.expr) -> Expression:
    match node:
        case ast.Constant(value=value):
            return number(float(value))
        case ast.Name(id="time"):
            return time()
        case ast.Name(id=name):
            return symbol(name)
        case ast.Attribute(value=ast.Name(id=reaction), attr=name):
            return symbol(f"{reaction}.{name}")
        case ast.UnaryOp(op=op, operand=operand):
            return apply("not" if isinstance(op, ast.Not) else "neg", _read(operand))
        case ast.BinOp(left=left, op=op, right=right):
            return apply(_BINARY[type(op)], _read(left), _read(right))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return apply(_RELATIONS[type(op)], _read(left), _read(right))
        case ast.BoolOp(op=op, values=[first, *others]):
            found = _read(first)
            for other in others:
                found = apply("and" if isinstance(op, ast.And) else "or", found, _read(other))
            return found
        case ast.IfExp(test=test, body=body, orelse=otherwise):
            return apply("if", _read(test), _read(body), _read(otherwise))
        case ast.Call(func=ast.Name(id=name), args=args):
            found = [_read(arg) for arg in args]
            return apply(name, *found) if name in ARITY else call(name, found)
    raise AssertionError(ast.dump(node))


def evaluate(root: Expression, values: Mapping[Any, float], t: float = 0.0) -> float:
    """Return what a term is worth, one operation after the other; `values` by leaf, or by its id."""
    worth: dict[Expression, float] = {}
    for node in walk([root]):
        if node.op == "number":
            worth[node] = float(node.value)  # pyright: ignore[reportArgumentType]
        elif node.op == "time":
            worth[node] = t
        elif not node.args:
            worth[node] = values[node] if node in values else values[node.value]
        else:
            worth[node] = float(_COMPUTE[node.op](*(worth[arg] for arg in node.args)))
    return worth[root]


def _divided(a: float, b: float) -> float:
    if b != 0:
        return a / b
    return math.nan if a == 0 or a != a else math.copysign(math.inf, a) * math.copysign(1.0, b)


_COMPUTE = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": _divided,
    "pow": lambda a, b: a**b,
    "neg": lambda a: -a,
    "abs": abs,
    "min": min,
    "max": max,
    "rem": math.fmod,
    "quotient": lambda a, b: math.trunc(a / b),
    "factorial": lambda a: math.gamma(a + 1),
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "and": lambda a, b: bool(a) and bool(b),
    "or": lambda a, b: bool(a) or bool(b),
    "xor": lambda a, b: bool(a) != bool(b),
    "not": lambda a: not a,
    "if": lambda c, a, b: a if c else b,
    "ln": math.log,
}
for _name in (
    *("exp", "log10", "sqrt", "floor", "ceil", "sin", "cos", "tan", "asin", "acos", "atan"),
    *("sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
):
    _COMPUTE[_name] = getattr(math, _name)
