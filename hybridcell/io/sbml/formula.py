"""Expressions as MathML, with every digit and without recursion."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hybridcell._core.errors import UnsupportedSBMLError
from hybridcell._core.expressions import Expression
from hybridcell.io.sbml.mathml import number as finite_number
from hybridcell.io.sbml.read.lowering import balanced

_SYMBOLS = "http://www.sbml.org/sbml/symbols"
_TAGS = {
    "add": "plus", "sub": "minus", "mul": "times", "div": "divide", "pow": "power", "neg": "minus",
    "log10": "log", "sqrt": "root", "ceil": "ceiling", "asin": "arcsin", "acos": "arccos", "atan": "arctan",
    "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh", "le": "leq", "ge": "geq", "ne": "neq",
    **{op: op for op in ("abs", "exp", "ln", "floor", "factorial", "sin", "cos", "tan", "sinh",
                         "cosh", "tanh", "min", "max", "quotient", "rem", "lt", "gt", "eq", "and", "or",
                         "xor", "not")},
}  # fmt: skip
_LOGIC = ("and", "or", "xor", "not")
_ASSOCIATIVE = ("add", "mul", "and", "or", "xor", "min", "max")
_CSYMBOLS = {"delay": "delay", "rate_of": "rateOf"}
#: Deepest sum or product that is written pair by pair: tools that recurse over MathML crash on deeper ones.
_PAIRWISE = 100


def formula(root: Expression, names: Mapping[str, str] | None = None, *, condition: bool = False) -> str:
    """Return an expression as MathML, without the math element around it.

    Parameters
    ----------
    root : Expression
    names : mapping of str to str, optional
        For symbols that the file calls otherwise (the local parameter ``v1.k`` is `k` in the law of v1).
    condition : bool
        A truth value is wanted: the number 1 is written as true.
    """
    pieces: list[str] = []
    stack: list[str | tuple[Expression, bool]] = [(root, condition)]
    while stack:
        top = stack.pop()
        if isinstance(top, str):
            pieces.append(top)
        else:
            stack.extend(reversed(_expanded(*top, names or {})))
    return "".join(pieces)


def _expanded(
    node: Expression, condition: bool, names: Mapping[str, str]
) -> list[str | tuple[Expression, bool]]:
    """Return one level of a term: text, and what is below it (with whether a truth value is wanted there)."""
    if node.op == "number":
        return [_number(float(node.value), condition)]  # pyright: ignore[reportArgumentType]
    if node.op == "symbol":
        return [f"<ci>{names.get(str(node.value), node.value)}</ci>"]
    if node.op == "time":
        return [_csymbol("time")]
    if node.op == "if":
        return _piecewise(node)
    if node.op == "call":
        head, args = f"<ci>{node.value}</ci>", node.args
    elif node.op in _CSYMBOLS:
        head, args = _csymbol(_CSYMBOLS[node.op]), node.args
    elif node.op in _TAGS:
        head, args = f"<{_TAGS[node.op]}/>", _operands(node)
    else:
        raise UnsupportedSBMLError(f"the operation {node.op!r} has no form in SBML")
    logical = node.op in _LOGIC
    return ["<apply>", head, *((arg, logical) for arg in args), "</apply>"]


def _number(value: float, condition: bool) -> str:
    if condition and value in (0.0, 1.0) and not np.signbit(value):  # -0 would come back as 0
        return "<true/>" if value else "<false/>"
    if np.isnan(value):
        return "<notanumber/>"
    if np.isinf(value):
        return "<infinity/>" if value > 0 else "<apply><minus/><infinity/></apply>"
    return finite_number(value)


def _csymbol(name: str) -> str:
    return f'<csymbol encoding="text" definitionURL="{_SYMBOLS}/{name}">{name}</csymbol>'


def _piecewise(node: Expression) -> list[str | tuple[Expression, bool]]:
    parts: list[str | tuple[Expression, bool]] = ["<piecewise>"]
    while node.op == "if":
        condition, value, node = node.args
        parts += ["<piece>", (value, False), (condition, True), "</piece>"]
    return [*parts, "<otherwise>", (node, False), "</otherwise>", "</piecewise>"]


def _operands(node: Expression) -> tuple[Expression, ...]:
    """Return the operands to write: all those of a sum, where reading them gives back the same tree."""
    if node.op not in _ASSOCIATIVE:
        return node.args
    terms, depth = _flattened(node)
    if len(terms) == 2:
        return node.args
    return tuple(terms) if depth > _PAIRWISE or balanced(node.op, terms) is node else node.args


def _flattened(node: Expression) -> tuple[list[Expression], int]:
    terms: list[Expression] = []
    deepest, stack = 0, [(node, 0)]
    while stack:
        term, depth = stack.pop()
        deepest = max(deepest, depth)
        if term.op == node.op:
            stack.extend((arg, depth + 1) for arg in reversed(term.args))
        else:
            terms.append(term)
    return terms, deepest
