"""What every element of a file has."""

from __future__ import annotations

import re
from typing import Any

from hybridcell.mechanisms.reactions.annotations import declarations

#: Units that Level 1 spells otherwise, and quantities that Levels 1 and 2 predefine.
_OLD_UNITS = {"liter": "litre", "meter": "metre", "substance": "mole", "volume": "litre"}
_OLD_UNITS |= {"time": "second", "length": "metre"}


def common(element: Any, sid: str = "", unit: str = "") -> dict[str, Any]:
    """Return the arguments of `elements.Element` for an element of libsbml."""
    name = element.getName() if element.isSetName() else ""
    return {
        "id": sid,
        "name": "" if element.getLevel() == 1 else name,
        "unit": unit,
        "sbo": element.getSBOTermID() if element.isSetSBOTerm() else "",
        "metaid": element.getMetaId(),
        "notes": _fragment(element, element.getNotesString()) if element.isSetNotes() else "",
        "annotation": _fragment(element, element.getAnnotationString()) if element.isSetAnnotation() else "",
        "line": element.getLine(),
    }


def _fragment(element: Any, xml: str) -> str:
    """Return notes or an annotation with the prefixes declared that the root of the file declares for it."""
    if not declarations(xml):
        return xml
    namespaces = element.getSBMLDocument().getNamespaces()
    around = {namespaces.getPrefix(i): namespaces.getURI(i) for i in range(namespaces.getLength())}
    tag = re.match(r"\s*<[^\s/>]+", xml)
    end = tag.end() if tag else 0
    return xml[:end] + declarations(xml, around) + xml[end:]


def unit_of(unit: str, defined: set[str]) -> str:
    """Return a unit as Level 3 names it."""
    return unit if unit in defined else _OLD_UNITS.get(unit, unit)
