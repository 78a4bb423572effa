"""Models made of models (the package comp), made one."""

from __future__ import annotations

from typing import Any

from hybridcell._core.errors import SBMLError
from hybridcell.io.sbml.read.log import detail
from hybridcell.io.sbml.read.source import Source
from hybridcell.io.sbml.read.submodels import check_submodels

#: Errors that only announce others: "errors arose while flattening".
_PREAMBLES = {1090104, 1090105, 1090106}


def flatten(document: Any, source: Source) -> Any:
    """Return the document with its submodels written out."""
    import libsbml

    check_submodels(document, source)
    if source.path is not None:
        document.setLocationURI(f"file:{source.path.resolve().as_posix()}")
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
    errors = [
        e for e in log if e.getSeverity() >= libsbml.LIBSBML_SEV_ERROR and e.getErrorId() not in _PREAMBLES
    ]
    feature = "its submodels cannot be put together (package comp)"
    if not errors:
        return SBMLError(feature, "model")
    return SBMLError(f"{feature}: {detail(errors[0])}", "model", errors[0].getLine())
