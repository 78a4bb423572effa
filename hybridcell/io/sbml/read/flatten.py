"""Models made of models (the package comp), made one."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from hybridcell._core.errors import SBMLError
from hybridcell.io.sbml.read import flatten_probe
from hybridcell.io.sbml.read.log import detail
from hybridcell.io.sbml.read.source import Source
from hybridcell.io.sbml.read.submodels import check_submodels

#: Errors that only announce others: "errors arose while flattening".
_PREAMBLES = {1090104, 1090105, 1090106}
_FAILS = "its submodels cannot be put together (package comp)"
_PATIENCE = 60.0  # seconds


def flatten(document: Any, source: Source) -> Any:
    """Return the document with its submodels written out."""
    check_submodels(document, source)
    location = source.path.resolve().as_posix() if source.path is not None else ""
    if _has_submodels(document):
        _try_out(source.text, location)
    if not flatten_probe.write_out_submodels(document, location):
        raise _failure(document)
    return document


def _has_submodels(document: Any) -> bool:
    plugin = document.getModel().getPlugin("comp") if document.getModel() is not None else None
    return plugin is not None and plugin.getNumSubmodels() > 0


def _try_out(text: str, location: str) -> None:
    """Raise if libsbml crashes, or does not come to an end."""
    command = [sys.executable, "-I", flatten_probe.__file__, location]
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        raise SBMLError(f"{_FAILS}: libsbml does not come to an end", "model") from None
    if done.returncode < 0 or done.returncode > 255:  # by a signal; by an exception of Windows
        hint = "Flatten the model with another tool."
        raise SBMLError(f"{_FAILS}: libsbml crashes on it", "model", hint=hint)


def _failure(document: Any) -> SBMLError:
    import libsbml

    log = [document.getError(i) for i in range(document.getNumErrors())]
    errors = [
        e for e in log if e.getSeverity() >= libsbml.LIBSBML_SEV_ERROR and e.getErrorId() not in _PREAMBLES
    ]
    if not errors:
        return SBMLError(_FAILS, "model")
    return SBMLError(f"{_FAILS}: {detail(errors[0])}", "model", errors[0].getLine())
