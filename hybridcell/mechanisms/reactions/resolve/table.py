"""What a definition says about each id: what it is and what determines its value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hybridcell._core.errors import SBMLError, nearest
from hybridcell._core.expressions import Expression
from hybridcell._core.expressions.expression import walk
from hybridcell.mechanisms.reactions.elements import (
    Compartment,
    Definition,
    Element,
    Event,
    ParameterElement,
    Reaction,
    Rule,
    Species,
    SpeciesReference,
)
from hybridcell.mechanisms.reactions.resolve.functions import Functions

#: What has a value that rules, events or reactions may change.
Variable = Compartment | Species | ParameterElement | SpeciesReference


@dataclass(frozen=True, eq=False)
class Side:
    """One species reference in its reaction. `sign` is -1 for a reactant, 1 for a product."""

    reaction: str
    reference: SpeciesReference
    sign: float


class Table:
    """All ids of a definition, with math in which functions are expanded and ids are known.

    Attributes
    ----------
    compartments, species, parameters, references, reactions : dict
        Elements by id; `parameters` has the local ones too.
    assigned, rate_rules, initial : dict
        Math by the id that it determines: assignment rules (and Level 2 stoichiometryMath), rate rules,
        initial assignments. Rules without math have no effect and are left out.
    algebraic : list of (Rule, Expression)
    laws : dict
        Rate law by reaction.
    sides : dict
        Species -> sides of reactions that change it (neither boundary nor constant).
    events : list of Event
        Those with a trigger and at least one assignment.
    set_by_events : set of str
    reads_rates : bool
        Whether rateOf is used anywhere.
    fixed : dict
        Constants that are taken as numbers: conversion factors of what fast reactions change, because
        equations conserve sums with plain coefficients.
    """

    def __init__(self, definition: Definition):
        self.definition = definition
        self.reads_rates = False
        self._functions = Functions(definition.functions)
        self.compartments = _by_id(definition.compartments)
        self.species = _by_id(definition.species)
        self.parameters = _by_id(definition.parameters)
        for reaction in definition.reactions:
            self.parameters |= _by_id(reaction.local_parameters)
        self.reactions = _by_id(definition.reactions)
        every = [side for reaction in definition.reactions for side in _sides(reaction)]
        self.references = {s.reference.id: s.reference for s in every if s.reference.id}
        self.owners: dict[str, Variable | Reaction] = {
            **self.compartments, **self.species, **self.parameters, **self.references, **self.reactions
        }  # fmt: skip
        self._check_places(every)

        self.laws = {
            r.id: self._math(r.law, r, "the rate law") for r in definition.reactions if r.law is not None
        }
        self.assigned: dict[str, Expression] = {}
        self.rate_rules: dict[str, Expression] = {}
        self.algebraic: list[tuple[Rule, Expression]] = []
        self._read_rules()
        self.initial = {
            a.variable: self._math(a.math, a, f"the initial assignment of {a.variable!r}")
            for a in definition.initial_assignments
            if a.math is not None and self._is_known(a.variable, a, "the initial assignment")
        }
        self.stoichiometries: dict[SpeciesReference, Expression] = {}
        self._read_stoichiometries(every)
        self.sides: dict[str, list[Side]] = {}
        for side in every:
            species = self.species[side.reference.species]
            if not (species.boundary or species.constant):
                self.sides.setdefault(species.id, []).append(side)
        self.events = [e for e in definition.events if e.trigger is not None and _changes(e)]
        self.set_by_events = {v for e in self.events for v, math in e.assignments if math is not None}
        self.event_math = {event: self._event_math(event) for event in definition.events}
        self.fixed = self._fixed()
        self._check_determined_once()

    def by_amount(self, name: str) -> bool:
        """Whether the symbol of a species means its amount."""
        species = self.species[name]
        return species.only_substance or self.compartments[species.compartment].dimensions == 0

    def _read_rules(self) -> None:
        for rule in self.definition.rules:
            if rule.math is None:
                continue
            what = f"the {rule.kind} rule" + (f" of {rule.variable!r}" if rule.variable else "")
            math = self._math(rule.math, rule, what)
            if rule.kind == "algebraic":
                self.algebraic.append((rule, math))
            elif self._is_known(rule.variable, rule, what):
                rules = self.assigned if rule.kind == "assignment" else self.rate_rules
                if rule.variable in self.assigned or rule.variable in self.rate_rules:
                    raise SBMLError(
                        f"{rule.variable!r} has two rules", rule.variable, rule.line, "Keep one of them."
                    )
                rules[rule.variable] = math

    def _read_stoichiometries(self, every: list[Side]) -> None:
        for side in every:
            reference = side.reference
            if reference.math is None:
                continue
            owner = self.reactions[side.reaction]
            math = self._math(reference.math, owner, f"the stoichiometry of {reference.species!r}")
            self.stoichiometries[reference] = math
            if reference.id:
                self.assigned[reference.id] = math

    def _event_math(self, event: Event) -> dict[str, Expression]:
        """Return trigger, delay, priority and assignments ("= variable") with functions expanded."""
        parts = {"trigger": event.trigger, "delay": event.delay, "priority": event.priority}
        found = {
            what: self._math(math, event, f"the {what}") for what, math in parts.items() if math is not None
        }
        for variable, math in event.assignments:
            if math is not None and self._is_known(variable, event, "an assignment"):
                found[f"= {variable}"] = self._math(math, event, f"the assignment of {variable!r}")
        return found

    def _fixed(self) -> dict[str, float]:
        fast = {
            name for name, sides in self.sides.items() if any(self.reactions[s.reaction].fast for s in sides)
        }
        factors = {self.species[name].conversion_factor or self.definition.conversion_factor for name in fast}
        parameters = [self.parameters[factor] for factor in sorted(factors) if factor]
        return {p.id: p.value for p in parameters if p.value is not None and p.id not in self.initial}

    def _math(self, math: Expression, owner: Element, what: str) -> Expression:
        math = self._functions.inline(math, owner, what)
        for node in walk([math]):
            if node.op == "symbol":
                self._is_known(str(node.value), owner, what)
            elif node.op == "rate_of":
                self.reads_rates = True
        return math

    def _is_known(self, name: str, owner: Element, what: str) -> bool:
        if name in self.owners:
            return True
        guess = nearest(name, self.owners)
        hint = f"Did you mean {guess!r}?" if guess else "Add the element, or take the id out of the math."
        element = owner.id or getattr(owner, "variable", "")
        raise SBMLError(f"{what} reads an unknown id {name!r}", element, owner.line, hint)

    def _check_places(self, sides: list[Side]) -> None:
        for species in self.species.values():
            if species.compartment not in self.compartments:
                _missing("compartment", species.compartment, species, self.compartments)
        for side in sides:
            if side.reference.species not in self.species:
                _missing("species", side.reference.species, self.reactions[side.reaction], self.species)
        for owner in (self.definition, *self.species.values()):
            if owner.conversion_factor and owner.conversion_factor not in self.parameters:
                _missing("conversion factor", owner.conversion_factor, owner, self.parameters)

    def _check_determined_once(self) -> None:
        for name in self.assigned:
            if name in self.set_by_events or name in self.sides:
                by = "an event" if name in self.set_by_events else "a reaction"
                raise SBMLError(
                    f"{name!r} is determined by an assignment rule and changed by {by}",
                    name,
                    self.owners[name].line,
                    "Drop one of them, or make the species a boundary species.",
                )
        for name in self.rate_rules:
            if name in self.sides:
                raise SBMLError(
                    f"{name!r} is changed by a rate rule and by reaction {self.sides[name][0].reaction!r}",
                    name,
                    self.owners[name].line,
                    "Make it a boundary species, or drop the rule.",
                )
        for name in {*self.assigned, *self.rate_rules, *self.set_by_events}:
            owner = self.owners[name]
            if isinstance(owner, Reaction):
                raise SBMLError(
                    f"a rule or an event sets {name!r}, which is a reaction",
                    name,
                    owner.line,
                    "Set a variable.",
                )


def _by_id(elements: tuple) -> dict:
    found = {}
    for element in elements:
        if element.id in found:
            raise SBMLError(
                f"the id {element.id!r} is used twice",
                element.id,
                element.line,
                "Rename one of the two elements.",
            )
        found[element.id] = element
    return found


def _sides(reaction: Reaction) -> Iterator[Side]:
    for sign, references in ((-1.0, reaction.reactants), (1.0, reaction.products)):
        for reference in references:
            yield Side(reaction.id, reference, sign)


def _changes(event: Event) -> bool:
    return any(math is not None for _, math in event.assignments)


def _missing(what: str, name: str, owner: Element, valid: dict) -> None:
    guess = nearest(name, valid)
    hint = f"Did you mean {guess!r}?" if guess else "Add the element."
    raise SBMLError(f"its {what} {name!r} is not in the file", owner.id, owner.line, hint)
