"""What libsbml has to say about a document."""

from __future__ import annotations

import warnings
from typing import Any

from hybridcell._core.errors import SBMLError, SBMLWarning

#: Errors of libsbml about what does not concern the model: units, notes, annotations, SBO terms and metaids.
_HARMLESS = {10221, *range(10307, 10310), 10311, 10313, *range(10401, 10405), *range(10701, 10720)}
_HARMLESS |= set(range(10801, 10806))
#: Older levels forbid empty lists, and Level 1 models without compartments.
_NEEDLESS, _NEEDLESS_TEXT = {20203, 20409, 20413, 21103, 21123}, "must contain at least one <compartment>"


def check_log(document: Any) -> None:
    """Raise the first error that libsbml met while reading; errors in notes and annotations are a warning."""
    import libsbml

    harmless: list[str] = []
    for i in range(document.getNumErrors()):
        error = document.getError(i)
        number, line = error.getErrorId(), error.getLine()
        needless = number in _NEEDLESS or _NEEDLESS_TEXT in error.getMessage()
        if needless or error.getSeverity() < libsbml.LIBSBML_SEV_ERROR:
            continue
        if number in _HARMLESS:
            harmless.append(f"line {line}: {detail(error)}")
            continue
        raise SBMLError(
            f"{detail(error)} (rule {number} of SBML)",
            _element_at(document, line),
            line,
            "Correct the file there.",
        )
    if harmless:
        warnings.warn(
            f"Notes or annotations break rules of SBML, which changes no number: {harmless[0]:.300}",
            SBMLWarning,
            stacklevel=2,
        )


def detail(error: Any) -> str:
    """The last line of libsbml's message: what is wrong here, after the rule and where to read of it."""
    lines = [line.strip() for line in error.getMessage().splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("Reference:")] or [error.getShortMessage()]
    return lines[-1].rstrip(".")[:400]


def _element_at(document: Any, line: int) -> str:
    """Id or kind of the element that begins in a line, "" if it is not the only one there."""
    found = [e for e in document.getListOfAllElements() if e.getLine() == line]
    return (found[0].getIdAttribute() or found[0].getElementName()) if len(found) == 1 else ""
