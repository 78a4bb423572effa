"""What is wrong with a network as a whole, said with the element and its line."""

from __future__ import annotations

import math
import warnings

from hybridcell._core.errors import SBMLError, SBMLWarning
from hybridcell._core.expressions import constant
from hybridcell._core.expressions.expression import leaves, walk
from hybridcell.mechanisms.reactions.elements import Reaction
from hybridcell.mechanisms.reactions.equations import Equations
from hybridcell.mechanisms.reactions.resolve.memo import CircularError
from hybridcell.mechanisms.reactions.resolve.table import Table


def refuse_empty_sizes(equations: Equations, table: Table) -> None:
    """Raise where something divides by a size that is 0."""
    value = dict(zip(equations.constants, equations.values))
    empty = {constant(name): name for name in table.compartments if value.get(name) == 0.0}
    if not empty:
        return
    for node in walk([*equations.dynamic, *equations.initial]):
        if node.op == "div" and node.args[1] in empty:
            name = empty[node.args[1]]
            raise SBMLError(
                "its size is 0, and concentrations in it are needed",
                name,
                table.compartments[name].line,
                "Give it a size, or mark its species hasOnlySubstanceUnits.",
            )


def warn_of_gaps(equations: Equations, table: Table) -> None:
    """Warn of reactions without a law, and of values that are needed and that the file does not give."""
    lawless = [reaction for reaction in table.reactions.values() if reaction.law is None]
    if lawless:
        _warn(f"{_names(lawless)} without a rate law: taken as 0.")
    uncounted = _uncounted(table)
    if uncounted:
        _warn(f"{_names(uncounted)} with a stoichiometry that the file does not give: taken as 1.")
    needed = set(leaves([*equations.dynamic, *equations.initial], "constant"))
    unknown = {name for name, v in zip(equations.constants, equations.values) if math.isnan(v)} & needed
    missing = [owner for name, owner in table.owners.items() if name in unknown and _gives_none(owner)]
    if missing:
        _warn(
            f"{_names(missing)} without a value: taken as NaN. Give values with network.with_values({{...}})."
        )


def circular(error: CircularError, table: Table) -> SBMLError:
    """Return the error for values that need each other. Keys of the cycle are (kind, id or term)."""
    names: list[str] = []
    for kind, what in error.cycle:  # pyright: ignore[reportGeneralTypeIssues]
        name = what if isinstance(what, str) else f"rateOf({what!r})" if kind == "rate" else ""
        if name and name not in names:
            names.append(name)
    first = next((name for name in names if name in table.owners), "")
    return SBMLError(
        f"values need each other in a circle: {' -> '.join([*names, *names[:1]])}",
        first,
        table.owners[first].line if first else 0,
        "Break the circle, for example with an algebraic rule instead of an assignment rule.",
    )


def _uncounted(table: Table) -> list[Reaction]:
    """Return the reactions in which a stoichiometry has no number, and nothing that sets it."""
    given = {*table.assigned, *table.rate_rules, *table.initial, *table.set_by_events}
    given |= {name for _, math in table.algebraic for name in leaves([math], "symbol")}
    found = {
        side.reaction: table.reactions[side.reaction]
        for sides in table.sides.values()
        for side in sides
        if side.reference.stoichiometry is None
        and side.reference not in table.stoichiometries
        and side.reference.id not in given
    }
    return list(found.values())


def _gives_none(owner: object) -> bool:
    numbers = ("size", "value", "stoichiometry", "initial_amount", "initial_concentration")
    return all(getattr(owner, number, None) is None for number in numbers)


def _names(owners: list) -> str:
    shown = ", ".join(
        f"{owner.id!r} (line {owner.line})" if owner.line else repr(owner.id) for owner in owners[:5]
    )
    return shown + (f" and {len(owners) - 5} more" if len(owners) > 5 else "")


def _warn(text: str) -> None:
    warnings.warn(text, SBMLWarning, stacklevel=4)
