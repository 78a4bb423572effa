"""Neural networks of a PEtab-SciML problem: from `NetworkUse` to its files and table rows."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.expressions import Expression
from hybridcell._core.files import replacing
from hybridcell.io.petab.arrays_hdf5 import write_arrays
from hybridcell.io.petab.cells import is_left_whole
from hybridcell.io.petab.errors import PetabError
from hybridcell.io.petab.math import to_petab_math
from hybridcell.io.petab.network_use import ArrayInput, NetworkArray, NetworkUse
from hybridcell.io.petab.network_yaml import write_network_yaml

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class WrittenNetworks:
    """What belongs into the other files of the problem.

    Attributes
    ----------
    section : dict
        For ``extensions: {sciml: ...}`` of the YAML file.
    mapping : DataFrame
        Rows for the mapping table.
    hybridization : DataFrame
        The hybridization table, which is written.
    parameters : DataFrame
        Rows for the parameter table.
    files : tuple of Path
        All that were written.
    """

    section: dict[str, Any]
    mapping: pd.DataFrame
    hybridization: pd.DataFrame
    parameters: pd.DataFrame
    files: tuple[Path, ...]


@dataclass
class _Rows:
    """Rows as they come up."""

    set_elsewhere: Collection[str]
    mapping: list[tuple[str, str]] = field(default_factory=list)
    hybridization: list[tuple[str, str]] = field(default_factory=list)
    parameters: list[dict[str, str]] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    own: set[Expression] = field(default_factory=set)
    stems: set[str] = field(default_factory=set)

    def stem(self, id: str) -> str:
        """Return the name of a network's files: no other's, also where case makes no difference."""
        name = id = re.sub(r"\W", "_", id, flags=re.ASCII)
        count = 1
        while name.lower() in self.stems:
            count += 1
            name = f"{id}_{count}"
        self.stems.add(name.lower())
        return name

    def map(self, id: str, part: str) -> str:
        """Add a row of the mapping table under a free id."""
        name = id = re.sub(r"\W", "_", id, flags=re.ASCII)
        count = 1
        while name in self.taken:
            count += 1
            name = f"{id}_{count}"
        self.taken.add(name)
        self.mapping.append((name, part))
        return name


def write_networks(
    uses: Sequence[NetworkUse],
    folder: Path,
    *,
    set_elsewhere: Collection[str] = (),
    taken: Collection[str] = (),
    files_taken: Collection[str] = (),
    static: Mapping[str, bool] | None = None,
) -> WrittenNetworks:
    """Write the networks of a problem; reading the files gives the same.

    Parameters
    ----------
    uses
    folder
        Of the problem; exists. Files are overwritten.
    set_elsewhere
        Ids that the condition or parameter table sets. An input that is just one of these is mapped under
        its own name; all others get a row in the hybridization table.
    taken
        Ids that must not be given to anything new: those of the model and of all tables.
    files_taken
        Names, without suffix, that no file of a network may have.
    static
        Network -> whether it is computed before the simulation; False where it is not named.

    Returns
    -------
    WrittenNetworks
    """
    if len({use.id for use in uses}) < len(uses):
        raise InvalidValueError("Two networks have the same id; wanted every id once.")
    given = [*(id for use in uses for id in use.outputs), *set_elsewhere]
    for use in uses:
        _check_priors(use)
    stems = {name.lower() for name in files_taken}
    rows = _Rows(set_elsewhere=set_elsewhere, taken={*taken, *given}, stems=stems)
    files: list[Path] = []
    arrays: list[str] = []
    networks: dict[str, Any] = {}
    for use in uses:
        stem, names = _write_one(use, folder, rows)
        files.append(folder / f"{stem}.yaml")
        arrays += names
        networks[use.id] = {
            "location": f"{stem}.yaml",
            "pre_initialization": bool((static or {}).get(use.id, False)),
            "format": "YAML",
        }
    _write_table(folder / "hybridization.tsv", ("targetId", "targetValue"), rows.hybridization)
    section = {
        "version": "0.1.0",
        "required": True,
        "array_files": arrays,
        "hybridization_files": ["hybridization.tsv"],
        "neural_networks": networks,
    }
    files += [folder / name for name in (*arrays, "hybridization.tsv")]
    return _written(section, rows, files)


def _write_one(use: NetworkUse, folder: Path, rows: _Rows) -> tuple[str, list[str]]:
    """Write the files of a network and add its rows; return the stem of the names and the array files."""
    stem = rows.stem(use.id)
    write_network_yaml(use.network, folder / f"{stem}.yaml")
    names = []
    weights = {name: array.value for name, array in use.arrays.items()}
    if weights:
        names.append(f"{stem}_ps.hdf5")
        write_arrays(folder / names[-1], parameters={use.id: weights})
    inputs = _input_rows(use, rows)
    if inputs:
        names.append(f"{stem}_inputs.hdf5")
        write_arrays(folder / names[-1], inputs=inputs)
    for id, (argument, *place) in use.outputs.items():
        rows.mapping.append((id, f"{use.id}.outputs[{argument}]{_index(place)}"))
    rows.hybridization += [(id, to_petab_math(value)) for id, value in use.targets.items()]
    _parameter_rows(use, rows)
    return stem, names


def _written(section: dict[str, Any], rows: _Rows, files: list[Path]) -> WrittenNetworks:
    import pandas as pd

    return WrittenNetworks(
        section=section,
        mapping=pd.DataFrame(rows.mapping, columns=pd.Index(["petabEntityId", "modelEntityId"]), dtype=str),
        hybridization=pd.DataFrame(
            rows.hybridization, columns=pd.Index(["targetId", "targetValue"]), dtype=str
        ),
        parameters=pd.DataFrame(rows.parameters, dtype=str),
        files=tuple(files),
    )


def _index(place: Sequence[int]) -> str:
    return f"[{', '.join(map(str, place))}]" if place else ""


def _input_rows(use: NetworkUse, rows: _Rows) -> dict[str, Mapping[str, np.ndarray]]:
    """Add the rows of the inputs; return those that are arrays."""
    arrays: dict[str, Mapping[str, np.ndarray]] = {}
    for argument, value in enumerate(use.inputs):
        if isinstance(value, ArrayInput):
            id = rows.map(f"{use.id}_input{argument}", f"{use.id}.inputs[{argument}]")
            rows.hybridization.append((id, "array"))
            arrays[id] = value.values
            continue
        for place, expression in zip(np.ndindex(use.input_shape(argument)), value):
            part = f"{use.id}.inputs[{argument}]{_index(place)}"
            is_id = expression.op == "symbol" and str(expression.value) in rows.set_elsewhere
            if is_id and expression not in rows.own:
                rows.own.add(expression)
                rows.mapping.append((str(expression.value), part))
                continue
            id = rows.map(f"{use.id}_input{argument}_{'_'.join(map(str, place))}", part)
            rows.hybridization.append((id, to_petab_math(expression)))
    return arrays


def _parameter_rows(use: NetworkUse, rows: _Rows) -> None:
    """Add one row for the network where all its arrays have the same settings, else one for each."""
    statistics = use.network.statistic_shapes
    weights = {name: array for name, array in use.arrays.items() if name not in statistics}
    if len({_settings(array) for array in weights.values()}) == 1:
        id = rows.map(f"{use.id}_ps", f"{use.id}.parameters")
        rows.parameters.append(_parameter_row(id, next(iter(weights.values()))))
        return
    for name, array in weights.items():
        layer, _, part = name.rpartition(".")
        id = rows.map(f"{use.id}_{layer}_{part}", f"{use.id}.parameters[{layer}].{part}")
        rows.parameters.append(_parameter_row(id, array))


def _check_priors(use: NetworkUse) -> None:
    for name, array in use.arrays.items():
        prior = array.prior
        if prior is not None and (prior.on_scale or not (prior.truncated or is_left_whole(array, prior))):
            what = "on the scale" if prior.on_scale else "not cut off at the bounds"
            reason = f"the prior of {name!r} of network {use.id!r} is {what}"
            raise PetabError("the table of parameters", reason=reason)


def _settings(array: NetworkArray) -> tuple[Any, ...]:
    return (array.estimate, array.prior, array.lower, array.upper)


def _parameter_row(id: str, array: NetworkArray) -> dict[str, str]:
    prior = array.prior
    return {
        "parameterId": id,
        "lowerBound": repr(float(array.lower)),
        "upperBound": repr(float(array.upper)),
        "nominalValue": "array",
        "estimate": "true" if array.estimate else "false",
        "priorDistribution": "" if prior is None else prior.family,
        "priorParameters": "" if prior is None else ";".join(repr(float(v)) for v in prior.parameters),
    }


def _write_table(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
