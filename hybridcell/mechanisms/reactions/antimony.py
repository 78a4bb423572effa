"""A definition as Antimony, the language in which people write reaction networks by hand.

What Antimony cannot say is a comment in the text, and a warning.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field

from hybridcell._core.errors import SBMLWarning
from hybridcell._core.expressions import Expression, number
from hybridcell.mechanisms.reactions import elements as e
from hybridcell.mechanisms.reactions.antimony_names import AntimonyNames
from hybridcell.mechanisms.reactions.antimony_units import factor_text
from hybridcell.mechanisms.reactions.level2_stoichiometry import without_stoichiometry_math

#: Names that Antimony gives to the units of the whole model.
_MODEL_UNITS = {
    "substance": "substance_unit",
    "extent": "extent_unit",
    "volume": "volume_unit",
    "area": "area_unit",
    "length": "length_unit",
    "time_unit": "time_unit",
}


def antimony_text(definition: e.Definition) -> str:
    """Return a definition as Antimony.

    Warns
    -----
    SBMLWarning
        Where the definition has something that Antimony cannot say.
    """
    writer = _Writer(without_stoichiometry_math(definition))
    text = writer.text()
    if writer.left_out:
        warnings.warn(
            f"Antimony cannot say everything of this network; left out: {'; '.join(writer.left_out)}.",
            SBMLWarning,
            stacklevel=3,
        )
    return text


@dataclass
class _Writer:
    definition: e.Definition
    left_out: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.names = AntimonyNames(self.definition)

    def text(self) -> str:
        d = self.definition
        sections = (
            ("Compartments and species", [*self._compartments(), *self._species()]),
            ("Reactions", [self._reaction(r) for r in d.reactions]),
            ("Rules", [line for rule in d.rules for line in self._rule(rule)]),
            ("Conversion factors", list(self._conversion_factors())),
            ("Values at the start", list(self._values())),
            ("What changes, and what does not", list(self._constancy())),
            ("Events", [line for event in d.events for line in self._event(event)]),
            ("Units", [*self._units(), *self._has_units()]),
            ("Names", list(self._display_names())),
        )
        lines = [line for f in d.functions for line in self._function(f)]
        lines.append(f"model *{self.names.model}()")
        for title, content in sections:
            if content:
                lines += ["", f"  // {title}", *(f"  {line}" for line in content)]
        lines += ["", *(f"  // left out: {text}" for text in self.left_out)] if self.left_out else []
        lines += ["end", *([f'{self.names.model} is "{_quoted(d.name)}"'] if d.name else []), ""]
        return "\n".join(lines)

    def math(self, expression: Expression) -> str:
        return self.names.text(expression)

    def _compartments(self) -> Iterable[str]:
        for c in self.definition.compartments:
            yield f"compartment {self.names[c.id]};"
            if c.dimensions != 3:
                self.left_out.append(f"the {c.dimensions:g} dimensions of compartment {c.id}")

    def _species(self) -> Iterable[str]:
        for s in self.definition.species:
            kind = "substanceOnly species" if s.only_substance else "species"
            fixed = "$" if s.boundary else ""
            yield f"{kind} {fixed}{self.names[s.id]} in {self.names[s.compartment]};"

    def _reaction(self, r: e.Reaction) -> str:
        if r.fast:
            self.left_out.append(f"that reaction {r.id} is fast")
        arrow = "->" if r.reversible else "=>"
        law = "" if r.law is None else self.math(r.law)
        return f"{self.names[r.id]}: {self._side(r.reactants)} {arrow} {self._side(r.products)}; {law};"

    def _side(self, references: tuple[e.SpeciesReference, ...]) -> str:
        return " + ".join(f"{self._count(one)}{self.names[one.species]}" for one in references)

    def _count(self, reference: e.SpeciesReference) -> str:
        if reference.id:
            return f"{self.names[reference.id]} "
        if reference.stoichiometry is None:
            self.left_out.append(f"that a stoichiometry of {reference.species} has no value")
        return "" if reference.stoichiometry in (None, 1) else f"{_number(reference.stoichiometry)} "

    def _rule(self, rule: e.Rule) -> Iterable[str]:
        if rule.math is None:
            self.left_out.append(f"an empty rule for {rule.variable or 'no variable'}")
        elif rule.kind == "algebraic":
            yield f"0 = {self.math(rule.math)};"
        else:
            sign = "' =" if rule.kind == "rate" else " :="
            yield f"{self.names[rule.variable]}{sign} {self.math(rule.math)};"

    def _conversion_factors(self) -> Iterable[str]:
        if self.definition.conversion_factor:
            yield f"model.conversionFactor = {self.names[self.definition.conversion_factor]};"
        for s in self.definition.species:
            if s.conversion_factor:
                yield f"{self.names[s.id]}.conversionFactor = {self.names[s.conversion_factor]};"

    def _values(self) -> Iterable[str]:
        d = self.definition
        given: dict[str, str] = {c.id: _number(c.size) for c in d.compartments if c.size is not None}
        for s in d.species:
            if s.initial_amount is not None:
                per = "" if s.only_substance else f"/{self.names[s.compartment]}"
                given[s.id] = f"{_number(s.initial_amount)}{per}"
            elif s.initial_concentration is not None:
                times = f"*{self.names[s.compartment]}" if s.only_substance else ""
                given[s.id] = f"{_number(s.initial_concentration)}{times}"
        local = (p for r in d.reactions for p in r.local_parameters)
        given |= {p.id: _number(p.value) for p in (*d.parameters, *local) if p.value is not None}
        for one in self._references():
            if one.stoichiometry is not None:
                given[one.id] = _number(one.stoichiometry)
        given |= {a.variable: self.math(a.math) for a in d.initial_assignments if a.math is not None}
        # an assignment rule holds from the start; a second equation for the same id would be an error
        ruled = {rule.variable for rule in d.rules if rule.kind == "assignment" and rule.math is not None}
        return [f"{self.names[sid]} = {text};" for sid, text in given.items() if sid not in ruled]

    def _references(self) -> list[e.SpeciesReference]:
        return [one for r in self.definition.reactions for one in (*r.reactants, *r.products) if one.id]

    def _constancy(self) -> Iterable[str]:
        d = self.definition
        local = [p for r in d.reactions for p in r.local_parameters]
        elements = (*d.compartments, *d.parameters, *local, *self._references())
        fixed = [self.names[s.id] for s in d.species if s.constant]
        fixed += [self.names[element.id] for element in elements if element.constant]
        moving = [self.names[element.id] for element in elements if not element.constant]
        for word, ids in (("const", fixed), ("var", moving)):
            for i in range(0, len(ids), 8):
                yield f"{word} {', '.join(ids[i : i + 8])};"

    def _event(self, event: e.Event) -> Iterable[str]:
        if event.trigger is None:
            self.left_out.append(f"event {event.id or 'without an id'}, which has no trigger")
            return
        delay = "" if event.delay is None else f"{self.math(event.delay)} after "
        parts = [f"at {delay}({self.math(event.trigger)})"]
        if event.priority is not None:
            parts.append(f"priority = {self.math(event.priority)}")
        flags = (
            ("t0", event.initial_value), ("persistent", event.persistent),
            ("fromTrigger", event.use_trigger_values),
        )  # fmt: skip
        parts += [f"{word} = {'true' if value else 'false'}" for word, value in flags]
        head = f"{self.names[event.id]}: " if event.id else ""
        done = (f"{self.names[variable]} = {self.math(math)}" for variable, math in event.assignments)
        yield f"{head}{', '.join(parts)}: {', '.join(done)};"

    def _function(self, f: e.FunctionDefinition) -> list[str]:
        if f.body is None:
            self.left_out.append(f"function {f.id}, which is empty")
            return []
        arguments, body = self.names.function(f)
        return [f"function {self.names[f.id]}({', '.join(arguments)})", f"  {body};", "end", ""]

    def _units(self) -> Iterable[str]:
        d = self.definition
        defined = {u.id: u for u in d.units}
        for word, attribute in _MODEL_UNITS.items():
            unit = getattr(d, attribute)
            if unit in defined:
                yield f"unit {word} = {factor_text(defined[unit])};"
            elif unit:
                yield f"unit {word} = {unit};"
        for u in d.units:
            if u.id not in _MODEL_UNITS:
                yield f"unit {self.names.unit(u.id)} = {factor_text(u)};"

    def _has_units(self) -> Iterable[str]:
        d = self.definition
        local = (p for r in d.reactions for p in r.local_parameters)
        # of other species Antimony wants the unit of the concentration
        species = (s for s in d.species if s.only_substance)
        for element in (*d.compartments, *species, *d.parameters, *local):
            if element.unit:
                yield f"{self.names[element.id]} has {self.names.unit(element.unit)};"

    def _display_names(self) -> Iterable[str]:
        d = self.definition
        local = (p for r in d.reactions for p in r.local_parameters)
        lists = (d.compartments, d.species, d.parameters, tuple(local), d.reactions, d.events)
        for one in (one for part in lists for one in part):
            if one.id and one.name not in ("", one.id):
                yield f'{self.names[one.id]} is "{_quoted(one.name)}";'


def _quoted(name: str) -> str:
    return " ".join(name.replace("\\", "/").replace('"', '\\"').split())


def _number(value: float) -> str:
    return repr(number(value))
