"""Expressions as text for people (infix, as in Antimony). Nothing reads this text back."""

from __future__ import annotations

from math import copysign

from hybridcell._core.expressions.expression import Expression, walk
from hybridcell._core.expressions.operators import RELATIONS

_INFIX = {
    "add": ("+", 5), "sub": ("-", 5), "mul": ("*", 6), "div": ("/", 6), "pow": ("^", 8),
    "lt": ("<", 4), "le": ("<=", 4), "gt": (">", 4), "ge": (">=", 4), "eq": ("==", 4), "ne": ("!=", 4),
    "and": ("&&", 2), "or": ("||", 1),
}  # fmt: skip
#: Binds tighter than any operator.
_ATOM = 10
_FUNCTIONS = {
    "if": "piecewise", "not": "!", "rate_of": "rateOf", "asin": "arcsin", "acos": "arccos", "atan": "arctan",
    "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh",
}  # fmt: skip


def to_text(root: Expression, *, longest: int | None = None) -> str:
    """Return a term as infix text.

    Written out, a graph can be exponentially longer than it is as a graph: with `longest`, parts that take
    more characters than that become "...".
    """
    done: dict[Expression, tuple[str, int]] = {}
    for node in walk([root]):
        text, level = _one(node, [done[arg] for arg in node.args])
        done[node] = ("...", _ATOM) if longest is not None and len(text) > longest else (text, level)
    return done[root][0]


def _one(node: Expression, args: list[tuple[str, int]]) -> tuple[str, int]:
    if node.op == "number":
        value = float(node.value)  # pyright: ignore[reportArgumentType]
        negative = copysign(1.0, value) < 0  # so is -0, by which a division is minus infinity
        text = str(int(abs(value))) if value.is_integer() and abs(value) < 1e15 else repr(abs(value))
        return (f"-{text}", 7) if negative else (text, _ATOM)
    if node.op == "time":
        return "time", _ATOM
    if node.op in _INFIX:
        sign, level = _INFIX[node.op]
        left, right = args
        # pow binds to the right, comparisons chain, the others bind to the left
        chains = node.op == "pow" or node.op in RELATIONS
        a = f"({left[0]})" if left[1] < level or (left[1] == level and chains) else left[0]
        regroups = node.op in ("add", "mul")
        b = f"({right[0]})" if right[1] < level or (right[1] == level and not regroups) else right[0]
        space = " " if level < 6 else ""
        return f"{a}{space}{sign}{space}{b}", level
    if node.op == "neg":
        return f"-{args[0][0]}" if args[0][1] > 7 else f"-({args[0][0]})", 7
    if node.op == "if":  # condition, then, else; Antimony writes value, condition, otherwise
        condition, then, otherwise = (text for text, _ in args)
        return f"piecewise({then}, {condition}, {otherwise})", _ATOM
    if not node.args and node.op != "call":
        return str(node.value), _ATOM
    name = node.value if node.op == "call" else _FUNCTIONS.get(node.op, node.op)
    return f"{name}({', '.join(text for text, _ in args)})", _ATOM
