"""Algebraic rules: which variable each determines, and its value where the rule can be solved for it.

A rule that is linear in its variable becomes an assignment, whatever else it reads. What cannot be solved so
is left to the integrator as residuals.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from hybridcell._core.errors import SBMLError
from hybridcell._core.expressions import Expression, apply, number, state
from hybridcell._core.expressions.calculus import derivative
from hybridcell._core.expressions.expression import leaves, substitute
from hybridcell.mechanisms.reactions.elements import Rule
from hybridcell.mechanisms.reactions.resolve.switches import reads_through_a_step
from hybridcell.mechanisms.reactions.resolve.table import Table

_ZERO, _ONE = number(0.0), number(1.0)


@dataclass(frozen=True, eq=False)
class Solution:
    """What algebraic rules determine.

    Attributes
    ----------
    values : dict
        Variable -> its value over the other states (of a species: its amount).
    implicit : tuple of str
        Variables that `residuals` determine, as many as there are residuals.
    residuals : tuple of Expression
    """

    values: dict[str, Expression]
    implicit: tuple[str, ...]
    residuals: tuple[Expression, ...]


def solve(rules: Sequence[tuple[Rule, Expression]], unknowns: Sequence[str], table: Table) -> Solution:
    """Return the solution of ``0 = expression`` for every rule.

    `unknowns` are the variables that rules may determine, preferred ones first.

    Raises
    ------
    SBMLError
        If there are more rules than variables for them.
    """
    if not rules:
        return Solution({}, (), ())
    wants = [_preferred(expression, unknowns, table) for _, expression in rules]
    chosen = matching(wants)
    for (rule, expression), variable in zip(rules, chosen):
        if variable is None:
            raise _overdetermined(rule, expression)
    return _eliminated(rules, {str(variable): None for variable in chosen})


def _preferred(expression: Expression, unknowns: Sequence[str], table: Table) -> list[str]:
    """Return the unknowns that a rule reads: first those that no event sets and in which it is linear."""
    read = set(leaves([expression], "state"))
    found = [name for name in unknowns if name in read]
    return sorted(found, key=lambda n: (n in table.set_by_events, _slope(expression, n) is None))


def matching(wants: list[list[str]]) -> list[str | None]:
    """Return a variable for each rule, none twice, for as many rules as possible (augmenting paths)."""
    holder: dict[str, int] = {}
    held: list[str | None] = [None] * len(wants)
    for start in range(len(wants)):
        came_from: dict[str, int] = {}
        queue = deque([start])
        end = None
        while queue and end is None:
            rule = queue.popleft()
            for variable in wants[rule]:
                if variable in came_from:
                    continue
                came_from[variable] = rule
                if variable not in holder:
                    end = variable
                    break
                queue.append(holder[variable])
        while end is not None:
            rule = came_from[end]
            holder[end], held[rule], end = rule, end, held[rule]
    return held


@dataclass(frozen=True, eq=False)
class _Term:
    """A term and the variables that it reads."""

    expression: Expression
    reads: frozenset[str]

    @classmethod
    def of(cls, expression: Expression) -> _Term:
        return cls(expression, frozenset(leaves([expression], "state")))

    def with_value(self, name: str, value: Expression) -> _Term:
        """Return the term with a variable put in."""
        return _Term.of(substitute(self.expression, {state(name): value})) if name in self.reads else self


def _eliminated(rules: Sequence[tuple[Rule, Expression]], unsolved: dict[str, None]) -> Solution:
    """Gauss: solve a rule for a variable in which it is linear, put that into the others, and so on."""
    pending = [(rule, _Term.of(expression)) for rule, expression in rules]
    values: dict[str, _Term] = {}
    while (pivot := _pivot(pending, unsolved)) is not None:
        index, name, slope = pivot
        value = _solved(pending.pop(index)[1].expression, name, slope)
        del unsolved[name]
        pending = [(rule, term.with_value(name, value)) for rule, term in pending]
        values = {other: term.with_value(name, value) for other, term in values.items()}
        values[name] = _Term.of(value)
    for rule, term in pending:
        if not any(_changes_with(term.expression, name) for name in term.reads & unsolved.keys()):
            raise _overdetermined(rule, term.expression)
    return Solution(
        {name: term.expression for name, term in values.items()},
        tuple(unsolved),
        tuple(term.expression for _, term in pending),
    )


def _pivot(
    pending: list[tuple[Rule, _Term]], unsolved: dict[str, None]
) -> tuple[int, str, Expression] | None:
    """Return (rule, variable, slope) to solve next; slopes that are plain numbers first: they are never 0."""
    second: tuple[int, str, Expression] | None = None
    for index, (_, term) in enumerate(pending):
        for name in sorted(term.reads & unsolved.keys()):
            slope = _slope(term.expression, name)
            if slope is not None and slope.is_number:
                return index, name, slope
            if slope is not None and second is None:
                second = index, name, slope
    return second


def _slope(expression: Expression, name: str) -> Expression | None:
    """Return d expression / d variable where it is the same for all its values and not 0; None otherwise."""
    slope = _derivative(expression, name)
    if slope is None or _is_zero(slope) or name in leaves([slope], "state"):
        return None
    return slope


def _changes_with(expression: Expression, name: str) -> bool:
    slope = _derivative(expression, name)
    return slope is None or not _is_zero(slope)


def _derivative(expression: Expression, name: str) -> Expression | None:
    """Return d expression / d variable, None where it does not tell the whole: behind steps and delays."""
    variable = state(name)
    if reads_through_a_step(expression, lambda leaf: leaf is variable):
        return None
    return derivative(expression, lambda leaf: _ONE if leaf is variable else None)


def _is_zero(slope: Expression) -> bool:
    return slope.is_number and slope.value == 0.0


def _solved(expression: Expression, name: str, slope: Expression) -> Expression:
    rest = substitute(expression, {state(name): _ZERO})
    if slope is _ONE:
        return apply("sub", *reversed(rest.args)) if rest.op == "sub" else apply("neg", rest)
    if slope.is_number:
        divisor = number(-float(slope.value))  # pyright: ignore[reportArgumentType]
        return rest if divisor is _ONE else apply("div", rest, divisor)
    return apply("div", apply("neg", rest), slope)


def _overdetermined(rule: Rule, expression: Expression) -> SBMLError:
    read = ", ".join(leaves([expression], "state")) or "no variable"
    return SBMLError(
        f"no variable is left for the algebraic rule 0 = {rule.math!r} to determine (it reads {read}): "
        "the network is overdetermined",
        rule.id or "algebraic rule",
        rule.line,
        "Drop the rule, or let one of its variables be free: not constant, and set by no rule or reaction.",
    )
