"""Experiments: rows of a table in version 2, pairs of conditions in version 1."""

from __future__ import annotations

import math
from collections.abc import Mapping

from hybridcell.io.petab.errors import known_hint
from hybridcell.io.petab.statement import Change, Experiment, Period
from hybridcell.io.petab.table import Table

Conditions = Mapping[str, tuple[Change, ...]]


def experiments_version_1(table: Table, conditions: Conditions) -> tuple[tuple[Experiment, ...], list[int]]:
    """Return the pairs of conditions in a measurement table, and the place of each row's pair."""
    places: dict[tuple[str, str], int] = {}
    rows: list[int] = []
    for row in range(len(table)):
        before = table.cell(row, "preequilibrationConditionId")
        after = table.needed(row, "simulationConditionId")
        if before:
            table.known(row, "preequilibrationConditionId", before, conditions, "condition")
        table.known(row, "simulationConditionId", after, conditions, "condition")
        rows.append(places.setdefault((before, after), len(places)))
    taken: set[str] = set()
    found: list[Experiment] = []
    for before, after in places:
        name = _new(f"{before}__{after}" if before else after, taken)
        periods = [Period(time=-math.inf, changes=conditions[before], conditions=(before,))] if before else []
        periods.append(Period(time=0.0, changes=conditions[after], conditions=(after,)))
        found.append(Experiment(id=name, periods=tuple(periods)))
    return tuple(found), rows


def _new(name: str, taken: set[str]) -> str:
    found, count = name, 1
    while found in taken:
        count += 1
        found = f"{name}_{count}"
    taken.add(found)
    return found


def experiments_version_2(table: Table, conditions: Conditions) -> tuple[Experiment, ...]:
    """Return the experiments of a table, the periods of each in the order of their times.

    The order of rows means nothing, except that among conditions of one time it is kept.
    """
    rows: dict[str, dict[float, list[int]]] = {}
    for row in range(len(table)):
        name = table.identifier(row, "experimentId")
        table.needed(row, "time")
        time = table.number(row, "time")
        if math.isnan(time) or time == math.inf:
            hint = "Wanted a number, or -inf for a period until the steady state."
            raise table.error(row, "time", f"{table.columns['time'][row]!r} is no time of a period", hint)
        rows.setdefault(name, {}).setdefault(time, []).append(row)
    return tuple(
        Experiment(id=name, periods=tuple(_period(table, time, at[time], conditions) for time in sorted(at)))
        for name, at in rows.items()
    )


def _period(table: Table, time: float, rows: list[int], conditions: Conditions) -> Period:
    names: list[str] = []
    changes: dict[str, Change] = {}
    for row in rows:
        name = table.cell(row, "conditionId")
        if not name:
            continue
        if name not in conditions:
            reason = f"there is no condition {name!r}"
            raise table.error(row, "conditionId", reason, known_hint(name, conditions))
        if name in names:
            raise table.error(row, "conditionId", f"{name!r} is there twice at time {time:g}")
        names.append(name)
        for change in conditions[name]:
            if change.target in changes:
                reason = f"two conditions set {change.target!r} at time {time:g}"
                raise table.error(row, "conditionId", reason, "Leave it to one of them.")
            changes[change.target] = change
    return Period(time=time, changes=tuple(changes.values()), conditions=tuple(names))
