"""Which variables algebraic rules can determine."""

from __future__ import annotations

from hybridcell._core.expressions.expression import leaves
from hybridcell.mechanisms.reactions.elements import Reaction
from hybridcell.mechanisms.reactions.resolve.table import Table


def candidates(table: Table) -> tuple[str, ...]:
    """Return the variables that algebraic rules read and nothing else determines, the likelier ones first.

    They may be read through assignment rules, rate laws and sizes. Boundary species come late, and variables
    that events set last: what an event says about them would be overruled at once.
    """
    reached: dict[str, None] = {}
    waiting = [name for _, math in table.algebraic for name in leaves([math], "symbol")]
    while waiting:
        wave = dict.fromkeys(name for name in waiting if name not in reached)
        reached |= wave
        waiting = [name for reader in wave for name in _read_by(reader, table)]
    free = [name for name in reached if _is_free(name, table)]
    return tuple(sorted(free, key=lambda name: (name in table.set_by_events, _is_boundary(name, table))))


def _is_boundary(name: str, table: Table) -> bool:
    return name in table.species and table.species[name].boundary


def _read_by(name: str, table: Table) -> tuple[str, ...]:
    math = table.assigned.get(name)
    if math is None:
        math = table.laws.get(name)
    if math is not None:
        return leaves([math], "symbol")
    species = table.species.get(name)
    return (species.compartment,) if species is not None and not table.by_amount(name) else ()


def _is_free(name: str, table: Table) -> bool:
    owner = table.owners[name]
    if isinstance(owner, Reaction) or owner.constant:
        return False
    return name not in table.assigned and name not in table.rate_rules and name not in table.sides
