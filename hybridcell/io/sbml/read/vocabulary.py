"""The elements of SBML's core, of all levels and versions."""

from __future__ import annotations

_LISTS = (
    "FunctionDefinitions", "UnitDefinitions", "Units", "CompartmentTypes", "SpeciesTypes",
    "Compartments", "Species", "Parameters", "InitialAssignments", "Rules", "Constraints", "Reactions",
    "Events", "LocalParameters", "Reactants", "Products", "Modifiers", "EventAssignments",
)  # fmt: skip
ELEMENTS = frozenset((
    "sbml", "model", "notes", "annotation", "functionDefinition", "unitDefinition", "unit",
    "compartmentType", "speciesType", "compartment", "species", "specie", "parameter", "localParameter",
    "initialAssignment", "constraint", "message", "reaction", "speciesReference", "specieReference",
    "modifierSpeciesReference", "stoichiometryMath", "kineticLaw", "algebraicRule", "assignmentRule",
    "rateRule", "compartmentVolumeRule", "speciesConcentrationRule", "specieConcentrationRule",
    "parameterRule", "event", "trigger", "delay", "priority", "eventAssignment",
    *(f"listOf{name}" for name in _LISTS),
))  # fmt: skip
