"""Which tables of a statement still say what its fields say; the others are made anew."""

from __future__ import annotations

import dataclasses

import numpy as np

from hybridcell.io.petab.cells import Columns, columns_of, observable_row, parameter_row
from hybridcell.io.petab.conditions import array_conditions, conditions_version_1, conditions_version_2
from hybridcell.io.petab.errors import PetabError
from hybridcell.io.petab.experiments import experiments_version_1, experiments_version_2
from hybridcell.io.petab.generate import tables_version_1, tables_version_2
from hybridcell.io.petab.measurements import experiment_places, measurements
from hybridcell.io.petab.model_ids import model_ids
from hybridcell.io.petab.observables import observables
from hybridcell.io.petab.parameters import parameters
from hybridcell.io.petab.read import array_ids, needed_columns
from hybridcell.io.petab.statement import (
    Experiment,
    Observable,
    PetabMeasurements,
    PetabParameter,
    Statement,
)  # fmt: skip
from hybridcell.io.petab.table import Table, from_frame

_PLANS = ("conditions", "experiments")


def written_tables(statement: Statement) -> dict[str, Columns]:
    """Return the tables to write."""
    tables = {
        kind: from_frame(frame, statement.origins.get(kind, ()), f"the table of {kind}")
        for kind, frame in statement.tables.items()
    }
    found = {kind: dict(table.columns) for kind, table in tables.items()}
    for kind in ("conditions", "experiments", "measurements"):
        found.pop(kind, None)
    found["parameters"] = _parameters(statement, tables.get("parameters"))
    if not _same_observables(statement, tables):
        rows = [observable_row(observable, statement.version) for observable in statement.observables]
        found["observables"] = columns_of(rows)
    found |= _events(statement, tables)
    if statement.parts and "mapping" not in found:
        rows = [{"petabEntityId": name, "modelEntityId": part} for name, part in statement.parts.items()]
        found["mapping"] = columns_of(rows)
    header = needed_columns(statement.version)
    return {kind: columns or {name: [] for name in header.get(kind, ())} for kind, columns in found.items()}


def _parameters(statement: Statement, table: Table | None) -> Columns:
    if table is None:
        return columns_of(parameter_row(parameter, statement.version) for parameter in statement.parameters)
    ids = table.columns["parameterId"]
    wanted = {parameter.id: parameter for parameter in statement.parameters}
    has_networks = bool(statement.networks) or "extensions" in statement.yaml
    arrays = array_ids(statement.tables["parameters"], statement.parts) if has_networks else set()
    read = {parameter.id: parameter for parameter in parameters(table, statement.version, without=arrays)}
    rows: list[dict[str, str]] = []
    for row, name in enumerate(ids):
        if name in arrays or name in wanted:
            cells = {column: values[row] for column, values in table.columns.items()}
            if name in wanted and not same_parameter(wanted[name], read[name]):
                cells |= _changed(read[name], wanted[name], statement.version)
            rows.append(cells)
    rows += [parameter_row(wanted[name], statement.version) for name in wanted if name not in read]
    order = [row["parameterId"] for row in rows if row["parameterId"] in wanted]
    if order != list(wanted):  # the order of parameters is the order of rows
        places = {name: i for i, name in enumerate(wanted)}
        rows.sort(key=lambda row: places.get(row["parameterId"], len(places)))
    names = list(dict.fromkeys([*table.columns, *(name for row in rows for name in row if row[name])]))
    return {name: [row.get(name, "") for row in rows] for name in names}


def _changed(before: PetabParameter, after: PetabParameter, version: int) -> dict[str, str]:
    """Return the cells that differ, so that the others keep their text."""
    old, new = parameter_row(before, version), parameter_row(after, version)
    moved = (before.lower, before.upper, before.scale) != (after.lower, after.upper, after.scale)
    return {
        column: cell
        for column, cell in new.items()
        # a uniform prior of version 1 without numbers means the bounds
        if cell != old.get(column, "") or (moved and column.endswith("PriorParameters"))
    }


def same_parameter(a: PetabParameter, b: PetabParameter) -> bool:
    """Return whether two are equal; NaN is equal to NaN."""
    nominal = a.nominal == b.nominal or (np.isnan(a.nominal) and np.isnan(b.nominal))
    return bool(nominal) and dataclasses.replace(a, nominal=0.0) == dataclasses.replace(b, nominal=0.0)


def _same_observables(statement: Statement, tables: dict[str, Table]) -> bool:
    if "observables" not in tables:
        return False
    return _read_observables(statement, tables) == statement.observables


def _read_observables(statement: Statement, tables: dict[str, Table]) -> tuple[Observable, ...]:
    return observables(
        tables["observables"],
        statement.version,
        lambda: model_ids(statement.model, statement.model.name).all,
    )


def _events(statement: Statement, tables: dict[str, Table]) -> dict[str, Columns]:
    """Return the tables of conditions, experiments and measurements."""
    kept: dict[str, Columns] = {}
    table = tables.get("measurements")
    if table is not None and (statement.version == 2 or "conditions" in tables):
        experiments, rows = _read_experiments(statement, tables, table)
        if experiments == statement.experiments:
            kept = {kind: dict(tables[kind].columns) for kind in _PLANS if kind in tables}
            if _same_rows(statement, table, experiments, rows):
                return kept | {"measurements": dict(table.columns)}
    if statement.version == 1:
        moving = model_ids(statement.model, statement.model.name).moving
        made = tables_version_1(statement, moving)
    else:
        made = tables_version_2(statement)
    made["measurements"] = _with_notes(made["measurements"], table)
    return made | kept


def _read_experiments(
    statement: Statement, tables: dict[str, Table], table: Table
) -> tuple[tuple[Experiment, ...], list[int]]:
    if statement.version == 1:
        look = lambda: model_ids(statement.model, statement.model.name).moving  # noqa: E731
        return experiments_version_1(table, conditions_version_1(tables["conditions"], look))
    conditions = conditions_version_2(tables["conditions"]) if "conditions" in tables else {}
    conditions = array_conditions(statement.networks) | conditions
    experiments = experiments_version_2(tables["experiments"], conditions) if "experiments" in tables else ()
    return experiment_places(table, experiments)


def _same_rows(
    statement: Statement, table: Table, experiments: tuple[Experiment, ...], rows: list[int]
) -> bool:
    try:
        measured = measurements(table, statement.observables, experiments, rows)
    except PetabError:  # the observables are others now
        return False
    return same_measurements(measured, statement.measurements)


def same_measurements(a: PetabMeasurements, b: PetabMeasurements) -> bool:
    """Return whether two tables of measurements are equal, row by row."""
    arrays = ("observable", "experiment", "time", "value")
    return (
        all(np.array_equal(getattr(a, name), getattr(b, name)) for name in arrays)
        and a.observable_parameters == b.observable_parameters
        and a.noise_parameters == b.noise_parameters
    )


def _with_notes(made: Columns, before: Table | None) -> Columns:
    """Return measurements with the columns of the table before that nothing here reads, row by row.

    If a row is about another observable, time or experiment now, nobody knows whose notes those were.
    """
    if before is None or len(before) != len(made.get("observableId", ())):
        return made
    told = ("observableId", "experimentId", "simulationConditionId", "preequilibrationConditionId")
    empty = [""] * len(before)
    for name in told:
        if [before.cell(row, name) for row in range(len(before))] != made.get(name, empty):
            return made
    if [before.number(row, "time") for row in range(len(before))] != list(map(float, made.get("time", ()))):
        return made
    notes = ("datasetId", "replicateId", "modelId")
    return made | {name: list(before.columns[name]) for name in notes if name in before}
