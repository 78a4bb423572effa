"""What a file says that changes no number and has no place in a `Definition`: it is counted."""

from __future__ import annotations

from collections import Counter
from typing import Any

#: Packages that are read, or that need no reading: of the others their name is known.
_WITHOUT_ELEMENTS = ("core", "comp", "l3v2extendedmath")


def left_aside(model: Any, *, packages: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    """Return what and how many of it, without what there is none of.

    Parameters
    ----------
    model
        Of libsbml.
    packages
        Those that are left aside as a whole, which are not counted.
    """
    found = {
        "constraints": model.getNumConstraints(),
        "compartment types": model.getNumCompartmentTypes(),
        "species types": model.getNumSpeciesTypes(),
        "compartments inside of others": sum(c.isSetOutside() for c in model.getListOfCompartments()),
        "charges of species": sum(s.isSetCharge() for s in model.getListOfSpecies()),
        **_of_packages(model, (*_WITHOUT_ELEMENTS, *packages)),
    }
    return tuple((what, count) for what, count in found.items() if count)


def _of_packages(model: Any, known: tuple[str, ...]) -> dict[str, int]:
    if not model.getNumPlugins():
        return {}
    names = Counter(element.getPackageName() for element in model.getListOfAllElements())
    return {f"elements of the package {name}": count for name, count in names.items() if name not in known}
