"""A reaction network as an SBML file, and the report about it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.files import write_text
from hybridcell.io.sbml.check import consistency_messages
from hybridcell.io.sbml.reaction_check import network_deviation
from hybridcell.io.sbml.reaction_document import definition_to_xml, dialect_of
from hybridcell.io.sbml.report import ExportReport
from hybridcell.mechanisms.reactions.elements import Definition
from hybridcell.mechanisms.reactions.network import ReactionNetwork
from hybridcell.mechanisms.reactions.views import current_definition


def write_network(
    network: ReactionNetwork, path: str | os.PathLike[str], condition: Any, resimulate: bool
) -> ExportReport:
    """Write a reaction network with the values it has now.

    Parameters
    ----------
    network : ReactionNetwork
    path
        Where to. Written wholly or not at all.
    condition : mapping of id to number, optional
        Values to write in place of the network's own, as `ReactionNetwork.with_values` takes them.
    resimulate : bool
        Compare with libRoadRunner, where it is installed and can simulate the network.
    """
    if condition is not None:
        if not isinstance(condition, Mapping):
            raise InvalidValueError(
                f"condition is a {type(condition).__name__}; for a reaction network wanted values by id, "
                "such as {'k1': 0.5}."
            )
        network = network.with_values(condition)
    definition = current_definition(network)
    xml = definition_to_xml(definition)
    messages = consistency_messages(xml)
    deviation, note = network_deviation(xml, network) if resimulate else (None, "not asked for")
    write_text(path, xml)
    version = dialect_of(definition).version
    return ExportReport(
        path=Path(path),
        level=f"SBML Level 3 Version {version}",
        elements=_elements(definition),
        ids={s.id: s.id for s in definition.species},
        inputs={},
        messages=messages,
        deviation=deviation,
        deviation_note=note,
        warnings=_warnings(version),
    )


def _elements(definition: Definition) -> tuple[tuple[str, int, str, str], ...]:
    local = sum(len(r.local_parameters) for r in definition.reactions)
    math = sum(one.math is not None for r in definition.reactions for one in (*r.reactants, *r.products))
    found = (
        ("species", len(definition.species), "as in the file, all digits"),
        ("reactions", len(definition.reactions), "with their rate laws"),
        ("parameters", len(definition.parameters), "as in the file, all digits"),
        ("local parameters", local, "inside their reactions"),
        ("compartments", len(definition.compartments), "as in the file"),
        ("functions", len(definition.functions), "as in the file"),
        ("units", len(definition.units), "as in the file"),
        ("initial assignments", len(definition.initial_assignments), "as in the file"),
        ("rules", len(definition.rules), "as in the file"),
        ("events", len(definition.events), "as in the file"),
        ("stoichiometries", math, "Level 2's formulas as rules for species references"),
    )
    exact = tuple((what, count, "exact", how) for what, count, how in found if count)
    packages = tuple(
        (f"package {name}", 1, "left out", "an optional package, which changes no number")
        for name in definition.packages
    )
    return exact + packages


def _warnings(version: int) -> tuple[str, ...]:
    if version == 2:
        return ()
    return (
        "Written as Level 3 Version 1: Version 2 has no fast reactions, and no local parameters with the id "
        "of a species of their reaction.",
    )
