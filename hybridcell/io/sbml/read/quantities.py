"""Units, functions, compartments, species and parameters."""

from __future__ import annotations

from typing import Any

from hybridcell._core.errors import UnsupportedSBMLError
from hybridcell.io.sbml.read.common import common, unit_of
from hybridcell.io.sbml.read.expressions import Scope, to_expression
from hybridcell.mechanisms.reactions.elements import (
    Compartment,
    FunctionDefinition,
    ParameterElement,
    Species,
    UnitDefinition,
)


def read_units(model: Any) -> tuple[UnitDefinition, ...]:
    """Return the unit definitions."""
    import libsbml

    def factors(definition: Any) -> tuple[tuple[str, float, int, float], ...]:
        return tuple(
            (
                unit_of(libsbml.UnitKind_toString(unit.getKind()), set()),
                unit.getExponentAsDouble(),
                unit.getScale(),
                unit.getMultiplier(),
            )
            for unit in definition.getListOfUnits()
        )

    return tuple(
        UnitDefinition(**common(unit, unit.getIdAttribute()), factors=factors(unit))
        for unit in model.getListOfUnitDefinitions()
    )


def read_functions(model: Any, scope: Scope) -> tuple[FunctionDefinition, ...]:
    """Return the function definitions; their bodies see their arguments only."""
    found: list[FunctionDefinition] = []
    inside = Scope(functions=scope.functions)
    for function in model.getListOfFunctionDefinitions():
        sid, line = function.getIdAttribute(), function.getLine()
        names = tuple(function.getArgument(i).getName() for i in range(function.getNumArguments()))
        tree = function.getBody() if function.isSetMath() else None
        body = None
        if tree is not None:
            body = to_expression(tree, inside, element=sid, line=line, local={name: name for name in names})
        found.append(FunctionDefinition(**common(function, sid), arguments=names, body=body))
    return tuple(found)


def read_compartments(model: Any, units: set[str], ruled: set[str]) -> tuple[Compartment, ...]:
    """Return the compartments; those of Level 1 have the size 1 unless stated."""
    level = model.getLevel()

    def size(element: Any) -> float | None:
        if level == 1:
            return element.getVolume()
        return element.getSize() if element.isSetSize() else None

    def dimensions(element: Any) -> float:
        if level == 1 or (level > 2 and not element.isSetSpatialDimensions()):
            return 3.0
        return element.getSpatialDimensionsAsDouble()

    return tuple(
        Compartment(
            **common(element, sid := element.getIdAttribute(), unit_of(element.getUnits(), units)),
            size=size(element),
            dimensions=dimensions(element),
            constant=sid not in ruled if level == 1 else element.getConstant(),
        )
        for element in model.getListOfCompartments()
    )


def read_species(model: Any, units: set[str]) -> tuple[Species, ...]:
    """Return the species."""
    level = model.getLevel()
    found: list[Species] = []
    for element in model.getListOfSpecies():
        sid = element.getIdAttribute()
        size_unit = element.getSpatialSizeUnits() if level == 2 and model.getVersion() < 3 else ""
        place = model.getCompartment(element.getCompartment())
        if size_unit and place is not None and size_unit not in ("volume", place.getUnits()):
            raise UnsupportedSBMLError(
                f"its concentration is per {size_unit!r}, but its compartment's size has another unit",
                sid,
                element.getLine(),
                "Give both one unit.",
            )
        amount, concentration = element.isSetInitialAmount(), element.isSetInitialConcentration()
        found.append(
            Species(
                **common(element, sid, unit_of(element.getSubstanceUnits(), units)),
                compartment=element.getCompartment(),
                initial_amount=element.getInitialAmount() if amount else None,
                initial_concentration=element.getInitialConcentration()
                if concentration and not amount
                else None,
                only_substance=element.getHasOnlySubstanceUnits(),
                boundary=element.getBoundaryCondition(),
                constant=element.getConstant(),
                conversion_factor=element.getConversionFactor() if level > 2 else "",
            )
        )
    return tuple(found)


def read_parameters(model: Any, units: set[str], ruled: set[str]) -> tuple[ParameterElement, ...]:
    """Return the parameters of the model. In Level 1 those are constant that no rule changes."""
    level = model.getLevel()
    return tuple(
        ParameterElement(
            **common(element, sid := element.getIdAttribute(), unit_of(element.getUnits(), units)),
            value=element.getValue() if element.isSetValue() else None,
            constant=sid not in ruled if level == 1 else element.getConstant(),
        )
        for element in model.getListOfParameters()
    )
