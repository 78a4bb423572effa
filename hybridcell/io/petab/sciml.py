"""Neural networks of a PEtab-SciML problem: from its files to `NetworkUse`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybridcell._core.errors import HybridCellError
from hybridcell._core.expressions import Expression
from hybridcell._core.expressions.expression import leaves
from hybridcell.io.petab.arrays_hdf5 import ArrayFiles, read_array_files
from hybridcell.io.petab.document import inside
from hybridcell.io.petab.errors import PetabError, known_hint
from hybridcell.io.petab.hybridization import assignments, read_parts
from hybridcell.io.petab.network_arrays import network_arrays
from hybridcell.io.petab.network_inputs import NetworkTables, network_inputs
from hybridcell.io.petab.network_use import NetworkUse
from hybridcell.io.petab.network_yaml import read_network_yaml
from hybridcell.io.petab.sciml_write import WrittenNetworks as WrittenNetworks
from hybridcell.io.petab.sciml_write import write_networks as write_networks
from hybridcell.io.petab.table import Table, read_tables
from hybridcell.neural.traced import TracedNetwork

if TYPE_CHECKING:
    import pandas as pd

#: Names of the section in the YAML file, and the versions of it that can be read.
SECTIONS = ("sciml", "petab_sciml")
VERSIONS = ("0.1.0", "2.0.0")


def sciml_section(config: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the section about networks of a parsed YAML file (or of one of its extensions).

    None: the problem has no networks.
    """
    if "neural_networks" in config:
        section: Any = config
    else:
        extensions = config.get("extensions") or {}
        found = [name for name in SECTIONS if isinstance(extensions, Mapping) and name in extensions]
        if not found:
            return None
        section = extensions[found[0]]
    if not isinstance(section, Mapping):
        raise _problem("extensions", f"the section is {section!r:.40}; wanted neural_networks and files")
    version = str(section.get("version", VERSIONS[0]))
    if version not in VERSIONS:
        raise _problem("version", f"there is no version {version!r} of sciml", known_hint(version, VERSIONS))
    return section


def read_networks(
    config: Mapping[str, Any],
    folder: Path,
    tables: Mapping[str, pd.DataFrame],
    parameters_rows: pd.DataFrame,
) -> tuple[NetworkUse, ...]:
    """Read the networks of a problem.

    Parameters
    ----------
    config
        The parsed YAML file, or its section about networks.
    folder
        In which its files are.
    tables
        All as text: "mapping", and "hybridization" where it is read already.
    parameters_rows
        The rows of the parameter table that are about networks.

    Returns
    -------
    tuple of NetworkUse
        In the order of the YAML file.

    Raises
    ------
    PetabError
        Naming the file, the line or dataset, and what is wrong.
    """
    section = sciml_section(config)
    if section is None:
        return ()
    folder = Path(folder)
    networks = _networks(section, folder)
    files = read_array_files([folder / path for path in _paths(section, "array_files")])
    _check_networks_known(files, networks)
    mapping = _table(tables.get("mapping"), "mapping table")
    hybridization = _hybridization(section, folder, tables)
    parts = read_parts(mapping, list(networks))
    read = NetworkTables(parts, mapping, hybridization, assignments(hybridization))
    targets = _targets(read)
    parameters = _table(parameters_rows, "parameter table")
    uses = []
    for id, network in networks.items():
        inputs, shapes = network_inputs(id, network, read, files)
        use = NetworkUse(
            id=id,
            network=network,
            arrays=network_arrays(id, network, parts, mapping, parameters, files.parameters.get(id, {})),
            inputs=inputs,
            input_shapes=shapes,
            outputs={part.id: part.place for part in parts if part.network == id and part.kind == "outputs"},
            targets=targets.get(id, {}),
        )
        _check_computable(use, read)
        uses.append(use)
    return tuple(uses)


def _problem(key: str, reason: str, hint: str = "") -> PetabError:
    return PetabError("section 'sciml' of the YAML file", 0, key, reason, hint)


def _paths(section: Mapping[str, Any], key: str) -> list[str]:
    value = section.get(key) or []
    if not isinstance(value, Sequence):
        raise _problem(key, f"found {value!r:.40}; wanted a list of files")
    return [inside("section 'sciml'", key, path) for path in ([value] if isinstance(value, str) else value)]


