"""Derivatives of expressions, for what must be known before a program is made.

Needed for algebraic rules (is a rule linear in the variable it determines?), for compartments whose size is
assigned, and for rateOf an assigned variable. Jacobians of programs are made elsewhere, group by group.
"""

from __future__ import annotations

from collections.abc import Callable

from hybridcell._core.expressions.expression import Expression, apply, number, walk

_ZERO, _ONE, _TWO = number(0.0), number(1.0), number(2.0)


def derivative(root: Expression, of_leaf: Callable[[Expression], Expression | None]) -> Expression:
    """Return the derivative of a term, given those of its leaves.

    `of_leaf` gives the derivative of a leaf, None for 0. A partial derivative with respect to x is
    ``lambda leaf: number(1.0) if leaf is x else None``; the total one with respect to time gives dx/dt for
    each state. Comparisons and steps count as constant, as everywhere between their jumps.
    """
    slopes: dict[Expression, Expression | None] = {}
    for node in walk([root]):
        if not node.args:
            slopes[node] = of_leaf(node)
            continue
        args = [slopes[arg] for arg in node.args]
        slopes[node] = None if all(s is None for s in args) else _chain(node, args)
    found = slopes[root]
    return _ZERO if found is None else found


def _chain(node: Expression, slopes: list[Expression | None]) -> Expression | None:
    if node.op == "if":
        then, otherwise = slopes[1] or _ZERO, slopes[2] or _ZERO
        return apply("if", node.args[0], then, otherwise)
    if node.op == "delay":
        raise NotImplementedError("the derivative of a delay")
    terms = [
        apply("mul", partial, slope)
        for partial, slope in zip(partials(node), slopes)
        if slope is not None and partial is not None
    ]
    if not terms:
        return None
    sum_ = terms[0]
    for term in terms[1:]:
        sum_ = apply("add", sum_, term)
    return sum_


def partials(node: Expression) -> list[Expression | None]:
    """Return the derivative with respect to each argument; None where it is 0."""
    a, b = node.args[0], node.args[-1]
    one, minus = _ONE, number(-1.0)
    match node.op:
        case "add":
            return [one, one]
        case "sub":
            return [one, minus]
        case "mul":
            return [b, a]
        case "div":
            return [apply("div", one, b), apply("neg", apply("div", node, b))]
        case "pow":
            lowered = apply("pow", a, apply("sub", b, one))
            return [apply("mul", b, lowered), None if b.is_number else apply("mul", node, apply("ln", a))]
        case "min":
            return [apply("le", a, b), apply("gt", a, b)]
        case "max":
            return [apply("ge", a, b), apply("lt", a, b)]
        case "rem":
            return [one, apply("neg", apply("quotient", a, b))]
        case _:
            return [_UNARY[node.op](a, node)] if node.op in _UNARY else [None] * len(node.args)


def _over(x: Expression) -> Expression:
    return apply("div", _ONE, x)


def _square(x: Expression) -> Expression:
    return apply("mul", x, x)


_UNARY: dict[str, Callable[[Expression, Expression], Expression]] = {
    "neg": lambda a, f: number(-1.0),
    "abs": lambda a, f: apply("sub", apply("gt", a, _ZERO), apply("lt", a, _ZERO)),
    "exp": lambda a, f: f,
    "ln": lambda a, f: _over(a),
    "log10": lambda a, f: _over(apply("mul", a, apply("ln", number(10.0)))),
    "sqrt": lambda a, f: _over(apply("mul", _TWO, f)),
    "factorial": lambda a, f: apply("mul", f, apply("digamma", apply("add", a, _ONE))),
    "sin": lambda a, f: apply("cos", a),
    "cos": lambda a, f: apply("neg", apply("sin", a)),
    "tan": lambda a, f: apply("add", _ONE, _square(f)),
    "asin": lambda a, f: _over(apply("sqrt", apply("sub", _ONE, _square(a)))),
    "acos": lambda a, f: apply("neg", _over(apply("sqrt", apply("sub", _ONE, _square(a))))),
    "atan": lambda a, f: _over(apply("add", _ONE, _square(a))),
    "sinh": lambda a, f: apply("cosh", a),
    "cosh": lambda a, f: apply("sinh", a),
    "tanh": lambda a, f: apply("sub", _ONE, _square(f)),
    "asinh": lambda a, f: _over(apply("sqrt", apply("add", _square(a), _ONE))),
    "acosh": lambda a, f: _over(apply("sqrt", apply("sub", _square(a), _ONE))),
    "atanh": lambda a, f: _over(apply("sub", _ONE, _square(a))),
}
