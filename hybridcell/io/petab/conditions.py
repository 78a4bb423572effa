"""Condition tables: one row a condition in version 1, one row a change in version 2."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from hybridcell.io.petab.errors import PetabError
from hybridcell.io.petab.network_use import ArrayInput, NetworkUse
from hybridcell.io.petab.statement import Change, PetabParameter
from hybridcell.io.petab.table import ID, Table

#: Columns of version 1 that are not targets.
NOT_TARGETS = ("conditionId", "conditionName")


def conditions_version_1(
    table: Table, moving: Callable[[], Collection[str]]
) -> dict[str, tuple[Change, ...]]:
    """Return condition -> what it sets.

    Parameters
    ----------
    table
    moving
        Gives the ids of the model that a simulation moves; called only if a cell is empty. An empty cell
        leaves these as they are, and gives everything else the model's own value.
    """
    names = table.unique("conditionId")
    targets = [column for column in table.columns if column not in NOT_TARGETS]
    for target in targets:
        if not ID.match(target):
            raise PetabError(table.file, 1, target, "the name of the column is not an id of the model")
    found: dict[str, tuple[Change, ...]] = {}
    for row, name in enumerate(names):
        changes: list[Change] = []
        for target in targets:
            if table.cell(row, target):
                changes.append(Change(target=target, value=table.formula(row, target)))
            elif target not in moving():
                changes.append(Change(target=target, value=None))
        found[name] = tuple(changes)
    return found


def conditions_version_2(table: Table) -> dict[str, tuple[Change, ...]]:
    """Return condition -> what it sets."""
    found: dict[str, dict[str, Change]] = {}
    for row in range(len(table)):
        name = table.identifier(row, "conditionId")
        target = table.identifier(row, "targetId")
        changes = found.setdefault(name, {})
        if target in changes:
            raise table.error(row, "targetId", f"the condition {name!r} sets {target!r} twice")
        changes[target] = Change(target=target, value=table.formula(row, "targetValue"))
    return {name: tuple(changes.values()) for name, changes in found.items()}


def array_conditions(networks: Iterable[NetworkUse]) -> dict[str, tuple[Change, ...]]:
    """Return the conditions for which files have arrays: they exist, even if they set nothing else."""
    return {
        name: ()
        for network in networks
        for value in network.inputs
        if isinstance(value, ArrayInput)
        for name in value.values
        if name
    }


def no_parameter_is_set(
    table: Table, conditions: Mapping[str, tuple[Change, ...]], parameters: Sequence[PetabParameter]
) -> None:
    """Check that no condition sets what the parameter table gives: it would have two values."""
    ids = {parameter.id for parameter in parameters}
    for name, changes in conditions.items():
        for change in changes:
            if change.target in ids:
                rows = [i for i in range(len(table)) if table.cell(i, "conditionId") == name]
                wide = change.target in table
                row = rows[0] if wide else next(i for i in rows if table.cell(i, "targetId") == change.target)
                reason = f"the condition {name!r} sets {change.target!r}, which is in the parameter table too"
                hint = "Give the parameter another id, and name it as the value."
                raise table.error(row, change.target if wide else "targetId", reason, hint)
