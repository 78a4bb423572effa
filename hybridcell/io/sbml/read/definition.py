"""From a file to a `Definition`."""

from __future__ import annotations

import os

from hybridcell._core.errors import SBMLError
from hybridcell.io.sbml.read.document import read_model
from hybridcell.io.sbml.read.source import find_source
from hybridcell.io.sbml.read.stack import DeeperFile, with_deep_stack
from hybridcell.mechanisms.reactions.elements import Definition


def read_definition(path_or_xml: str | os.PathLike[str]) -> Definition:
    """Return what an SBML file states, brought to the meaning of Level 3 Version 2.

    Parameters
    ----------
    path_or_xml
        A path, XML text, or Antimony text.

    Raises
    ------
    SBMLError
        The file cannot be read, or contradicts itself.
    UnsupportedSBMLError
        The file requires a package that is not supported.
    """
    definition = definition_without_laws(path_or_xml)
    if definition.level < 3:  # later, math may be left away
        for reaction in definition.reactions:
            if reaction.law is None and reaction.local_parameters:
                raise SBMLError(
                    "its kinetic law has parameters but no math",
                    reaction.id,
                    reaction.line,
                    "Is it a file of GeneNetWeaver? Then use read_gnw.",
                )
    return definition


def definition_without_laws(path_or_xml: str | os.PathLike[str]) -> Definition:
    """Return the same, also of files whose kinetic laws have parameters but no math."""
    source = find_source(path_or_xml)
    while True:
        try:
            return with_deep_stack(source.head.depth, lambda: read_model(source))
        except DeeperFile as deeper:
            source.head.depth = deeper.depth
