"""What a document's submodels refer to, looked at before libsbml opens files and copies models."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hybridcell._core.errors import SBMLError
from hybridcell.io.sbml.read.log import check_log
from hybridcell.io.sbml.read.source import Source, source_of_file
from hybridcell.io.sbml.read.stack import ORDINARY_DEPTH, DeeperFile

#: Copies of models within models. A few lines can ask for any number of them.
MAX_COPIES = 10_000
_MAX_DEPTH = 100

# a model by its file ("" for the text itself) and its id ("" for the file's main model)
Key = tuple[str, str]


def check_submodels(document: Any, source: Source) -> None:
    """Refuse files outside the document's folder, also those that files inside refer to, and too many copies.

    Raises
    ------
    SBMLError
        Naming the element that refers to the file.
    DeeperFile
        libsbml needs a deeper stack to read one of the files.
    """
    import libsbml

    pending, seen = [(document, source)], {source.path and source.path.resolve()}
    uses: dict[Key, list[Key]] = {}
    while pending:
        current, where = pending.pop()
        plugin = current.getPlugin("comp")
        if plugin is None:
            continue
        own = str(where.path.resolve()) if where.path else ""
        uses.update(_uses(current, plugin, own))
        for definition in plugin.getListOfExternalModelDefinitions():
            path = _inside(definition, source, where)
            uses[own, definition.getId()] = [(str(path), definition.getModelRef())]
            if path not in seen:
                seen.add(path)
                found = _external(path, definition)
                if found.head.depth > max(source.head.depth, ORDINARY_DEPTH):
                    raise DeeperFile(found.head.depth)
                inner = libsbml.readSBMLFromString(found.text)
                check_log(inner)
                pending.append((inner, found))
    _check_copies(uses)


def _uses(document: Any, plugin: Any, own: str) -> Iterator[tuple[Key, list[Key]]]:
    main = document.getModel()
    for model in [main, *plugin.getListOfModelDefinitions()] if main is not None else []:
        inside = model.getPlugin("comp")
        submodels = inside.getListOfSubmodels() if inside is not None else ()
        used = [(own, submodel.getModelRef()) for submodel in submodels]
        yield (own, model.getIdAttribute()), used
        if model is main:
            yield (own, ""), used


def _check_copies(uses: dict[Key, list[Key]]) -> None:
    copies = dict.fromkeys(uses, 1)
    for _ in range(_MAX_DEPTH):
        new = {key: 1 + sum(copies.get(k, 0) for k in used) for key, used in uses.items()}
        if max(new.values(), default=0) > MAX_COPIES:
            raise SBMLError(f"its submodels contain each other more than {MAX_COPIES} times", "model")
        if new == copies:
            return
        copies = new
    raise SBMLError("its submodels contain each other in a circle, or too deeply", "model")


def _external(path: Path, definition: Any) -> Source:
    name, line = definition.getId(), definition.getLine()
    try:
        return source_of_file(path)
    except SBMLError as error:
        raise SBMLError(f"its file {path.name!r}: {error}", name, line) from None


def _inside(definition: Any, root: Source, current: Source) -> Path:
    name, line = definition.getId(), definition.getLine()
    reference = definition.getSource()
    if root.path is None or current.path is None:
        raise SBMLError(
            f"it refers to the file {reference!r}, but text has no folder", name, line, "Read it from a path."
        )
    folder = root.path.resolve().parent
    path = (current.path.resolve().parent / reference.removeprefix("file:")).resolve()
    if "://" in reference or not path.is_relative_to(folder):
        raise SBMLError(
            f"it refers to {reference!r}, outside the folder of the file",
            name,
            line,
            f"Copy it into {os.fspath(folder)!r} and refer to it there.",
        )
    return path
