"""Reading PEtab problems of both versions into what they state."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from hybridcell.io.petab.conditions import (
    array_conditions,
    conditions_version_1,
    conditions_version_2,
    no_parameter_is_set,
)
from hybridcell.io.petab.document import KINDS, Document, existing, inside, read_document
from hybridcell.io.petab.errors import PetabError
from hybridcell.io.petab.experiments import experiments_version_1, experiments_version_2
from hybridcell.io.petab.measurements import experiment_places, measurements
from hybridcell.io.petab.model_ids import ModelIds, model_ids
from hybridcell.io.petab.observables import observables
from hybridcell.io.petab.parameters import parameters
from hybridcell.io.petab.statement import Statement
from hybridcell.io.petab.table import Table, read_tables

if TYPE_CHECKING:
    import pandas as pd

    from hybridcell.io.petab.network_use import NetworkUse

#: Columns that a table must have.
_NEEDED = {
    "parameters": ("parameterId", "estimate"),
    "observables": ("observableId", "observableFormula", "noiseFormula"),
    "mapping": ("petabEntityId", "modelEntityId"),
}
_NEEDED_1 = {
    "conditions": ("conditionId",),
    "measurements": ("observableId", "simulationConditionId", "measurement", "time"),
}
_NEEDED_2 = {
    "conditions": ("conditionId", "targetId", "targetValue"),
    "experiments": ("experimentId", "time", "conditionId"),
    "measurements": ("observableId", "measurement", "time"),
}


def needed_columns(version: int) -> dict[str, tuple[str, ...]]:
    """Return kind of table -> columns that it must have."""
    return _NEEDED | (_NEEDED_1 if version == 1 else _NEEDED_2)


def read_statement(path: str | os.PathLike[str]) -> Statement:
    """Read a PEtab problem, version 1 or 2.

    Parameters
    ----------
    path
        The YAML file.

    Returns
    -------
    Statement
        What it says; symbols of formulas are not yet looked up in the model (see `check_symbols`).

    Raises
    ------
    PetabError
        If a file is missing or damaged, or the tables do not fit together. It names file, line and column.
    """
    document = read_document(Path(path))
    model = existing(document, document.model, "sbml_files" if document.version == 1 else "model_files")
    tables = _tables(document)
    look = cache(lambda: model_ids(model, document.model))
    read = _version_1 if document.version == 1 else _version_2
    return read(document, model, tables, look)


def _tables(document: Document) -> dict[str, Table]:
    needed = needed_columns(document.version)
    found: dict[str, Table] = {}
    for kind, files in document.tables.items():
        if files:
            key = "parameter_file" if document.version == 1 and kind == "parameters" else KINDS[kind]
            for file in files:
                existing(document, file, key)
            found[kind] = read_tables(document.folder, files, needed[kind])
    return found


def _version_1(
    document: Document, model: Path, tables: dict[str, Table], look: Callable[[], ModelIds]
) -> Statement:
    origins = {kind: table.origin for kind, table in tables.items()}
    tables = tables if "conditions" in tables else _as_it_is(document, tables)
    seen = observables(tables["observables"], 1, lambda: look().all)
    conditions = conditions_version_1(tables["conditions"], lambda: look().moving)
    experiments, rows = experiments_version_1(tables["measurements"], conditions)
    rows_of_parameters = parameters(tables["parameters"], 1)
    no_parameter_is_set(tables["conditions"], conditions, rows_of_parameters)
    return Statement(
        version=1,
        file=document.file,
        model=model,
        parameters=rows_of_parameters,
        experiments=experiments,
        observables=seen,
        measurements=measurements(tables["measurements"], seen, experiments, rows),
        tables={kind: table.frame() for kind, table in tables.items()},
        origins=origins,
        yaml=document.content,
    )


def _as_it_is(document: Document, tables: dict[str, Table]) -> dict[str, Table]:
    """Return the tables with one of conditions that has one: the model as it is."""
    measured = tables["measurements"]
    for row, (file, line) in enumerate(measured.origin):
        for column in ("simulationConditionId", "preequilibrationConditionId"):
            named = measured.cell(row, column)
            if named:
                reason = f"no file is named, and line {line} of {file} names the condition {named!r}"
                raise PetabError(document.file.name, 0, "condition_files", reason)
    columns = {**measured.columns, "simulationConditionId": ["default"] * len(measured)}
    whole = Table({"conditionId": ["default"]}, (("the table of conditions", 0),))
    return {**tables, "conditions": whole, "measurements": replace(measured, columns=columns)}


def _version_2(
    document: Document, model: Path, tables: dict[str, Table], look: Callable[[], ModelIds]
) -> Statement:
    seen = observables(tables["observables"], 2, lambda: look().all)
    parts = _parts(tables.get("mapping"))
    frames, networks, arrays = {kind: table.frame() for kind, table in tables.items()}, (), set[str]()
    if document.sciml is not None:
        frames, networks, arrays = _networks(document, frames, parts)
    set_by = conditions_version_2(tables["conditions"]) if "conditions" in tables else {}
    conditions = array_conditions(networks) | set_by
    experiments = experiments_version_2(tables["experiments"], conditions) if "experiments" in tables else ()
    experiments, rows = experiment_places(tables["measurements"], experiments, document.model_id)
    rows_of_parameters = parameters(tables["parameters"], 2, without=arrays)
    if set_by and document.sciml is None:
        no_parameter_is_set(tables["conditions"], set_by, rows_of_parameters)
    return Statement(
        version=2,
        file=document.file,
        model=model,
        parameters=rows_of_parameters,
        experiments=experiments,
        observables=seen,
        measurements=measurements(tables["measurements"], seen, experiments, rows),
        tables=frames,
        networks=networks,
        parts=parts,
        origins={kind: table.origin for kind, table in tables.items()},
        yaml=document.content,
    )


def _parts(table: Table | None) -> dict[str, str]:
    if table is None:
        return {}
    names = table.unique("petabEntityId")
    return {name: table.cell(row, "modelEntityId") for row, name in enumerate(names)}


def _networks(
    document: Document, frames: dict[str, pd.DataFrame], parts: Mapping[str, str]
) -> tuple[dict[str, pd.DataFrame], tuple[NetworkUse, ...], set[str]]:
    """Read the neural networks; return the tables with theirs, the networks and the ids of their arrays."""
    from hybridcell.io.petab.sciml import read_networks

    section = dict(document.sciml or {})
    files = section.get("hybridization_files") or []
    paths = [inside(document.file.name, "hybridization_files", file) for file in files]
    for path in paths:
        existing(document, path, "hybridization_files")
    if paths:
        frames["hybridization"] = read_tables(document.folder, paths, ("targetId", "targetValue")).frame()
    arrays = array_ids(frames["parameters"], parts)
    rows = rows_of(frames["parameters"], arrays)
    return frames, tuple(read_networks(section, document.folder, frames, rows)), arrays


def array_ids(rows: pd.DataFrame, parts: Mapping[str, str]) -> set[str]:
    """Return the ids in a parameter table that stand for arrays of networks."""
    values = rows["nominalValue"] if "nominalValue" in rows else [""] * len(rows)
    return {
        name
        for name, value in zip(rows["parameterId"], values)
        if value == "array" or parts.get(name, "").partition(".")[2].startswith("parameters")
    }


def rows_of(frame: pd.DataFrame, ids: Collection[str]) -> pd.DataFrame:
    """Return the rows of a parameter table with these ids."""
    return frame.loc[[i for i, name in zip(frame.index, frame["parameterId"]) if name in ids]]
