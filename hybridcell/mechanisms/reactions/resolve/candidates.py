"""Which variables algebraic rules can determine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hybridcell._core.expressions import Expression, number
from hybridcell._core.expressions.expression import leaves, rewrite
from hybridcell.mechanisms.reactions.elements import Reaction
from hybridcell.mechanisms.reactions.resolve.algebraic import matching
from hybridcell.mechanisms.reactions.resolve.table import Table

_ZERO = number(0.0)


def candidates(table: Table) -> tuple[str, ...]:
    """Return the variables that algebraic rules read and nothing else determines, the likelier ones first.

    They may be read through assignment rules and rate laws. A concentration's size, and what only
    rateOf reads, count where rules are left without a variable otherwise: a rate that needs an unknown size
    needs the rate of that size too. Boundary species come late, and variables that events set last: what an
    event says about them would be overruled at once.
    """
    rules = [math for _, math in table.algebraic]
    free: list[str] = []
    for reach in (_Reach(table), _Reach(table, sizes=True), _Reach(table, sizes=True, rates=True)):
        free = reach.free(rules)
        if None not in matching([reach.free([rule]) for rule in rules]):
            break
    return tuple(sorted(free, key=lambda name: (name in table.set_by_events, _is_boundary(name, table))))


@dataclass(frozen=True)
class _Reach:
    """How far terms are followed: into the sizes of concentrations, and into rateOf."""

    table: Table
    sizes: bool = False
    rates: bool = False

    def free(self, roots: Iterable[Expression]) -> list[str]:
        """Return what terms read and nothing else determines."""
        reached: dict[str, None] = {}
        waiting = [name for root in roots for name in self._symbols(root)]
        while waiting:
            wave = dict.fromkeys(name for name in waiting if name not in reached)
            reached |= wave
            waiting = [name for reader in wave for name in self._read_by(reader)]
        return [name for name in reached if _is_free(name, self.table)]

    def _symbols(self, root: Expression) -> tuple[str, ...]:
        if not self.rates:
            root = rewrite([root], lambda node, _: _ZERO if node.op == "rate_of" else None)[root]
        return leaves([root], "symbol")

    def _read_by(self, name: str) -> tuple[str, ...]:
        math = self.table.assigned.get(name)
        if math is None:
            math = self.table.laws.get(name)
        if math is not None:
            return self._symbols(math)
        species = self.table.species.get(name)
        reads_size = self.sizes and species is not None and not self.table.by_amount(name)
        return (species.compartment,) if species is not None and reads_size else ()


def _is_boundary(name: str, table: Table) -> bool:
    return name in table.species and table.species[name].boundary


def _is_free(name: str, table: Table) -> bool:
    owner = table.owners[name]
    if isinstance(owner, Reaction) or owner.constant:
        return False
    return name not in table.assigned and name not in table.rate_rules and name not in table.sides
