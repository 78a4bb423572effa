"""A definition as an SBML document."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hybridcell.io.sbml.dialect import LEVEL_3, LEVEL_3_OLD, Dialect
from hybridcell.io.sbml.level2 import as_level_2
from hybridcell.io.sbml.level2_tags import Level2Writer
from hybridcell.io.sbml.packages import Additions
from hybridcell.io.sbml.reaction_tags import Writer
from hybridcell.mechanisms.reactions.elements import Definition, Reaction, UnitDefinition
from hybridcell.mechanisms.reactions.level2_stoichiometry import without_stoichiometry_math


def dialect_of(definition: Definition, asked: Dialect = LEVEL_3) -> Dialect:
    """Return what is asked for; of Level 3, Version 1 for what only that can say.

    Those are fast reactions, and local parameters with the id of a species of their reaction.
    """
    old = any(r.fast or _hides_a_species(r) for r in definition.reactions)
    return LEVEL_3_OLD if old and asked == LEVEL_3 else asked


def _with_area(definition: Definition) -> Definition:
    """Return the definition with the unit `area` defined, which Level 2 predefines, where it is used."""
    local = (p for r in definition.reactions for p in r.local_parameters)
    used = {
        one.unit for one in (*definition.compartments, *definition.species, *definition.parameters, *local)
    }
    if "area" not in used or any(unit.id == "area" for unit in definition.units):
        return definition
    area = UnitDefinition(id="area", factors=(("metre", 2.0, 0, 1.0),))
    return replace(definition, units=(*definition.units, area))


def _hides_a_species(reaction: Reaction) -> bool:
    sides = (*reaction.reactants, *reaction.products)
    species = {*reaction.modifiers, *(one.species for one in sides)}
    return any(p.id.removeprefix(f"{reaction.id}.") in species for p in reaction.local_parameters)


def definition_to_xml(
    definition: Definition, asked: Dialect = LEVEL_3, additions: Additions | None = None
) -> str:
    """Return a definition as the text of an SBML file.

    Parameters
    ----------
    definition : Definition
    asked : Dialect
        Level 3 is written as Version 1 where only that can say it.
    additions : Additions, optional
        What packages add; Level 3 only.

    Raises
    ------
    UnsupportedSBMLError
        If something has no form in the level or version that is written.
    """
    dialect = dialect_of(definition, asked)
    additions = additions or Additions()
    species = frozenset(s.id for s in definition.species)
    attributes: dict[str, Any] = {}
    if dialect.level == 2:
        definition = as_level_2(definition)
        writer: Writer = Level2Writer(dialect, species)
    else:
        attributes = _units_of_the_model(definition)
        definition = _with_area(without_stoichiometry_math(definition))
        writer = Writer(dialect, species, additions.uncertainties)
    lists = _lists(writer, definition) + additions.at_end
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<sbml xmlns="{dialect.namespace}" level="{dialect.level}" version="{dialect.version}"'
        f"{additions.declarations}>\n"
        f"{writer.element('model', definition, lists, **attributes)}\n</sbml>\n"
    )


def _units_of_the_model(definition: Definition) -> dict[str, Any]:
    return {
        "substanceUnits": definition.substance_unit or None,
        "timeUnits": definition.time_unit or None,
        "volumeUnits": definition.volume_unit or None,
        "areaUnits": definition.area_unit or None,
        "lengthUnits": definition.length_unit or None,
        "extentUnits": definition.extent_unit or None,
        "conversionFactor": definition.conversion_factor or None,
    }


def _lists(writer: Writer, definition: Definition) -> str:
    # in the order that SBML wants; texts are made in it too, for the metaids
    parts = (
        ("listOfFunctionDefinitions", map(writer.function, definition.functions)),
        ("listOfUnitDefinitions", map(writer.unit, definition.units)),
        ("listOfCompartments", map(writer.compartment, definition.compartments)),
        ("listOfSpecies", map(writer.species_element, definition.species)),
        ("listOfParameters", map(writer.parameter, definition.parameters)),
        ("listOfInitialAssignments", map(writer.initial_assignment, definition.initial_assignments)),
        ("listOfRules", map(writer.rule, definition.rules)),
        ("listOfReactions", map(writer.reaction, definition.reactions)),
        ("listOfEvents", map(writer.event, definition.events)),
    )
    texts = [(tag, "\n".join(items)) for tag, items in parts]
    return "\n".join(f"<{tag}>\n{inside}\n</{tag}>" for tag, inside in texts if inside)
