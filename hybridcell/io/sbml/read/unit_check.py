"""Do the units of a network's math match? A cheap check: every distinct term is looked at once.

Numbers in math have any unit, as have parameters without one: only what is certain is reported.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field

from hybridcell._core.errors import SBMLWarning, nearest
from hybridcell._core.expressions import Expression
from hybridcell._core.expressions.expression import walk
from hybridcell._core.expressions.operators import LOGIC, RELATIONS
from hybridcell.io.sbml.read.units import DIMENSIONLESS, Unit, unit_table
from hybridcell.mechanisms.reactions.elements import Definition, Species

_ALIKE = {"add", "sub", "min", "max", "rem", *RELATIONS}
_PLAIN = {
    "exp",
    "ln",
    "log10",
    "factorial",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
}
_PLAIN |= {"asinh", "acosh", "atanh"}
_SAME = {"neg", "abs", "floor", "ceil"}


def warn_of_units(definition: Definition) -> None:
    """Give one SBMLWarning if units do not match."""
    found = _Check(definition).mismatches()
    if not found:
        return
    more = f" ({len(found)} places in all.)" if len(found) > 1 else ""
    warnings.warn(
        f"Units do not match, which changes no number: {found[0]}.{more}", SBMLWarning, stacklevel=2
    )


@dataclass
class _Check:
    definition: Definition
    units: dict[Expression, Unit | None] = field(default_factory=dict)
    symbols: dict[str, Unit | None] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        net = self.definition
        table = self.table = unit_table(net.units)
        self.time, self.extent = table.get(net.time_unit), table.get(net.extent_unit)
        by_dimension = {3.0: net.volume_unit, 2.0: net.area_unit, 1.0: net.length_unit, 0.0: "dimensionless"}
        for place in net.compartments:
            self.symbols[place.id] = table.get(place.unit or by_dimension.get(place.dimensions, ""))
        dimensions = {place.id: place.dimensions for place in net.compartments}
        for species in net.species:
            substance = table.get(species.unit or net.substance_unit)
            self.symbols[species.id] = self._of_species(species, substance, dimensions)
        for parameter in net.parameters:
            self.symbols[parameter.id] = table.get(parameter.unit)
        for reaction in net.reactions:
            self.symbols[reaction.id] = _over(self.extent, self.time)
            for parameter in reaction.local_parameters:
                self.symbols[parameter.id] = table.get(parameter.unit)

    def _of_species(
        self, species: Species, substance: Unit | None, dimensions: dict[str, float]
    ) -> Unit | None:
        if species.only_substance or dimensions.get(species.compartment) == 0:
            return substance
        return _over(substance, self.symbols.get(species.compartment))

    def mismatches(self) -> list[str]:
        """Return what does not match, in the file's order."""
        net = self.definition
        self._check_defined()
        for start in net.initial_assignments:
            self._check(start.math, self.symbols.get(start.variable), start.variable, start.line)
        for rule in net.rules:
            wanted = self.symbols.get(rule.variable)
            wanted = _over(wanted, self.time) if rule.kind == "rate" else wanted
            self._check(rule.math, wanted, rule.variable or "algebraicRule", rule.line)
        for reaction in net.reactions:
            self._check(reaction.law, _over(self.extent, self.time), reaction.id, reaction.line)
        for event in net.events:
            self._check(event.trigger, None, event.id or "event", event.line)
            self._check(event.delay, self.time, event.id or "event", event.line)
            for variable, math in event.assignments:
                self._check(math, self.symbols.get(variable), event.id or "event", event.line)
        return self.found

    def _check_defined(self) -> None:
        net = self.definition
        local = (p for reaction in net.reactions for p in reaction.local_parameters)
        for element in (*net.compartments, *net.species, *net.parameters, *local):
            if element.unit and element.unit not in self.table:
                guess = nearest(element.unit, self.table)
                hint = f"; did you mean {guess!r}" if guess else ""
                where = f"{element.id!r}, line {element.line}"
                self.found.append(f"{where}: its unit {element.unit!r} is not defined{hint}")

    def _check(self, math: Expression | None, wanted: Unit | None, name: str, line: int) -> None:
        if math is None:
            return
        where = f"{name!r}, line {line}" if line else f"{name!r}"
        fault = ""
        for node in walk([math]):
            if node not in self.units:
                self.units[node], wrong = self._one(node)
                fault = fault or wrong
        unit = self.units[math]
        if not fault and unit is not None and wanted is not None and not unit.same(wanted):
            fault = f"its math is in {unit}; wanted {wanted}"
        if fault:
            self.found.append(f"{where}: {fault}")

    def _one(self, node: Expression) -> tuple[Unit | None, str]:
        """Return a node's unit, and what is wrong in it."""
        args = [self.units[arg] for arg in node.args]
        op = node.op
        if op == "symbol":
            return self.symbols.get(str(node.value)), ""
        if op == "time":
            return self.time, ""
        if op in _ALIKE:
            unit, wrong = _alike(op, args)
            return (DIMENSIONLESS if op in RELATIONS else unit), wrong
        if op == "if":
            return _alike(op, args[1:])
        if op in ("mul", "div"):
            a, b = args
            return (None if a is None or b is None else a.times(b, 1.0 if op == "mul" else -1.0)), ""
        if op in _PLAIN:
            unit = args[0]
            plain = unit is None or unit.same_kind(DIMENSIONLESS)
            return DIMENSIONLESS, "" if plain else f"{op} of something in {unit}; wanted dimensionless"
        return self._rest(node, args), ""

    def _rest(self, node: Expression, args: list[Unit | None]) -> Unit | None:
        op = node.op
        if op in LOGIC:
            return DIMENSIONLESS
        if op in _SAME or op == "delay":
            return args[0]
        if op == "rate_of":
            return _over(args[0], self.time)
        base = args[0] if args else None
        if op == "sqrt" and base is not None:
            return base.to_power(0.5)
        if op == "pow" and base is not None:
            exponent = node.args[1]
            if exponent.is_number:
                return base.to_power(float(exponent.value))  # pyright: ignore[reportArgumentType]
            return DIMENSIONLESS if base.same(DIMENSIONLESS) else None
        return None  # numbers, quotients, functions of the file


def _alike(op: str, args: list[Unit | None]) -> tuple[Unit | None, str]:
    known = [unit for unit in args if unit is not None]
    if not known:
        return None, ""
    odd = next((unit for unit in known[1:] if not unit.same(known[0])), None)
    return known[0], "" if odd is None else f"{op} of something in {known[0]} and something in {odd}"


def _over(a: Unit | None, b: Unit | None) -> Unit | None:
    return None if a is None or b is None else a.times(b, -1.0)
