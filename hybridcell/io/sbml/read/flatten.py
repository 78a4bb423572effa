"""Models made of models (the package comp), made one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hybridcell._core.errors import SBMLError
from hybridcell.io.sbml.read.source import Source, source_of_file


def flatten(document: Any, source: Source) -> Any:
    """Return the document with its submodels written out."""
    import libsbml

    _check_references(document, source)
    if source.path is not None:
        document.setLocationURI(source.path.resolve().as_uri())
    options = libsbml.ConversionProperties()
    options.addOption("flatten comp", True)
    options.addOption("performValidation", False)
    document.getErrorLog().clearLog()
    if document.convert(options) != libsbml.LIBSBML_OPERATION_SUCCESS:
        raise _failure(document)
    return document


def _failure(document: Any) -> SBMLError:
    import libsbml

    log = [document.getError(i) for i in range(document.getNumErrors())]
    errors = [e for e in log if e.getSeverity() >= libsbml.LIBSBML_SEV_ERROR] or log
    if not errors:
        return SBMLError("its submodels cannot be put together (package comp)", "model")
    text = " ".join(errors[0].getMessage().split())
    return SBMLError(
        f"its submodels cannot be put together (package comp): {text:.400}", "model", errors[0].getLine()
    )


def _check_references(document: Any, source: Source) -> None:
    """Refuse files outside the document's folder, before libsbml opens any; look into those inside too."""
    import libsbml

    pending, seen = [(document, source)], set()
    while pending:
        current, where = pending.pop()
        plugin = current.getPlugin("comp")
        for definition in plugin.getListOfExternalModelDefinitions() if plugin is not None else ():
            path = _inside(definition, source, where)
            if path not in seen:
                seen.add(path)
                found = source_of_file(path)
                pending.append((libsbml.readSBMLFromString(found.text), found))


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
