"""What symbols mean at the start: expressions over constants and time.

Numbers of the file hold unless an initial assignment, an assignment rule or an algebraic rule says otherwise.
"""

from __future__ import annotations

from functools import partial

from hybridcell._core.expressions import Expression, apply, constant, number, symbol
from hybridcell._core.expressions import time as now
from hybridcell._core.expressions.expression import leaves, rewrite, substitute, walk
from hybridcell.mechanisms.reactions.resolve.booleans import with_truths
from hybridcell.mechanisms.reactions.resolve.dynamics import START, Dynamics, plain
from hybridcell.mechanisms.reactions.resolve.memo import Memo, Steps


class Start:
    """The value of every id at the start."""

    def __init__(self, dynamics: Dynamics):
        self._dynamics = dynamics
        self._table = dynamics.table
        self._memo = Memo(lambda key: getattr(self, f"_{key[0]}")(key[1]))

    def value(self, name: str) -> Expression:
        """Return what a symbol is worth at the start."""
        return self._memo["value", name]

    def amount(self, species: str) -> Expression:
        """Return the amount of a species at the start."""
        return self._memo["amount", species]

    def _value(self, name: str) -> Steps:
        table = self._table
        if name == START:
            return now()
        if name in table.initial:
            return (yield "math", table.initial[name])
        if name in table.assigned:
            return (yield "math", table.assigned[name])
        if name in table.reactions:
            law = table.laws.get(name)
            return number(0.0) if law is None else (yield "math", law)
        if name in table.species:
            return (yield "species", name)
        solution = self._dynamics.solution.values.get(name)
        if solution is not None:
            return (yield "moment", solution)
        if name in table.fixed:
            return number(table.fixed[name])
        reference = table.references.get(name)
        if reference is None or self._dynamics.is_state(name):
            return constant(name)
        return plain(reference)

    def _species(self, name: str) -> Steps:
        """The value of a species that no assignment gives: solved for, or a number of the file."""
        table, species = self._table, self._table.species[name]
        by_amount = table.by_amount(name)
        solution = self._dynamics.solution.values.get(name)
        if solution is not None:
            amount = yield "moment", solution
            return amount if by_amount else apply("div", amount, (yield "value", species.compartment))
        has_size = table.compartments[species.compartment].dimensions != 0
        if by_amount and has_size and species.initial_concentration is not None:
            return apply("mul", constant(name), (yield "value", species.compartment))
        if not by_amount and species.initial_amount is not None:
            return apply("div", constant(name), (yield "value", species.compartment))
        return constant(name)

    def _amount(self, name: str) -> Steps:
        table, species = self._table, self._table.species[name]
        given = name in table.initial or name in table.assigned
        if not given and name in self._dynamics.solution.values:
            return (yield "moment", self._dynamics.solution.values[name])
        if not given and not table.by_amount(name) and species.initial_amount is not None:
            return constant(name)
        value = yield "value", name
        if table.by_amount(name):
            return value
        return apply("mul", value, (yield "value", species.compartment))

    def _math(self, root: Expression) -> Steps:
        meaning: dict[Expression, Expression] = {}
        for node in walk([root]):
            if node.op == "symbol":
                meaning[node] = yield "value", node.value
            elif node.op == "rate_of":
                meaning[node] = yield "moment", self._dynamics.rate_of(node.args[0])
        return rewrite([root], partial(_at_start, meaning))[root]

    def _moment(self, resolved: Expression) -> Steps:
        """A term over states at the start."""
        resolved = self._with_concentrations(resolved)
        meaning: dict[Expression, Expression] = {}
        for leaf in walk([resolved]):
            if leaf.op == "symbol":
                meaning[leaf] = yield "value", leaf.value
            elif leaf.op == "state":
                kind = "amount" if leaf.value in self._table.species else "value"
                meaning[leaf] = yield kind, leaf.value
        return rewrite([resolved], partial(_at_start, meaning))[resolved]

    def _with_concentrations(self, resolved: Expression) -> Expression:
        """Return a term over states with symbols for concentrations: one that is given needs no size."""
        table, read = self._table, leaves([resolved], "state")
        concerned = [name for name in read if name in table.species and not table.by_amount(name)]
        divided = {self._dynamics.concentration(name): symbol(name) for name in concerned}
        return substitute(resolved, {node: name for node, name in divided.items() if node.op == "div"})


def _at_start(
    meaning: dict[Expression, Expression], node: Expression, args: tuple[Expression, ...]
) -> Expression | None:
    if node in meaning:
        return meaning[node]
    if node.op == "delay":
        return before(args[0], args[1])
    return with_truths(node, args)


def before(past: Expression, delay: Expression) -> Expression:
    """Return a term without states at an earlier time (before the start, variables are as at the start)."""
    clock = now()
    return rewrite([past], lambda node, _: apply("sub", clock, delay) if node is clock else None)[past]
