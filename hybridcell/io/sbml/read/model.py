"""A model of libsbml as a `Definition`."""

from __future__ import annotations

import warnings
from typing import Any

from hybridcell._core.errors import SBMLWarning
from hybridcell.io.sbml.read.checks import check_definition
from hybridcell.io.sbml.read.common import common, unit_of
from hybridcell.io.sbml.read.events import read_events
from hybridcell.io.sbml.read.expressions import Scope
from hybridcell.io.sbml.read.left_aside import left_aside
from hybridcell.io.sbml.read.old_units import OldUnits
from hybridcell.io.sbml.read.quantities import (
    read_compartments,
    read_functions,
    read_parameters,
    read_species,
    read_units,
)
from hybridcell.io.sbml.read.reactions import read_reactions
from hybridcell.io.sbml.read.rules import read_initial_assignments, read_rules
from hybridcell.io.sbml.read.unit_check import warn_of_units
from hybridcell.mechanisms.reactions.elements import Definition, UnitDefinition


def definition_of(model: Any, *, packages: tuple[str, ...]) -> Definition:
    """Return the whole model; every element in the file's order."""
    level = model.getLevel()
    units = read_units(model) if level > 2 else (*read_units(model), *_area_if_used(model))
    defined = {unit.id for unit in units}
    scope = _scope(model)
    old_units = OldUnits(units)
    ruled = {rule.getVariable() for rule in model.getListOfRules() if not rule.isAlgebraic()}
    definition = Definition(
        **common(model, model.getIdAttribute()),
        level=level,
        version=model.getVersion(),
        **(_units_of_level_3(model) if level > 2 else _units_of_old_levels(defined)),
        conversion_factor=model.getConversionFactor() if level > 2 else "",
        packages=packages,
        left_aside=left_aside(model, packages=packages),
        units=units,
        functions=read_functions(model, scope),
        compartments=read_compartments(model, defined, ruled),
        species=read_species(model, defined),
        parameters=read_parameters(model, defined, ruled),
        initial_assignments=read_initial_assignments(model, scope),
        rules=read_rules(model, scope),
        reactions=read_reactions(model, scope, defined, old_units),
        events=read_events(model, scope, old_units),
    )
    _warn_of_constraints(model)
    check_definition(definition)
    warn_of_units(definition)
    return definition


def _warn_of_constraints(model: Any) -> None:
    lines = [c.getLine() for c in model.getListOfConstraints() if c.isSetMath()]
    if lines:
        warnings.warn(
            f"'constraint', line {lines[0]}: constraints are left aside; nothing says so when one is broken.",
            SBMLWarning,
            stacklevel=2,
        )


def _scope(model: Any) -> Scope:
    scope = Scope()
    for elements in (
        model.getListOfCompartments(),
        model.getListOfSpecies(),
        model.getListOfParameters(),
        model.getListOfReactions(),
    ):
        scope.values.update(element.getIdAttribute() for element in elements)
    if model.getLevel() > 2:
        for reaction in model.getListOfReactions():
            for side in (reaction.getListOfReactants(), reaction.getListOfProducts()):
                scope.values.update(r.getIdAttribute() for r in side if r.isSetIdAttribute())
    for function in model.getListOfFunctionDefinitions():
        scope.functions[function.getIdAttribute()] = function.getNumArguments()
    return scope


def _units_of_level_3(model: Any) -> dict[str, Any]:
    return {
        "substance_unit": model.getSubstanceUnits(),
        "time_unit": model.getTimeUnits(),
        "extent_unit": model.getExtentUnits(),
        "volume_unit": model.getVolumeUnits(),
        "area_unit": model.getAreaUnits(),
        "length_unit": model.getLengthUnits(),
    }


def _area_if_used(model: Any) -> tuple[UnitDefinition, ...]:
    """The one unit that Levels 1 and 2 predefine and that has no name in Level 3."""
    used = any(c.getSpatialDimensions() == 2 for c in model.getListOfCompartments()) or any(
        p.getUnits() == "area" for p in model.getListOfParameters()
    )
    if not used or model.getUnitDefinition("area") is not None:
        return ()
    return (UnitDefinition(id="area", factors=(("metre", 2.0, 0, 1.0),)),)


def _units_of_old_levels(defined: set[str]) -> dict[str, Any]:
    """Levels 1 and 2 predefine the units of quantities; a file may define them anew, under the same ids."""
    units = {f"{name}_unit": unit_of(name, defined) for name in ("substance", "time", "volume", "length")}
    return {**units, "extent_unit": units["substance_unit"], "area_unit": "area" if "area" in defined else ""}
