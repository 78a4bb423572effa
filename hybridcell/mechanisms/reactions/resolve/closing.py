"""Leaves that stand for something else, replaced everywhere."""

from __future__ import annotations

from collections.abc import Iterable

from hybridcell._core.expressions import Expression, apply, state, symbol
from hybridcell._core.expressions.expression import leaves, rewrite, walk
from hybridcell.mechanisms.reactions.resolve.dynamics import Dynamics
from hybridcell.mechanisms.reactions.resolve.memo import Memo, Steps
from hybridcell.mechanisms.reactions.resolve.start import Start, before


class Closing:
    """Replaces what is no state after all.

    Variables that nothing changes are their value at the start, where that follows from constants; where it
    also depends on the time of the start, they become states that keep it. Variables that algebraic rules
    determine are what the rules say.

    Attributes
    ----------
    kept : set of str
        Variables that nothing changes and that are states all the same.
    """

    def __init__(self, dynamics: Dynamics, start: Start, placeholders: Iterable[str]):
        self._dynamics = dynamics
        self.kept: set[str] = set()
        self._fixed: dict[Expression, Expression] = {}
        self._stands_for: dict[Expression, Expression] = {
            state(name): value for name, value in dynamics.solution.values.items()
        }
        values = {name: _at_start(name, dynamics, start) for name in placeholders}
        timed = _reading_time(values.values())
        for name, value in values.items():
            leaf = state(name) if dynamics.is_state(name) else symbol(name)
            if value not in timed:
                self._fixed[leaf] = value
                continue
            self.kept.add(name)
            if leaf is not state(name):
                self._stands_for[leaf] = self._from_state(name)
        self._closed = Memo(self._close)

    def __call__(self, roots: Iterable[Expression]) -> dict[Expression, Expression]:
        """Return old -> new for everything below the roots."""
        return rewrite(roots, self._final)

    def _final(self, node: Expression, args: tuple[Expression, ...]) -> Expression | None:
        if node in self._fixed:
            return self._fixed[node]
        if node in self._stands_for:
            return self._closed[node]
        if node.op == "delay" and not leaves(args[:1], "state"):
            return before(*args)  # no history is needed for what only time changes
        return None

    def _from_state(self, name: str) -> Expression:
        table = self._dynamics.table
        if name not in table.species or table.by_amount(name):
            return state(name)
        return apply("div", state(name), self._dynamics.value(table.species[name].compartment))

    def _close(self, leaf: Expression) -> Steps:
        stands_for = self._stands_for[leaf]
        new: dict[Expression, Expression] = {}
        for node in walk([stands_for]):
            if node in self._fixed:
                new[node] = self._fixed[node]
            elif node in self._stands_for:
                new[node] = yield node
        return rewrite([stands_for], lambda node, _: new.get(node))[stands_for]


def _at_start(name: str, dynamics: Dynamics, start: Start) -> Expression:
    is_amount = dynamics.is_state(name) and name in dynamics.table.species
    return start.amount(name) if is_amount else start.value(name)


def _reading_time(roots: Iterable[Expression]) -> set[Expression]:
    """Return the nodes below the roots that depend on time."""
    found: set[Expression] = set()
    for node in walk(roots):
        if node.op == "time" or any(arg in found for arg in node.args):
            found.add(node)
    return found
