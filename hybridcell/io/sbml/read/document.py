"""From SBML text to a model of libsbml, and from there to a `Definition`."""

from __future__ import annotations

import warnings
from typing import Any

from hybridcell._core.errors import SBMLError, SBMLWarning, UnsupportedSBMLError
from hybridcell.io.sbml.read.flatten import flatten
from hybridcell.io.sbml.read.model import definition_of
from hybridcell.io.sbml.read.source import Source
from hybridcell.mechanisms.reactions.elements import Definition

#: Packages whose content is read (the first), or is understood by libsbml (the second).
_SUPPORTED = {"comp", "l3v2extendedmath"}
#: Packages that say nothing about what a model computes.
_SILENT = {"layout", "render", "groups"}
_PURPOSE = {
    "fbc": "flux balance",
    "spatial": "spatial models",
    "qual": "logical models",
    "multi": "multistate species",
    "distrib": "random draws and uncertainties",
    "arrays": "arrays",
    "dyn": "dynamic structures",
}
#: Errors of libsbml about what does not concern the model: notes, annotations, SBO terms and metaids.
_HARMLESS = {10307, 10308, 10309, *range(10401, 10405), *range(10701, 10720), *range(10801, 10806)}


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
                hint="Its numbers would be wrong without it.",
            )
        aside.append(name)
        warnings.warn(
            f"The package {name!r}{purpose} is left aside; the file says that it changes no number.",
            SBMLWarning,
            stacklevel=2,
        )
    return tuple(aside)


def check_log(document: Any) -> None:
    """Raise the first error that libsbml met while reading; errors in notes and annotations are a warning."""
    import libsbml

    harmless: list[str] = []
    for i in range(document.getNumErrors()):
        error = document.getError(i)
        if error.getSeverity() < libsbml.LIBSBML_SEV_ERROR:
            continue
        text = " ".join(error.getMessage().split())
        if error.getErrorId() in _HARMLESS:
            harmless.append(f"line {error.getLine()}: {text}")
            continue
        raise SBMLError(
            f"{error.getShortMessage().strip()} (rule {error.getErrorId()}): {text:.400}",
            line=error.getLine(),
            hint="Check the file, for example with the validator of sbml.org.",
        )
    if harmless:
        warnings.warn(
            f"The notes or annotations break rules of SBML, which changes no number: {harmless[0]:.300}",
            SBMLWarning,
            stacklevel=2,
        )
