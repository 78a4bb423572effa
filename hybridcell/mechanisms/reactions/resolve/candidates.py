"""Which variables algebraic rules can determine."""

from __future__ import annotations

from collections.abc import Iterable

from hybridcell._core.expressions import Expression, number
from hybridcell._core.expressions.expression import leaves, rewrite
from hybridcell.mechanisms.reactions.elements import Reaction
from hybridcell.mechanisms.reactions.resolve.algebraic import matching
from hybridcell.mechanisms.reactions.resolve.table import Table

_ZERO = number(0.0)


def candidates(table: Table) -> tuple[str, ...]:
    """Return the variables that algebraic rules read and nothing else determines, the likelier ones first.

    They may be read through assignment rules, rate laws and sizes; through rateOf only where rules are left
    without a variable otherwise, as a rate that needs an unknown size needs the rate of that size too.
    Boundary species come late, and variables that events set last: what an event says about them would be
    overruled at once.
    """
    rules = [math for _, math in table.algebraic]
    wants = [_free([rule], table, through_rates=False) for rule in rules]
    is_enough = None not in matching(wants)
    free = _free(rules, table, through_rates=not is_enough)
    return tuple(sorted(free, key=lambda name: (name in table.set_by_events, _is_boundary(name, table))))


def _free(roots: Iterable[Expression], table: Table, *, through_rates: bool) -> list[str]:
    """Return what terms read and nothing else determines."""
    reached: dict[str, None] = {}
    waiting = [name for root in roots for name in _symbols(root, through_rates)]
    while waiting:
        wave = dict.fromkeys(name for name in waiting if name not in reached)
        reached |= wave
        waiting = [name for reader in wave for name in _read_by(reader, table, through_rates)]
    return [name for name in reached if _is_free(name, table)]


def _symbols(root: Expression, through_rates: bool) -> tuple[str, ...]:
    if not through_rates:
        root = rewrite([root], lambda node, _: _ZERO if node.op == "rate_of" else None)[root]
    return leaves([root], "symbol")


def _is_boundary(name: str, table: Table) -> bool:
    return name in table.species and table.species[name].boundary


def _read_by(name: str, table: Table, through_rates: bool) -> tuple[str, ...]:
    math = table.assigned.get(name)
    if math is None:
        math = table.laws.get(name)
    if math is not None:
        return _symbols(math, through_rates)
    species = table.species.get(name)
    return (species.compartment,) if species is not None and not table.by_amount(name) else ()


def _is_free(name: str, table: Table) -> bool:
    owner = table.owners[name]
    if isinstance(owner, Reaction) or owner.constant:
        return False
    return name not in table.assigned and name not in table.rate_rules and name not in table.sides
