"""From SBML text to a model of libsbml, and from there to a `Definition`."""

from __future__ import annotations

import warnings

from hybridcell._core.errors import SBMLError, SBMLWarning, UnsupportedSBMLError
from hybridcell.io.sbml.read.flatten import flatten
from hybridcell.io.sbml.read.log import check_log
from hybridcell.io.sbml.read.model import definition_of
from hybridcell.io.sbml.read.source import Source
from hybridcell.mechanisms.reactions.elements import Definition

#: Packages whose content is read (the first), is understood by libsbml (the second), or says how well values
#: are known (the third; what it adds to math, random draws, is refused where it stands).
_SUPPORTED = {"comp", "l3v2extendedmath", "distrib"}
#: Packages that say nothing about what a model computes.
_SILENT = {"layout", "render", "groups"}
_PURPOSE = {
    "fbc": "flux balance",
    "spatial": "spatial models",
    "qual": "logical models",
    "multi": "multistate species",
    "arrays": "arrays",
    "dyn": "dynamic structures",
}


def read_model(source: Source) -> Definition:
    """Return the model of SBML text."""
    import libsbml

    packages = _check_packages(source)
    document = libsbml.readSBMLFromString(source.text)
    check_log(document)
    if "comp" in source.head.packages:
        document = flatten(document, source)
    model = document.getModel()
    if model is None:
        raise SBMLError(
            "the file has no <model>",
            "sbml",
            document.getLine(),
            "A reaction network needs one; is the file complete?",
        )
    return definition_of(model, packages=packages)


def _check_packages(source: Source) -> tuple[str, ...]:
    """Return the optional packages that are left aside."""
    aside: list[str] = []
    for name, required in source.head.packages.items():
        if name in _SUPPORTED or (name in _SILENT and not required):
            continue
        purpose = f" ({_PURPOSE[name]})" if name in _PURPOSE else ""
        if required:
            raise UnsupportedSBMLError(
                f"the file requires the package {name!r}{purpose}, which is not supported",
                "sbml",
                source.head.line,
                hint="Its numbers would be wrong without it.",
            )
        aside.append(name)
        warnings.warn(
            f"'sbml', line {source.head.line}: the package {name!r}{purpose} is left aside; "
            "the file says that it changes no number.",
            SBMLWarning,
            stacklevel=2,
        )
    return tuple(aside)
