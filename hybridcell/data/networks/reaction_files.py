"""Read and check the folder of a reaction network. The SBML itself is left to whoever reads it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np

from hybridcell._core.errors import FileFormatError, unknown_name
from hybridcell.data.networks.files import existing, read_csv, require
from hybridcell.data.networks.reaction_entry import ReactionEntry

if TYPE_CHECKING:
    import pandas as pd

_LISTS = {
    "species": ("species",),
    "reactions": ("reaction",),
    "rules": ("assignmentRule", "rateRule", "algebraicRule"),
    "events": ("event",),
}


def read_reactions(folder: Path, about: dict[str, Any]) -> ReactionEntry:
    """Read a network of form "sbml"."""
    path = folder / "network.toml"
    require(
        path, about, ("time_unit", "substance_unit", "volume_unit", "reference", "readouts", "references")
    )
    require(path, about["reference"], ("t_end", "points", "amounts"))
    for kind, keys in (("readouts", ("id", "about")), ("references", ("doi", "about"))):
        for table in about[kind]:
            require(path, table, keys)
    counts, ids = _look(existing(folder / "model.xml"))
    reference = _reference(folder / "reference.csv", about["reference"], ids)
    readouts = {table["id"]: table["about"] for table in about.pop("readouts")}
    for name in readouts:
        if name not in ids:
            raise FileFormatError(f"{path}, readouts: {unknown_name('id', name, ids)}")
    amounts = tuple(about["reference"].pop("amounts"))
    for name in amounts:
        if name not in reference.columns:
            raise FileFormatError(
                f"{path}, reference.amounts: {unknown_name('column', name, reference.columns)}"
            )
    return ReactionEntry(
        name=about.pop("name"),
        description=about.pop("description").strip(),
        path=folder / "model.xml",
        readouts=readouts,
        reference=reference,
        amounts=amounts,
        counts=counts,
        about=about,
        petab=_petab(folder),
    )


def _petab(folder: Path) -> Path | None:
    """Return the YAML file of the estimation problem, where the folder has one. `hc.read_petab` checks it."""
    if not (folder / "petab").is_dir():
        return None
    files = sorted((folder / "petab").glob("*.yaml"))
    if len(files) != 1:
        raise FileFormatError(
            f"{folder / 'petab'} has {len(files)} files that end in .yaml; wanted one: the PEtab problem."
        )
    return files[0]


def _look(path: Path) -> tuple[dict[str, int], tuple[str, ...]]:
    """Return how many elements of each kind an SBML file has, and all their ids."""
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:
        raise FileFormatError(f"{path} is not XML: {error}.") from None
    tags = [element.tag.rpartition("}")[2] for element in root.iter()]
    counts = {kind: sum(map(tags.count, names)) for kind, names in _LISTS.items()}
    return counts, tuple(element.get("id", "") for element in root.iter() if element.get("id"))


def _reference(path: Path, settings: dict[str, Any], ids: tuple[str, ...]) -> pd.DataFrame:
    table = read_csv(path)
    if not len(table.columns) or table.columns[0] != "time":
        raise FileFormatError(f"{path}: the first column is not time.")
    for name in table.columns[1:]:
        if name not in ids:
            raise FileFormatError(f"{path}: {unknown_name('id', name, ids)}")
    try:
        table = table.astype(float)
    except ValueError as error:
        raise FileFormatError(f"{path}: {error}.") from None
    times = table["time"].to_numpy()
    if not len(times):
        raise FileFormatError(f"{path} has no rows below its headings.")
    if not (np.diff(times) > 0).all() or len(times) != settings["points"] or times[-1] != settings["t_end"]:
        raise FileFormatError(
            f"{path} has {len(times)} rows up to {times[-1]:g}; network.toml states {settings['points']} "
            f"increasing times up to {settings['t_end']:g}."
        )
    table = table.set_index("time")
    if not np.isfinite(table.to_numpy()).all():
        raise FileFormatError(f"{path} holds values that are not finite.")
    return table
