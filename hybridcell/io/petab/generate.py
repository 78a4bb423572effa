"""Tables of experiments and measurements from what a statement says."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from hybridcell.io.petab.cells import Columns, columns_of, formulas_cell, number_cell
from hybridcell.io.petab.conditions import array_conditions
from hybridcell.io.petab.errors import PetabError
from hybridcell.io.petab.math import to_petab_math
from hybridcell.io.petab.measurements import DEFAULT
from hybridcell.io.petab.statement import Change, Experiment, Period, Statement


def named_conditions(
    experiments: Sequence[Experiment], of_arrays: Collection[str] = ()
) -> tuple[dict[str, tuple[Change, ...]], list[list[str]]]:
    """Return condition -> changes, and the condition of each period of each experiment.

    A period keeps the name of its condition if it has one of its own, and that means the same everywhere. A
    period of several conditions becomes one, as a statement does not tell which change is of which. What only
    chooses arrays stays without changes: others may choose the same array and change something else.
    """
    found: dict[str, tuple[Change, ...]] = {}
    names: list[list[str]] = []
    for experiment in experiments:
        names.append([])
        for i, period in enumerate(experiment.periods):
            wanted = "_".join(period.conditions) or f"{experiment.id or 'default'}_{i}"
            name, count = wanted, 1
            while found.get(name, period.changes) != period.changes or (period.changes and name in of_arrays):
                count += 1
                name = f"{wanted}_{count}"
            found[name] = period.changes
            names[-1].append(name)
    return found, names


def tables_version_2(statement: Statement) -> dict[str, Columns]:
    """Return the tables of conditions, experiments and measurements of version 2."""
    for experiment in statement.experiments:
        if not experiment.id and experiment != DEFAULT:
            reason = "an experiment without an id is not just the model from time 0"
            raise PetabError("the table of experiments", reason=reason, hint="Give it an id.")
    of_arrays = array_conditions(statement.networks)
    conditions, names = named_conditions(statement.experiments, of_arrays)
    rows: list[dict[str, str]] = []
    for name, changes in conditions.items():
        for change in changes:
            if change.value is None:
                reason = f"the condition {name!r} gives {change.target!r} the model's own value"
                hint = "Version 2 has no form for it; give the number."
                raise PetabError("the table of conditions", reason=reason, hint=hint)
            value = to_petab_math(change.value)
            rows.append({"conditionId": name, "targetId": change.target, "targetValue": value})
    periods = [
        {"experimentId": experiment.id, "time": number_cell(period.time), "conditionId": condition}
        for experiment, of_periods in zip(statement.experiments, names)
        if experiment.id
        for period, name in zip(experiment.periods, of_periods)
        for condition in _conditions_of(period, name, of_arrays)
    ]
    found = {"measurements": columns_of(_measurement_rows(statement))}
    if rows:
        found["conditions"] = columns_of(rows)
    if periods:
        found["experiments"] = columns_of(periods)
    return found


def _conditions_of(period: Period, name: str, of_arrays: Collection[str]) -> list[str]:
    """Return the cells of a period: the condition that has its changes, and those that choose arrays."""
    found = [name] if period.changes else []
    chosen = [condition for condition in period.conditions if condition in of_arrays]
    return list(dict.fromkeys(found + chosen)) or [""]


def _measurement_rows(statement: Statement) -> list[dict[str, str]]:
    given = statement.measurements
    return [
        {
            "observableId": statement.observables[given.observable[i]].id,
            "experimentId": statement.experiments[given.experiment[i]].id,
            "time": number_cell(given.time[i]),
            "measurement": number_cell(given.value[i]),
            "observableParameters": formulas_cell(given.observable_parameters[i]),
            "noiseParameters": formulas_cell(given.noise_parameters[i]),
        }
        for i in range(len(given))
    ]


def tables_version_1(statement: Statement, moving: Collection[str]) -> dict[str, Columns]:
    """Return the tables of conditions and measurements of version 1.

    Parameters
    ----------
    statement
    moving
        Ids of the model that a simulation moves: an empty cell leaves them as they are.
    """
    for experiment in statement.experiments:
        times = tuple(period.time for period in experiment.periods)
        if times not in ((0.0,), (-math.inf, 0.0)):
            reason = f"the experiment {experiment.id!r} has periods from {', '.join(map(number_cell, times))}"
            hint = "Version 1 has one from 0, and one of preequilibration before it."
            raise PetabError("the table of conditions", reason=reason, hint=hint)
    conditions, names = named_conditions(statement.experiments)
    longest_first = sorted(conditions.values(), key=len, reverse=True)  # keeps the order where there is one
    targets = dict.fromkeys(change.target for changes in longest_first for change in changes)
    for experiment in statement.experiments:
        _check_kept(experiment.periods, targets, moving)
    rows = []
    for name, changes in conditions.items():
        row = {"conditionId": name} | dict.fromkeys(targets, "")
        for change in changes:
            row[change.target] = _cell(name, change, moving)
        rows.append(row)
    measured = _measurement_rows(statement)
    for row, place in zip(measured, statement.measurements.experiment):
        row.pop("experimentId")
        row["simulationConditionId"] = names[place][-1]
        row["preequilibrationConditionId"] = names[place][0] if len(names[place]) == 2 else ""
    return {
        # a column of nothing but the model's own values has a meaning
        "conditions": {name: [row[name] for row in rows] for name in ("conditionId", *targets)},
        "measurements": columns_of(measured),
    }


def _cell(name: str, change: Change, moving: Collection[str]) -> str:
    where = "the table of conditions"
    if change.value is None:
        if change.target in moving:
            reason = f"the condition {name!r} gives {change.target!r} the model's own value"
            hint = "In version 1 an empty cell leaves what a simulation moves; give the number."
            raise PetabError(where, reason=reason, hint=hint)
        return ""
    if change.value.op not in ("number", "symbol"):
        reason = f"the condition {name!r} sets {change.target!r} to {to_petab_math(change.value)!r:.60}"
        raise PetabError(where, reason=reason, hint="Version 1 has numbers and ids of parameters.")
    return to_petab_math(change.value)


def _check_kept(periods: Sequence[Period], targets: Collection[str], moving: Collection[str]) -> None:
    if len(periods) == 1:
        return
    set_before, set_after = ({change.target for change in period.changes} for period in periods)
    for target in targets:
        if target in set_before and target not in set_after and target not in moving:
            reason = f"{target!r} keeps its value of the preequilibration"
            hint = "In version 1 every condition has its own; set it in both."
            raise PetabError("the table of conditions", reason=reason, hint=hint)
