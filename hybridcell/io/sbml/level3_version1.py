"""Expressions as Level 3 Version 1 and Level 2 allow them: truth values are no numbers, operators missing."""

from __future__ import annotations

from hybridcell._core.errors import UnsupportedSBMLError
from hybridcell._core.expressions import Expression, apply, number
from hybridcell._core.expressions.expression import rebuilt, walk
from hybridcell._core.expressions.operators import LOGIC, RELATIONS

_ZERO, _ONE = number(0.0), number(1.0)


def to_version_1(root: Expression, *, condition: bool = False) -> Expression:
    """Return the same value in operators of Level 3 Version 1, which are those of Level 2.

    Parameters
    ----------
    root : Expression
    condition : bool
        The place wants a truth value.

    Raises
    ------
    UnsupportedSBMLError
        If there is a rateOf, which only Version 2 of Level 3 can say.
    """
    new: dict[Expression, Expression] = {}
    for node in walk([root]):
        args = [new[arg] for arg in node.args]
        if node.op in LOGIC:
            args = [_truth(arg) for arg in args]
        elif node.op == "if":
            args = [_truth(args[0]), _quantity(args[1]), _quantity(args[2])]
        elif not (node.op in ("eq", "ne") and all(map(_is_truth, args))):
            args = [_quantity(arg) for arg in args]
        new[node] = _lowered(node, tuple(args))
    return _truth(new[root]) if condition else _quantity(new[root])


def _is_truth(node: Expression) -> bool:
    return node.op in LOGIC or node.op in RELATIONS


def _truth(node: Expression) -> Expression:
    return node if _is_truth(node) or node in (_ZERO, _ONE) else Expression("ne", (node, _ZERO))


def _quantity(node: Expression) -> Expression:
    return Expression("if", (node, _ONE, _ZERO)) if _is_truth(node) else node


def _lowered(node: Expression, args: tuple[Expression, ...]) -> Expression:
    a, b = (args[0], args[-1]) if args else (node, node)
    match node.op:
        case "rate_of":
            raise UnsupportedSBMLError(
                "only SBML Level 3 Version 2 has rateOf",
                hint="Networks with fast reactions are written as Version 1; others with level='3.2'.",
            )
        case "min":
            return Expression("if", (apply("le", a, b), a, b))
        case "max":
            return Expression("if", (apply("ge", a, b), a, b))
        case "quotient":
            return _truncated(apply("div", a, b))
        case "rem":
            return apply("sub", a, apply("mul", b, _truncated(apply("div", a, b))))
        case _:
            return rebuilt(node, args)


def _truncated(x: Expression) -> Expression:
    return Expression("if", (apply("lt", x, _ZERO), apply("ceil", x), apply("floor", x)))
