"""Is the SBML valid?"""

from __future__ import annotations

from xml.parsers import expat

from hybridcell._core.errors import HybridCellError, UnsupportedSBMLError
from hybridcell.io.sbml.dialect import LEVEL_3, Dialect
from hybridcell.io.sbml.read.stack import with_deep_stack


def consistency_messages(xml: str, dialect: Dialect = LEVEL_3) -> tuple[tuple[str, str], ...]:
    """Return severity and text of everything that libsbml finds, units aside.

    Raises
    ------
    UnsupportedSBMLError
        If libsbml finds an error in Level 2, which allows less than Level 3.
    HybridCellError
        If libsbml finds an error: then the export is wrong, or the file that the model came from.
    """
    found = with_deep_stack(_depth(xml), lambda: _check(xml))
    errors = [text for severity, text in found if severity in ("Error", "Fatal")]
    if errors and dialect.level == 2:
        raise UnsupportedSBMLError(
            f"SBML Level 2 has no form for this model; libsbml finds {len(errors)} errors, the first: "
            f"{errors[0]:.300}",
            hint="Nothing was written. Write Level 3 with level='3.2'.",
        )
    if errors:
        raise HybridCellError(
            f"libsbml finds {len(errors)} errors in the SBML, the first: {errors[0]:.300}. Nothing was "
            "written. Unless the file that the model was read from has the same errors, this is a fault of "
            "hybridcell: please report the model."
        )
    return found


def _check(xml: str) -> tuple[tuple[str, str], ...]:
    import libsbml

    document = libsbml.readSBMLFromString(xml)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, False)
    document.checkConsistency()
    errors = [document.getError(i) for i in range(document.getNumErrors())]
    return tuple((e.getSeverityAsString(), f"line {e.getLine()}: {e.getMessage().strip()}") for e in errors)


def _depth(xml: str) -> int:
    """Return how deeply the elements of a document are nested."""
    depth = deepest = 0

    def start(*_: object) -> None:
        nonlocal depth, deepest
        depth += 1
        deepest = max(deepest, depth)

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(xml, True)
    return deepest
