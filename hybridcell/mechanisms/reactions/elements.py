"""The nouns of a reaction network, as a file states them: nothing resolved, nothing lost.

Math is an `Expression` over symbols. A symbol is the id of an element; a local parameter `k` of reaction `v1`
is the symbol ``v1.k``. Everything a file says about an element that computing does not need (name, unit, SBO
term, annotation, notes) is kept on it, so that it can be written back.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hybridcell._core.expressions import Expression
from hybridcell.mechanisms.reactions.face import ElementFace


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Element(ElementFace):
    """What all elements have.

    Attributes
    ----------
    id : str
        "" where SBML needs none (rules, some species references).
    name, unit : str
        `unit` is the id of a unit definition or a base unit of SBML, "" where not stated.
    sbo, metaid : str
        For example "SBO:0000290"; "" where not stated.
    notes, annotation : str
        XML as in the file, "" for none.
    line : int
        In the file, 0 where unknown.
    """

    id: str = ""
    name: str = ""
    unit: str = ""
    sbo: str = ""
    metaid: str = ""
    notes: str = field(default="", repr=False)
    annotation: str = field(default="", repr=False)
    line: int = field(default=0, repr=False)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class UnitDefinition(Element):
    """A product of (kind, exponent, scale, multiplier): (multiplier * 10**scale * kind)**exponent."""

    factors: tuple[tuple[str, float, int, float], ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class FunctionDefinition(Element):
    """A function of the file; `arguments` are symbols in `body`."""

    arguments: tuple[str, ...] = ()
    body: Expression | None = None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Compartment(Element):
    """A place with a size. `size` is None where the file gives none."""

    size: float | None = None
    dimensions: float = 3.0
    constant: bool = True


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Species(Element):
    """A species. Its symbol means its amount if `only_substance`, else its concentration.

    At most one of `initial_amount` and `initial_concentration` is given.
    """

    compartment: str = ""
    initial_amount: float | None = None
    initial_concentration: float | None = None
    only_substance: bool = False
    boundary: bool = False
    constant: bool = False
    conversion_factor: str = ""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ParameterElement(Element):
    """A parameter of the whole network, or a local one of a reaction (its id is then ``v1.k``)."""

    value: float | None = None
    constant: bool = True


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SpeciesReference(Element):
    """A species on one side of a reaction. `math` (Level 2) goes before `stoichiometry`; None is no value."""

    species: str = ""
    stoichiometry: float | None = 1.0
    math: Expression | None = None
    constant: bool = True


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Reaction(Element):
    """A reaction. `law` is extent per time; None where the file has none.

    `law_element` and `modifier_elements` (as many as `modifiers`, or none) are what the file says about the
    law and the modifiers: SBO terms, annotations.
    """

    reactants: tuple[SpeciesReference, ...] = ()
    products: tuple[SpeciesReference, ...] = ()
    modifiers: tuple[str, ...] = ()
    law: Expression | None = None
    local_parameters: tuple[ParameterElement, ...] = ()
    reversible: bool = True
    fast: bool = False
    compartment: str = ""
    law_element: Element | None = None
    modifier_elements: tuple[Element, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class InitialAssignment(Element):
    """The value of `variable` at the start."""

    variable: str = ""
    math: Expression | None = None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Rule(Element):
    """kind "assignment" (variable = math), "rate" (d variable/dt = math) or "algebraic" (0 = math)."""

    kind: str = "assignment"
    variable: str = ""
    math: Expression | None = None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Event(Element):
    """What happens when `trigger` turns true.

    Attributes
    ----------
    trigger : Expression
        Boolean.
    initial_value : bool
        The trigger's value just before the start: with False, a trigger true at the start fires there.
    persistent : bool
        With False, an event that waits is called off when its trigger turns false.
    delay, priority : Expression or None
    use_trigger_values : bool
        Assignments are evaluated when the event is triggered, not when it is executed.
    assignments : tuple of (variable, Expression)
    """

    trigger: Expression | None = None
    initial_value: bool = True
    persistent: bool = True
    delay: Expression | None = None
    priority: Expression | None = None
    use_trigger_values: bool = True
    assignments: tuple[tuple[str, Expression], ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Definition(Element):
    """A whole network as its file states it, brought to the meaning of SBML Level 3 Version 2.

    Attributes
    ----------
    level, version : int
        Of the file as it came (they decide, for example, whether `fast` has a meaning: it is carried on
        reactions).
    substance_unit, time_unit, extent_unit, volume_unit, area_unit, length_unit : str
        Of the network; "" where not stated.
    conversion_factor : str
        Id of the parameter that converts extent to substance, "" for none.
    packages : tuple of str
        Optional packages that the file uses and this library leaves aside.
    left_aside : tuple of (str, int)
        What else it left aside, because it changes no number, and how many of it: constraints, layouts, ...
    """

    level: int = 3
    version: int = 2
    substance_unit: str = ""
    time_unit: str = ""
    extent_unit: str = ""
    volume_unit: str = ""
    area_unit: str = ""
    length_unit: str = ""
    conversion_factor: str = ""
    packages: tuple[str, ...] = ()
    left_aside: tuple[tuple[str, int], ...] = ()
    units: tuple[UnitDefinition, ...] = ()
    functions: tuple[FunctionDefinition, ...] = ()
    compartments: tuple[Compartment, ...] = ()
    species: tuple[Species, ...] = ()
    parameters: tuple[ParameterElement, ...] = ()
    initial_assignments: tuple[InitialAssignment, ...] = ()
    rules: tuple[Rule, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    events: tuple[Event, ...] = ()
