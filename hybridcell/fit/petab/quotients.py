"""Quotients whose derivatives are numbers also where a part of the denominator is beyond all numbers.

In a rate like x^n / ((K^n + x^n) * (L + y)), a fit of n takes K^n to infinity. The rate is then 0, and so are
its derivatives; but that of the product in the denominator is infinity times 0. Divided by one factor after
the other, nothing of the kind comes up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hybridcell._core.expressions import Expression
from hybridcell._core.expressions.expression import apply, rewrite, walk
from hybridcell.mechanisms.reactions.equations import Equations


def split_quotients(equations: Equations) -> Equations:
    """Return the equations with products that may overflow taken out of denominators."""
    rates = tuple(equations.rates.values())
    written = rewrite([*equations.fluxes, *rates], _split)
    return replace(
        equations,
        fluxes=tuple(written[flux] for flux in equations.fluxes),
        rates={place: written[rate] for place, rate in equations.rates.items()},
    )


def _split(node: Expression, args: tuple[Expression, ...]) -> Expression | None:
    """Return a quotient as quotients by single factors; None where it may stay as it is."""
    if node.op != "div":
        return None
    numerator, denominator = args
    factors = list(_factors(denominator))
    if len(factors) == 1 or not _may_overflow(factors):
        return None
    for factor in factors:
        numerator = apply("div", numerator, factor)
    return numerator


def _factors(node: Expression) -> Iterable[Expression]:
    if node.op != "mul":
        yield node
        return
    for arg in node.args:
        yield from _factors(arg)


def _may_overflow(factors: list[Expression]) -> bool:
    """Return whether a power has an exponent that is no number of the model's text."""
    return any(node.op == "pow" and not node.args[1].is_number for node in walk(factors))