def _networks(section: Mapping[str, Any], folder: Path) -> dict[str, TracedNetwork]:
    entries = section.get("neural_networks")
    if not isinstance(entries, Mapping) or not entries:
        raise _problem("neural_networks", f"found {entries!r:.40}; wanted ids with the files of networks")
    found = {}
    for id, entry in entries.items():
        if not isinstance(entry, Mapping):
            raise _problem("neural_networks", f"{id!r} is {entry!r:.40}; wanted 'location' and 'format'")
        format = str(entry.get("format", "YAML"))
        if format.lower() != "yaml":
            reason = f"network {id!r} has the format {format!r}, which cannot be read"
            raise _problem("neural_networks", reason, "Export it as YAML.")
        if "location" not in entry:
            raise _problem(
                "neural_networks", f"network {id!r} has no 'location'", known_hint("location", entry)
            )
        location = inside("section 'sciml'", "location", entry["location"])
        found[str(id)] = read_network_yaml(folder / location)
    return found


def _check_networks_known(files: ArrayFiles, networks: Mapping[str, TracedNetwork]) -> None:
    for id, arrays in files.parameters.items():
        if id not in networks:
            for array in arrays.values():
                raise array.error(f"there is no network {id!r}", known_hint(id, networks))


def _table(frame: pd.DataFrame | None, name: str) -> Table:
    if frame is None:
        return Table({}, (), name)
    columns = {
        str(column): [
            "" if value is None or value != value else str(value).strip() for value in frame[column]
        ]
        for column in frame.columns
    }
    return Table(columns, tuple((name, line) for line in range(2, len(frame) + 2)), name)


def _hybridization(section: Mapping[str, Any], folder: Path, tables: Mapping[str, pd.DataFrame]) -> Table:
    paths = _paths(section, "hybridization_files")
    if "hybridization" in tables:
        # lines of several files that are joined already cannot be told apart
        return _table(tables["hybridization"], paths[0] if len(paths) == 1 else "hybridization table")
    for path in paths:
        if not os.path.isfile(folder / path):
            raise _problem("hybridization_files", f"the file {path!r} does not exist")
    return read_tables(folder, paths, ("targetId", "targetValue")) if paths else Table({}, (), "")


def _targets(read: NetworkTables) -> dict[str, dict[str, Expression]]:
    """Return network -> id of the model -> its value, for all rows that set no input."""
    inputs = {part.id for part in read.parts if part.kind == "inputs"}
    networks = {part.id: part.network for part in read.parts if part.kind == "outputs"}
    found: dict[str, dict[str, Expression]] = {}
    for target, row in read.rows.items():
        if target in inputs:
            continue
        table = read.hybridization
        value = table.formula(row, "targetValue")
        named = [name for name in leaves([value], "symbol") if name in networks]
        if not named:
            reason = (
                f"{target!r} is no input of a network, and {table.cell(row, 'targetValue')!r} reads no output"
            )
            raise table.error(row, "targetValue", reason, known_hint(target, [*inputs, *networks]))
        found.setdefault(networks[named[0]], {})[target] = value
    return found


def _check_computable(use: NetworkUse, read: NetworkTables) -> None:
    """Follow shapes through the network, so that what does not fit comes up with its name, before any run."""
    try:
        shapes = use.output_shapes()
    except HybridCellError as error:
        raise PetabError("", reason=str(error)) from error
    for part in read.parts:
        if part.network != use.id or part.kind != "outputs":
            continue
        argument, *place = part.place
        reason = ""
        if argument >= len(shapes):
            reason = f"network {use.id!r} has {len(shapes)} outputs"
        elif len(place) > len(shapes[argument]) or any(i >= n for i, n in zip(place, shapes[argument])):
            reason = f"output {argument} of network {use.id!r} has the shape {shapes[argument]}"
        elif any(n != 1 for n in shapes[argument][len(place) :]):
            reason = f"output {argument} of network {use.id!r} is {shapes[argument]}, more than one number"
        if reason:
            raise read.mapping.error(part.row, "modelEntityId", reason, "Places are counted from 0.")
