"""Rules and initial assignments."""

from __future__ import annotations

from typing import Any

from hybridcell._core.expressions import Expression
from hybridcell.io.sbml.read.common import common
from hybridcell.io.sbml.read.expressions import Scope, to_expression
from hybridcell.mechanisms.reactions.elements import InitialAssignment, Rule


def read_initial_assignments(model: Any, scope: Scope) -> tuple[InitialAssignment, ...]:
    """Return the initial assignments."""
    return tuple(
        InitialAssignment(
            **common(element, element.getIdAttribute()),
            variable=element.getSymbol(),
            math=math_of(element, scope, element.getSymbol()),
        )
        for element in model.getListOfInitialAssignments()
    )


def read_rules(model: Any, scope: Scope) -> tuple[Rule, ...]:
    """Return the rules."""
    found: list[Rule] = []
    for element in model.getListOfRules():
        kind = "assignment" if element.isAssignment() else "rate" if element.isRate() else "algebraic"
        variable = "" if kind == "algebraic" else element.getVariable()
        math = math_of(element, scope, variable or "algebraicRule")
        found.append(
            Rule(**common(element, element.getIdAttribute()), kind=kind, variable=variable, math=math)
        )
    return tuple(found)


def math_of(element: Any, scope: Scope, name: str) -> Expression | None:
    """Return an element's math; None where it has none, and so no effect (Level 3 Version 2)."""
    if element is None or not element.isSetMath():
        return None
    return to_expression(element.getMath(), scope, element=name, line=element.getLine())
