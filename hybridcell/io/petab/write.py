"""Writing statements as PEtab problems, of the version they have."""

from __future__ import annotations

import csv
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.files import replacing
from hybridcell.io.petab.cells import Columns
from hybridcell.io.petab.document import KINDS, SCIML, inside
from hybridcell.io.petab.extension_files import extension_files
from hybridcell.io.petab.merge import written_tables
from hybridcell.io.petab.rewrite import networks_as_read, rewritten, section_of
from hybridcell.io.petab.statement import Statement
from hybridcell.io.petab.visualization import visualization_files

#: Keys of the YAML file that are made from the statement.
_OWN = {
    "format_version", "parameter_file", "problems", "model_files", "sbml_files", "extensions",
    *KINDS.values(),
}  # fmt: skip


def write_statement(statement: Statement, folder: str | os.PathLike[str]) -> Path:
    """Write a problem into a folder: its tables, its model and the YAML file.

    Parameters
    ----------
    statement
        Tables that still say what its fields say are written as they were read, notes of somebody in other
        columns included; the others are made from the fields. Several files of one kind become one. Keys of
        the YAML file that say nothing about the problem, its `id` and notes of somebody, are kept, and so
        are extensions that are not read and tables for visualization, with the files in the problem's folder
        that they name.
    folder
        Made if it does not exist. Each file is whole or not there; the YAML file is the last.

    Returns
    -------
    Path
        The YAML file.

    Raises
    ------
    PetabError
        If the version of the statement has no form for something it says. Then nothing is written.
    """
    folder = Path(folder)
    as_read = networks_as_read(statement)
    model = _model_file(statement)
    copies = extension_files(statement) | visualization_files(statement) | {model: statement.model}
    copies |= _copied(statement) if as_read else {}
    for source in copies.values():
        if not os.path.isfile(source):
            raise InvalidValueError(f"The file {str(source)!r} does not exist; wanted it, to copy it.")
    tables = written_tables(statement)
    extensions = dict(statement.yaml.get("extensions") or {})
    with tempfile.TemporaryDirectory() as scratch:
        if not as_read:
            written = rewritten(statement, tables, Path(scratch))
            extensions = {name: one for name, one in extensions.items() if name not in SCIML}
            if statement.networks:
                extensions["sciml"] = written.section
                copies |= {path.relative_to(scratch).as_posix(): path for path in written.files}
            else:
                del tables["hybridization"]
        files = {kind: _file(statement, kind) for kind in tables}
        for path, source in copies.items():
            _copy(source, folder / path)
        for kind, columns in tables.items():
            _write_table(folder / files[kind], columns)
    name = statement.file.name if statement.file.suffix in (".yaml", ".yml") else "problem.yaml"
    return _write_yaml(folder / name, _content(statement, files, model, extensions))


def _file(statement: Statement, kind: str) -> str:
    origin = statement.origins.get(kind)
    if origin:
        return origin[0][0]
    named = _named(statement, kind)
    return named[0] if named else f"{kind}.tsv"


def _named(statement: Statement, kind: str) -> list[str]:
    """Return the files of one kind in the YAML file that was read, for tables without rows."""
    sections: list[Mapping[str, Any]] = [statement.yaml]
    sections += statement.yaml.get("problems", [])
    sections += [section_of(statement)]
    key = KINDS.get(kind, f"{kind}_files")
    keys = (key, "parameter_file") if kind == "parameters" else (key,)
    found = [section[key] for section in sections for key in keys if section.get(key)]
    files = found[0] if found else []
    files = [files] if isinstance(files, str) else files
    return [inside(statement.file.name, key, file) for file in files]


def _model_file(statement: Statement) -> str:
    if statement.yaml:
        try:
            return statement.model.relative_to(statement.file.parent).as_posix()
        except ValueError:
            pass
    return statement.model.name


def _copied(statement: Statement) -> dict[str, Path]:
    """Return the files of the networks, which are copied as they are."""
    section = section_of(statement)
    named = list(section.get("array_files") or [])
    named += [net["location"] for net in (section.get("neural_networks") or {}).values()]
    paths = [inside(statement.file.name, "extensions", path) for path in named]
    return {path: statement.file.parent / path for path in paths}


def _copy(source: Path, target: Path) -> None:
    if os.path.isfile(target) and os.path.samefile(source, target):
        return
    with replacing(target) as temporary:
        shutil.copyfile(source, temporary)


def _write_table(path: Path, columns: Columns) -> None:
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def _content(
    statement: Statement, files: Mapping[str, str], model: str, extensions: Mapping[str, Any]
) -> dict[str, Any]:
    lists = {KINDS[kind]: [file] for kind, file in files.items() if kind in KINDS}
    if statement.version == 1:
        parameters = lists.pop("parameter_files")[0]
        (read,) = statement.yaml.get("problems", [{}])
        problem = {**_kept(read), **lists, "sbml_files": [model]}
        top = {"format_version": 1, **_kept(statement.yaml)}
        kept = {"extensions": extensions} if extensions else {}
        return {**top, "parameter_file": parameters, "problems": [problem], **kept}
    model_id = next(iter(statement.yaml.get("model_files", {"model": None})))
    content: dict[str, Any] = {"format_version": "2.0.0", **_kept(statement.yaml)}
    content["model_files"] = {model_id: {"language": "sbml", "location": model}}
    content |= lists
    if extensions:
        content["extensions"] = {
            name: {**section, "hybridization_files": [files["hybridization"]]}
            if "hybridization" in files and name in SCIML
            else section
            for name, section in extensions.items()
        }
    return content


def _kept(section: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a section says besides: the id of the problem, notes."""
    return {key: value for key, value in section.items() if key not in _OWN}


def _write_yaml(path: Path, content: dict[str, Any]) -> Path:
    import yaml

    with replacing(path) as temporary:
        text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
        temporary.write_text(text, encoding="utf-8", newline="\n")
    return path
