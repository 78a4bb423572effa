"""Is a formula affine in some of its ids? Its parts, found symbolically."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

from hybridcell._core.expressions import Expression, number
from hybridcell._core.expressions.expression import apply, walk

_ZERO, _ONE = number(0.0), number(1.0)


class Affine(NamedTuple):
    """``rest + sum(slopes[id] * id)``, where neither rest nor slopes read the ids.

    Attributes
    ----------
    rest : Expression
    slopes : dict of str to Expression
        Of the ids that occur.
    """

    rest: Expression
    slopes: dict[str, Expression]


def affine(root: Expression, ids: Collection[str]) -> Affine | None:
    """Return the parts of a formula over constants; None where its form is not affine in the ids.

    Products of two ids, quotients by them and functions of them are not. Terms that would cancel are not
    looked for, so that None may be returned for what is affine in a roundabout way.
    """
    found: dict[Expression, Affine | None] = {}
    for node in walk([root]):
        if node.op == "constant" and node.value in ids:
            found[node] = Affine(_ZERO, {str(node.value): _ONE})
            continue
        parts = [found[arg] for arg in node.args]
        if all(part is not None and not part.slopes for part in parts):
            found[node] = Affine(node, {})
        elif any(part is None for part in parts):
            found[node] = None
        else:
            found[node] = _combined(node, [part for part in parts if part is not None])
    return found[root]


def _combined(node: Expression, parts: list[Affine]) -> Affine | None:
    """Return the parts of an operation of which at least one argument reads an id."""
    a, b = parts[0], parts[-1]
    match node.op:
        case "neg":
            return _scaled(a, lambda term: apply("neg", term))
        case "add":
            return _sum(a, b)
        case "sub":
            return _sum(a, _scaled(b, lambda term: apply("neg", term)))
        case "mul" if not a.slopes:
            return _scaled(b, lambda term: _product(a.rest, term))
        case "mul" if not b.slopes:
            return _scaled(a, lambda term: _product(term, b.rest))
        case "div" if not b.slopes:
            return _scaled(a, lambda term: term if is_zero(term) else apply("div", term, b.rest))
        case _:
            return None


def _scaled(part: Affine, by: Callable[[Expression], Expression]) -> Affine:
    return Affine(by(part.rest), {id: by(slope) for id, slope in part.slopes.items()})


def _sum(a: Affine, b: Affine) -> Affine:
    slopes = dict(a.slopes)
    for id, slope in b.slopes.items():
        slopes[id] = _plus(slopes[id], slope) if id in slopes else slope
    return Affine(_plus(a.rest, b.rest), slopes)


def _plus(a: Expression, b: Expression) -> Expression:
    return b if is_zero(a) else a if is_zero(b) else apply("add", a, b)


def _product(a: Expression, b: Expression) -> Expression:
    # 0 times what may be infinite stays in formulas that are computed; here only the form counts
    return _ZERO if is_zero(a) or is_zero(b) else apply("mul", a, b)


def is_zero(term: Expression) -> bool:
    """Return whether a term is the number 0."""
    return term.is_number and term.value == 0.0
