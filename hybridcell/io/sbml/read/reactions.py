"""Reactions, their sides and their laws."""

from __future__ import annotations

from typing import Any

from hybridcell._core.expressions import Expression
from hybridcell.io.sbml.read.common import common, unit_of
from hybridcell.io.sbml.read.expressions import Scope, to_expression
from hybridcell.io.sbml.read.old_units import OldUnits
from hybridcell.mechanisms.reactions.elements import (
    Element,
    ParameterElement,
    Reaction,
    SpeciesReference,
)


def read_reactions(model: Any, scope: Scope, units: set[str], old_units: OldUnits) -> tuple[Reaction, ...]:
    """Return the reactions."""
    level, version = model.getLevel(), model.getVersion()
    fast_means = level < 3 or version < 2  # Level 3 Version 2 has no fast reactions
    found: list[Reaction] = []
    for element in model.getListOfReactions():
        sid = element.getIdAttribute()
        law, local_parameters = _law(element, sid, scope, units, old_units)
        found.append(
            Reaction(
                **common(element, sid),
                reactants=_side(element.getListOfReactants(), sid, scope, level),
                products=_side(element.getListOfProducts(), sid, scope, level),
                modifiers=tuple(m.getSpecies() for m in element.getListOfModifiers()),
                modifier_elements=tuple(
                    Element(**common(m, m.getIdAttribute())) for m in element.getListOfModifiers()
                ),
                law=law,
                law_element=_law_element(element),
                local_parameters=local_parameters,
                reversible=element.getReversible(),
                fast=fast_means and element.getFast(),
                compartment=element.getCompartment() if level > 2 else "",
            )
        )
    return tuple(found)


def _law_element(reaction: Any) -> Element | None:
    law = reaction.getKineticLaw()
    return None if law is None else Element(**common(law, law.getIdAttribute()))


def _law(
    reaction: Any, sid: str, scope: Scope, units: set[str], old_units: OldUnits
) -> tuple[Expression | None, tuple[ParameterElement, ...]]:
    law = reaction.getKineticLaw()
    if law is None:
        return None, ()
    elements = law.getListOfLocalParameters() if reaction.getLevel() > 2 else law.getListOfParameters()
    local = {element.getIdAttribute(): f"{sid}.{element.getIdAttribute()}" for element in elements}
    parameters = tuple(
        ParameterElement(
            **common(element, local[element.getIdAttribute()], unit_of(element.getUnits(), units)),
            value=element.getValue() if element.isSetValue() else None,
        )
        for element in elements
    )
    if not law.isSetMath():
        return None, parameters
    math = to_expression(law.getMath(), scope, element=sid, line=law.getLine(), local=local)
    return (math if reaction.getLevel() > 2 else old_units.law(law, math, sid)), parameters


def _side(references: Any, sid: str, scope: Scope, level: int) -> tuple[SpeciesReference, ...]:
    return tuple(_reference(reference, sid, scope, level) for reference in references)


def _reference(element: Any, sid: str, scope: Scope, level: int) -> SpeciesReference:
    math, stoichiometry = None, None
    if level > 2:
        stoichiometry = element.getStoichiometry() if element.isSetStoichiometry() else None
    elif element.isSetStoichiometryMath() and element.getStoichiometryMath().isSetMath():
        tree = element.getStoichiometryMath().getMath()
        math = to_expression(tree, scope, element=sid, line=element.getLine())
        if math.is_number:
            math, stoichiometry = None, float(math.value)  # pyright: ignore[reportArgumentType]
    else:
        stoichiometry = element.getStoichiometry() / (element.getDenominator() or 1)
    return SpeciesReference(
        **common(element, element.getIdAttribute()),
        species=element.getSpecies(),
        stoichiometry=stoichiometry,
        math=math,
        constant=element.getConstant() if level > 2 else math is None,
    )
