"""Level 2's formulas in the place of stoichiometries, as Level 3 says them."""

from __future__ import annotations

from dataclasses import replace

from hybridcell._core.expressions import Expression
from hybridcell._core.expressions.expression import walk
from hybridcell.mechanisms.reactions import elements as e


def without_stoichiometry_math(definition: e.Definition) -> e.Definition:
    """Return the definition in which no species reference has a formula of its own.

    A formula of constants becomes an initial assignment to the reference, any other an assignment rule. A
    reference without an id gets one.
    """
    references = [one for r in definition.reactions for one in (*r.reactants, *r.products)]
    if all(one.math is None for one in references):
        return definition
    constants = {p.id for p in definition.parameters if p.constant}
    constants |= {c.id for c in definition.compartments if c.constant}
    taken = set(ids_of(definition))
    assignments: list[e.InitialAssignment] = []
    rules: list[e.Rule] = []

    def plain(reference: e.SpeciesReference, reaction: str, side: str) -> e.SpeciesReference:
        if reference.math is None:
            return reference
        constant = _reads_only(reference.math, constants)
        sid = reference.id or new_id(f"{reaction}_{side}_{reference.species}", taken)
        if constant:
            assignments.append(e.InitialAssignment(variable=sid, math=reference.math))
        else:
            rules.append(e.Rule(kind="assignment", variable=sid, math=reference.math))
        return replace(reference, id=sid, math=None, stoichiometry=None, constant=constant)

    reactions = tuple(
        replace(
            r,
            reactants=tuple(plain(one, r.id, "reactant") for one in r.reactants),
            products=tuple(plain(one, r.id, "product") for one in r.products),
        )
        for r in definition.reactions
    )
    return replace(
        definition,
        reactions=reactions,
        rules=(*definition.rules, *rules),
        initial_assignments=(*definition.initial_assignments, *assignments),
    )


def ids_of(definition: e.Definition) -> list[str]:
    """Return every id of the network, local parameters and units aside."""
    references = (one for r in definition.reactions for one in (*r.reactants, *r.products))
    inner = (one for r in definition.reactions for one in (r.law_element, *r.modifier_elements) if one)
    parts = (
        (definition,), definition.functions, definition.compartments, definition.species,
        definition.parameters, definition.initial_assignments, definition.rules, definition.reactions,
        references, inner, definition.events,
    )  # fmt: skip
    return [element.id for part in parts for element in part if element.id]


def new_id(wish: str, taken: set[str]) -> str:
    """Return an id like `wish` that is not taken yet, and take it."""
    found, number = wish, 1
    while found in taken:
        number += 1
        found = f"{wish}_{number}"
    taken.add(found)
    return found


def _reads_only(math: Expression, constants: set[str]) -> bool:
    return all(
        node.op not in ("time", "delay", "rate_of") and (node.op != "symbol" or node.value in constants)
        for node in walk([math])
    )
