"""Files and rows of neural networks whose numbers are no longer those of the files."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell.io.petab.cells import Columns
from hybridcell.io.petab.document import SCIML
from hybridcell.io.petab.model_ids import model_ids
from hybridcell.io.petab.network_use import ArrayInput, NetworkArray, NetworkUse
from hybridcell.io.petab.read import array_ids, rows_of
from hybridcell.io.petab.statement import Statement

if TYPE_CHECKING:
    import pandas as pd

    from hybridcell.io.petab.sciml import WrittenNetworks


def section_of(statement: Statement) -> dict[str, Any]:
    """Return the section of neural networks of the YAML file that was read."""
    extensions = statement.yaml.get("extensions") or {}
    return next((extensions[name] for name in SCIML if extensions.get(name)), {})


def networks_as_read(statement: Statement) -> bool:
    """Return whether the files of the problem still say what the networks of the statement are."""
    section = section_of(statement)
    if not statement.networks:
        return not section
    if not section or "parameters" not in statement.tables:
        return False
    from hybridcell.io.petab.sciml import read_networks

    rows = statement.tables["parameters"]
    rows = rows_of(rows, array_ids(rows, statement.parts))
    read = read_networks(section, statement.file.parent, statement.tables, rows)
    return len(read) == len(statement.networks) and all(map(same_network, read, statement.networks))


def same_network(a: NetworkUse, b: NetworkUse) -> bool:
    """Return whether two networks compute the same from equal numbers, inputs and outputs."""
    return (
        (a.id, dict(a.outputs), dict(a.targets)) == (b.id, dict(b.outputs), dict(b.targets))
        and a.network == b.network
        and list(a.arrays) == list(b.arrays)
        and all(_same_array(a.arrays[name], b.arrays[name]) for name in a.arrays)
        and len(a.inputs) == len(b.inputs)
        and all(map(_same_input, a.inputs, b.inputs))
        and all(a.input_shape(i) == b.input_shape(i) for i in range(len(a.inputs)))
    )


def _same_array(a: NetworkArray, b: NetworkArray) -> bool:
    same = (a.estimate, a.prior, a.lower, a.upper) == (b.estimate, b.prior, b.lower, b.upper)
    return same and np.array_equal(a.value, b.value)


def _same_input(a: Any, b: Any) -> bool:
    if not isinstance(a, ArrayInput) or not isinstance(b, ArrayInput):
        return a == b
    return list(a.values) == list(b.values) and all(
        np.array_equal(a.values[name], b.values[name]) for name in a.values
    )


def rewritten(statement: Statement, tables: dict[str, Columns], folder: Path) -> WrittenNetworks:
    """Write the files of the networks, and put their rows into the tables.

    Parameters
    ----------
    statement
    tables
        All tables of the problem; those of parameters, mapping and hybridization are changed.
    folder
        For the files.
    """
    from hybridcell.io.petab.sciml import write_networks

    outputs = {output for network in statement.networks for output in network.outputs}
    numbers = {parameter.id for parameter in statement.parameters}
    targets = {c.target for e in statement.experiments for p in e.periods for c in p.changes}
    nets = section_of(statement).get("neural_networks") or {}
    names = {*nets, *(network.id for network in statement.networks)}
    mapping = tables.get("mapping", {})
    others = [part.partition(".")[0] not in names for part in mapping.get("modelEntityId", [])]
    mapping = _rows(mapping, others)
    mapped = set(mapping.get("petabEntityId", []))
    written = write_networks(
        statement.networks,
        folder,
        set_elsewhere=(numbers | targets) - mapped,
        taken=model_ids(statement.model, statement.model.name).all
        | {observable.id for observable in statement.observables}
        | numbers
        | targets
        | mapped,
        files_taken=(statement.file.stem,),
        static={name: bool(net.get("pre_initialization")) for name, net in nets.items()},
    )
    tables["mapping"] = _joined(mapping, written.mapping)
    parameters = tables["parameters"]
    kept = [name in numbers for name in parameters["parameterId"]]
    tables["parameters"] = _joined(_rows(parameters, kept), written.parameters)
    tables["hybridization"] = _joined({}, written.hybridization)
    assert outputs <= set(tables["mapping"]["petabEntityId"])
    return written


def _rows(columns: Columns, wanted: Collection[bool]) -> Columns:
    return {name: [c for c, keep in zip(cells, wanted) if keep] for name, cells in columns.items()}


def _joined(columns: Columns, frame: pd.DataFrame) -> Columns:
    count = len(next(iter(columns.values()), []))
    names = dict.fromkeys([*columns, *map(str, frame.columns)])
    more = {str(name): [str(cell) for cell in frame[name].fillna("")] for name in frame.columns}
    empty = [""] * len(frame)
    return {name: columns.get(name, [""] * count) + more.get(name, empty) for name in names}
