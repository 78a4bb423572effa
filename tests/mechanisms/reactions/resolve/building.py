"""Small networks for tests, with formulas as text, and their equations in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hybridcell._core.expressions import Expression, state
from hybridcell.mechanisms.reactions.elements import (
    Compartment,
    Definition,
    Event,
    FunctionDefinition,
    InitialAssignment,
    ParameterElement,
    Reaction,
    Rule,
    Species,
    SpeciesReference,
)
from hybridcell.mechanisms.reactions.equations import Equations
from hybridcell.mechanisms.reactions.resolve import resolve
from tests.mechanisms.formula import evaluate, f

Formula = str | float


def species(name: str, amount: float | None = None, **options: Any) -> Species:
    """Return a species in compartment "C"."""
    return Species(id=name, **{"compartment": "C", "initial_amount": amount, **options})


def parameter(name: str, value: float | None = 1.0, **options: Any) -> ParameterElement:
    return ParameterElement(id=name, value=value, **options)


def side(name: str, stoichiometry: float | None = 1.0, **options: Any) -> SpeciesReference:
    return SpeciesReference(species=name, stoichiometry=stoichiometry, **options)


def reaction(
    name: str, reactants: Sequence[Any], products: Sequence[Any], law: Formula | None, **options: Any
) -> Reaction:
    """Return a reaction; sides are species' ids or species references."""
    left, right = (
        tuple(side(s) if isinstance(s, str) else s for s in where) for where in (reactants, products)
    )
    return Reaction(id=name, reactants=left, products=right, law=None if law is None else f(law), **options)


def rule(kind: str, variable: str, math: Formula | None) -> Rule:
    return Rule(kind=kind, variable=variable, math=None if math is None else f(math))


def start(variable: str, math: Formula) -> InitialAssignment:
    return InitialAssignment(variable=variable, math=f(math))


def function(name: str, arguments: str, body: Formula | None) -> FunctionDefinition:
    return FunctionDefinition(
        id=name, arguments=tuple(arguments.split()), body=None if body is None else f(body)
    )


def event(
    name: str, trigger: Formula | None, assignments: Mapping[str, Formula | None], **options: Any
) -> Event:
    for part in ("delay", "priority"):
        if part in options:
            options[part] = f(options[part])
    return Event(
        id=name,
        trigger=None if trigger is None else f(trigger),
        assignments=tuple((v, None if math is None else f(math)) for v, math in assignments.items()),
        **options,
    )


def network(*elements: Any, size: float | None = 2.0, **options: Any) -> Definition:
    """Return a definition of these elements, with compartment "C" unless one is among them."""
    fields: dict[type, str] = {
        Compartment: "compartments",
        Species: "species",
        ParameterElement: "parameters",
        Reaction: "reactions",
        Rule: "rules",
        InitialAssignment: "initial_assignments",
        FunctionDefinition: "functions",
        Event: "events",
    }
    parts: dict[str, list[Any]] = {name: [] for name in fields.values()}
    for element in elements:
        parts[fields[type(element)]].append(element)
    if not any(one.id == "C" for one in parts["compartments"]):
        parts["compartments"].insert(0, Compartment(id="C", size=size))
    return Definition(**{name: tuple(found) for name, found in parts.items()}, **options)


class Numbers:
    """The equations of a network in numbers, at the values of the file."""

    def __init__(self, *elements: Any, size: float | None = 2.0, **options: Any):
        self.equations: Equations = resolve(network(*elements, size=size, **options))
        self.constants = dict(zip(self.equations.constants, self.equations.values))

    def at(self, root: Expression, t: float = 0.0, **x: float) -> float:
        """Return what a term is worth in a state; states not named are as at the start."""
        states = {state(name): value for name, value in {**self.start(0.0), **x}.items()}
        return evaluate(root, {**self.constants, **states}, t)

    def start(self, t: float = 0.0) -> dict[str, float]:
        """Return the state at the start."""
        equations = self.equations
        return {
            name: evaluate(term, self.constants, t) for name, term in zip(equations.states, equations.initial)
        }

    def value(self, name: str, t: float = 0.0, **x: float) -> float:
        """Return the value of an id."""
        return self.at(self.equations.observables[name], t, **x)

    def change(self, t: float = 0.0, **x: float) -> dict[str, float]:
        """Return N v + r by state."""
        equations = self.equations
        moved = np.zeros(equations.n)
        fluxes = [self.at(flux, t, **x) for flux in equations.fluxes]
        for row, column, coefficient in zip(equations.rows, equations.columns, equations.coefficients):
            moved[row] += coefficient * fluxes[column]
        for row, rate in equations.rates.items():
            moved[row] += self.at(rate, t, **x)
        return dict(zip(equations.states, moved.tolist()))
