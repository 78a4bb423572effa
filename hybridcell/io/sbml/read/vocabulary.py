"""The elements of SBML's core, of all levels and versions."""

from __future__ import annotations

_KINDS = (
    "functionDefinition unitDefinition unit compartmentType speciesType compartment species specie parameter "
    "initialAssignment constraint reaction event localParameter speciesReference specieReference "
    "modifierSpeciesReference eventAssignment"
).split()
_RULES = (
    "algebraicRule assignmentRule rateRule compartmentVolumeRule speciesConcentrationRule "
    "specieConcentrationRule parameterRule"
).split()
_PARTS = "sbml model notes annotation kineticLaw stoichiometryMath trigger delay priority message".split()
_LISTS = (
    "FunctionDefinitions UnitDefinitions Units CompartmentTypes SpeciesTypes Compartments Species Parameters "
    "InitialAssignments Rules Constraints Reactions Events LocalParameters Reactants Products Modifiers "
    "EventAssignments"
).split()
ELEMENTS = frozenset((*_KINDS, *_RULES, *_PARTS, *(f"listOf{name}" for name in _LISTS)))
