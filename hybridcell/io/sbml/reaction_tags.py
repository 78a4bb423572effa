"""Each element of a reaction network as an element of SBML Level 3."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from hybridcell._core.expressions.expression import leaves
from hybridcell.io.sbml.dialect import Dialect
from hybridcell.io.sbml.document import as_attributes, check_readable
from hybridcell.io.sbml.fragments import annotation_element, notes_element
from hybridcell.io.sbml.mathml import math as math_element
from hybridcell.mechanisms.reactions import elements as e
from hybridcell.mechanisms.reactions.level2_stoichiometry import new_id

_QUANTITIES = ("compartment", "species", "parameter", "localParameter")


@dataclass
class Writer:
    """Writes elements, and remembers the metaids that it has given out: each may stand once in a file.

    Attributes
    ----------
    dialect : Dialect
    species : frozenset of str
        Ids of the species.
    appended : mapping of id to str
        What packages put at the end of the element of a quantity.
    """

    dialect: Dialect
    species: frozenset[str]
    appended: Mapping[str, str] = field(default_factory=dict)
    _metaids: set[str] = field(default_factory=set)

    def element(
        self, tag: str, of: e.Element, content: str = "", *, ids: bool = True, **special: object
    ) -> str:
        """Return an element with what all elements have, its own attributes and its content."""
        metaid = None if of.metaid in self._metaids else of.metaid or None
        self._metaids.add(of.metaid)
        check_readable(of.id, special)
        names = {"id": of.id or None, "name": of.name or None} if ids else {}
        attributes = {"metaid": metaid, **names, "sboTerm": of.sbo or None, **special}
        inside = notes_element(of.notes) + annotation_element(of.annotation) + content
        if tag in _QUANTITIES:
            inside += self.appended.get(of.id, "")
        head = f"<{tag}{as_attributes(attributes)}"
        return f"{head}>{inside}</{tag}>" if inside else f"{head}/>"

    def function(self, f: e.FunctionDefinition) -> str:
        """Return a function definition."""
        math = ""
        if f.body is not None:
            arguments = "".join(f"<bvar><ci>{argument}</ci></bvar>" for argument in f.arguments)
            math = math_element(f"<lambda>{arguments}{self.dialect.formula(f.body)}</lambda>")
        return self.element("functionDefinition", f, math)

    def unit(self, u: e.UnitDefinition) -> str:
        """Return a unit definition."""
        names = ("kind", "exponent", "scale", "multiplier")
        return self._unit_definition(u, [dict(zip(names, factor)) for factor in u.factors])

    def _unit_definition(self, u: e.UnitDefinition, factors: list[dict[str, Any]]) -> str:
        for factor in factors:
            check_readable(u.id, factor)
        units = (f"<unit{as_attributes(factor)}/>" for factor in factors)
        return self.element("unitDefinition", u, listed("listOfUnits", units))

    def compartment(self, c: e.Compartment) -> str:
        """Return a compartment."""
        dimensions = int(c.dimensions) if float(c.dimensions).is_integer() else c.dimensions
        return self.element(
            "compartment",
            c,
            spatialDimensions=dimensions,
            size=_number(c.size),
            units=c.unit or None,
            constant=c.constant,
        )

    def species_element(self, s: e.Species) -> str:
        """Return a species."""
        return self.element(
            "species",
            s,
            compartment=s.compartment,
            initialAmount=_number(s.initial_amount),
            initialConcentration=_number(s.initial_concentration),
            substanceUnits=s.unit or None,
            hasOnlySubstanceUnits=s.only_substance,
            boundaryCondition=s.boundary,
            constant=s.constant,
            conversionFactor=s.conversion_factor or None,
        )

    def parameter(self, p: e.ParameterElement) -> str:
        """Return a parameter of the network."""
        return self.element("parameter", p, value=_number(p.value), units=p.unit or None, constant=p.constant)

    def initial_assignment(self, a: e.InitialAssignment) -> str:
        """Return an initial assignment."""
        return self.element(
            "initialAssignment",
            a,
            self.dialect.math(a.math),
            ids=self.dialect.is_newest,
            symbol=a.variable,
        )

    def rule(self, r: e.Rule) -> str:
        """Return a rule of any kind."""
        variable = {} if r.kind == "algebraic" else {"variable": r.variable}
        math = self.dialect.math(r.math)
        return self.element(f"{r.kind}Rule", r, math, ids=self.dialect.is_newest, **variable)

    def reaction(self, r: e.Reaction) -> str:
        """Return a reaction with its rate law."""
        fast = {"fast": r.fast} if self.dialect.version == 1 else {}
        return self.element(
            "reaction",
            r,
            self._parts(r),
            reversible=r.reversible,
            compartment=r.compartment or None,
            **fast,
        )

    def reference(self, r: e.SpeciesReference) -> str:
        """Return a reactant or product."""
        return self.element(
            "speciesReference",
            r,
            species=r.species,
            stoichiometry=_number(r.stoichiometry),
            constant=r.constant,
        )

    def event(self, v: e.Event) -> str:
        """Return an event."""
        delay = f"<delay>{self.dialect.math(v.delay)}</delay>" if v.delay is not None else ""
        priority = f"<priority>{self.dialect.math(v.priority)}</priority>" if v.priority is not None else ""
        assignments = listed(
            "listOfEventAssignments",
            (
                f"<eventAssignment{as_attributes({'variable': variable})}>{self.dialect.math(math)}"
                "</eventAssignment>"
                for variable, math in v.assignments
            ),
        )
        return self.element(
            "event",
            v,
            self._trigger(v) + delay + priority + assignments,
            useValuesFromTriggerTime=v.use_trigger_values,
        )

    def _trigger(self, v: e.Event) -> str:
        if v.trigger is None:
            return ""
        math = self.dialect.math(v.trigger, condition=True)
        flags = as_attributes({"initialValue": v.initial_value, "persistent": v.persistent})
        return f"<trigger{flags}>{math}</trigger>"

    def _parts(self, r: e.Reaction) -> str:
        return (
            listed("listOfReactants", map(self.reference, r.reactants))
            + listed("listOfProducts", map(self.reference, r.products))
            + listed("listOfModifiers", self._modifiers(r))
            + self._law(r)
        )

    def _modifiers(self, r: e.Reaction) -> Iterable[str]:
        """Return the modifiers, with the species that the law reads and Level 1 does not list."""
        listed = {*r.modifiers, *(one.species for one in (*r.reactants, *r.products))}
        read = leaves([r.law], "symbol") if r.law is not None else ()
        added = (s for s in dict.fromkeys(read) if s in self.species and s not in listed)
        for species, of in zip_longest((*r.modifiers, *added), r.modifier_elements, fillvalue=e.Element()):
            yield self.element("modifierSpeciesReference", of, species=species)

    def _law(self, r: e.Reaction) -> str:
        if r.law is None and not r.local_parameters:
            return ""
        names = _local_names(r)
        local = (self._local_parameter(p, names[p.id]) for p in r.local_parameters)
        content = self.dialect.math(r.law, names) + listed(self._local_list(), local)
        return self.element("kineticLaw", r.law_element or e.Element(), content, ids=self.dialect.is_newest)

    def _local_parameter(self, p: e.ParameterElement, name: str) -> str:
        values = {"id": name, "name": p.name or None, "value": _number(p.value), "units": p.unit or None}
        return self.element("localParameter", p, ids=False, **values)

    def _local_list(self) -> str:
        return "listOfLocalParameters"


def _local_names(r: e.Reaction) -> dict[str, str]:
    """Return the ids of local parameters inside their reaction: ``v1.k`` is `k`.

    No file has a law that reads a local `k` and the network's own; then the local one gets another id.
    """
    taken = set(leaves([r.law], "symbol")) if r.law is not None else set()
    return {p.id: new_id(p.id.removeprefix(f"{r.id}."), taken) for p in r.local_parameters}


def listed(tag: str, items: Iterable[str]) -> str:
    """Return a list element around its items, "" for none."""
    inside = "\n".join(items)
    return f"<{tag}>\n{inside}\n</{tag}>" if inside else ""


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)
