"""What there is to say about each kind of element, in words and formulas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hybridcell._core.expressions import Expression
from hybridcell.mechanisms.reactions import elements as e

#: Class of an element -> what it is called.
KINDS = {
    "Species": "species",
    "ParameterElement": "parameter",
    "Compartment": "compartment",
    "Reaction": "reaction",
    "SpeciesReference": "species reference",
    "Rule": "rule",
    "InitialAssignment": "initial assignment",
    "Event": "event",
    "UnitDefinition": "unit",
    "FunctionDefinition": "function",
    "Definition": "network",
}


def facts_of(element: Any) -> dict[str, Any]:
    """Return id, name and what else tables show of an element."""
    special = _FACTS.get(type(element))
    facts = {"id": element.id, "name": element.name, **(special(element) if special else {})}
    return {**facts, "sbo": element.sbo}


def summary(element: Any) -> str:
    """Return the one thing about an element that goes into its repr; "" for nothing."""
    special = _SUMMARIES.get(type(element))
    text = special(element) if special else ""
    return text if len(text) <= 100 else f"{text[:98]} …"


def equation(reaction: e.Reaction) -> str:
    """Return a reaction as people write it: ``A + 2 B -> C``, with <-> where it is reversible."""
    arrow = "<->" if reaction.reversible else "->"
    return f"{_side(reaction.reactants)} {arrow} {_side(reaction.products)}".strip()


def _side(references: tuple[e.SpeciesReference, ...]) -> str:
    return " + ".join(f"{_count(reference)}{reference.species}" for reference in references) or "∅"


def _count(reference: e.SpeciesReference) -> str:
    if reference.math is not None:
        return f"({reference.math!r}) "
    if reference.id and not reference.constant:
        return f"{reference.id} "
    if reference.stoichiometry is None:
        return f"{reference.id or '?'} "
    return "" if reference.stoichiometry == 1 else f"{reference.stoichiometry:g} "


def math_text(math: Expression | None) -> str:
    """Return a formula as text, "" for none."""
    return "" if math is None else repr(math)


def initial_value(species: e.Species) -> float | None:
    """Return the number a species starts at, whichever quantity the file gives."""
    amount, concentration = species.initial_amount, species.initial_concentration
    return concentration if amount is None else amount


def quantity(species: e.Species) -> str:
    """Return what the species' number is: "amount" or "concentration"."""
    if species.initial_amount is None and species.initial_concentration is None:
        return "amount" if species.only_substance else "concentration"
    return "concentration" if species.initial_amount is None else "amount"


def rule_text(rule: e.Rule) -> str:
    """Return a rule as an equation."""
    left = {"assignment": rule.variable, "rate": f"d({rule.variable})/dt"}.get(rule.kind, "0")
    return f"{left} = {math_text(rule.math)}"


def _assignments(event: e.Event) -> str:
    return "; ".join(f"{variable} = {math!r}" for variable, math in event.assignments)


def _quantity_text(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:g} {unit}".strip()


def _start_text(s: e.Species) -> str:
    value = initial_value(s)
    if value is None:
        return f"in {s.compartment}"
    # the unit is that of the amount
    shown = _quantity_text(value, s.unit) if quantity(s) == "amount" else f"concentration {value:g}"
    return f"{shown} in {s.compartment}"


def _species(s: e.Species) -> dict[str, Any]:
    return {
        "value": initial_value(s),
        "quantity": quantity(s),
        "unit": s.unit,
        "compartment": s.compartment,
        "boundary": s.boundary,
        "constant": s.constant,
    }


def _reaction(r: e.Reaction) -> dict[str, Any]:
    return {
        "equation": equation(r),
        "law": math_text(r.law),
        "modifiers": ", ".join(r.modifiers),
        "compartment": r.compartment,
    }


def _event(v: e.Event) -> dict[str, Any]:
    return {
        "trigger": math_text(v.trigger),
        "delay": math_text(v.delay),
        "priority": math_text(v.priority),
        "assignments": _assignments(v),
    }


def _unit(u: e.UnitDefinition) -> dict[str, Any]:
    factors = (
        f"({multiplier:g} × 10^{scale} {kind})^{exponent:g}"
        for kind, exponent, scale, multiplier in u.factors
    )
    return {"definition": " · ".join(factors)}


_FACTS: dict[type, Callable[[Any], dict[str, Any]]] = {
    e.Species: _species,
    e.ParameterElement: lambda p: {"value": p.value, "unit": p.unit, "constant": p.constant},
    e.Compartment: lambda c: {
        "value": c.size,
        "unit": c.unit,
        "dimensions": c.dimensions,
        "constant": c.constant,
    },
    e.Reaction: _reaction,
    e.SpeciesReference: lambda r: {"species": r.species, "value": r.stoichiometry, "math": math_text(r.math)},
    e.Rule: lambda r: {"kind": r.kind, "variable": r.variable, "math": math_text(r.math)},
    e.InitialAssignment: lambda a: {"variable": a.variable, "math": math_text(a.math)},
    e.Event: _event,
    e.UnitDefinition: _unit,
    e.FunctionDefinition: lambda f: {"arguments": ", ".join(f.arguments), "body": math_text(f.body)},
}
_SUMMARIES: dict[type, Callable[[Any], str]] = {
    e.Species: _start_text,
    e.ParameterElement: lambda p: _quantity_text(p.value, p.unit),
    e.Compartment: lambda c: _quantity_text(c.size, c.unit),
    e.Reaction: equation,
    e.SpeciesReference: lambda r: f"{_count(r)}{r.species}",
    e.Rule: rule_text,
    e.InitialAssignment: lambda a: f"{a.variable} = {math_text(a.math)}",
    e.Event: lambda v: f"at {math_text(v.trigger)}: {_assignments(v)}",
    e.UnitDefinition: lambda u: _unit(u)["definition"],
    e.FunctionDefinition: lambda f: f"({', '.join(f.arguments)}) = {math_text(f.body)}",
    e.Definition: lambda d: f"{len(d.species)} species, {len(d.reactions)} reactions",
}
