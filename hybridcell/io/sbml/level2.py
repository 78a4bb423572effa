"""A definition as Level 2 can say it: stoichiometries as formulas, units under predefined names."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NoReturn

from hybridcell._core.errors import UnsupportedSBMLError
from hybridcell._core.expressions import Expression
from hybridcell._core.expressions.expression import leaves, walk
from hybridcell.mechanisms.reactions import elements as e

_Factors = tuple[tuple[str, float, int, float], ...]
_INSTEAD = "Write Level 3 with level='3.2'."


def refuse(feature: str, element: e.Element | str) -> NoReturn:
    """Raise the error for what Level 2 has no form for."""
    name = element if isinstance(element, str) else element.id
    raise UnsupportedSBMLError(f"SBML Level 2 cannot say {feature}", name, hint=_INSTEAD)


def as_level_2(definition: e.Definition) -> e.Definition:
    """Return the definition in terms of Level 2.

    Raises
    ------
    UnsupportedSBMLError
        If it has conversion factors, fractional dimensions, events with priority or triggers that can be
        called off, or reads the stoichiometry of a species reference; if its units of substance and extent
        differ, or one of its units has the name that Level 2 has for another.
    """
    _check(definition)
    return _with_predefined_units(_with_stoichiometry_math(definition))


def _check(definition: e.Definition) -> None:
    if definition.conversion_factor:
        refuse("conversion factors", definition)
    for species in definition.species:
        if species.conversion_factor:
            refuse("conversion factors", species)
    for compartment in definition.compartments:
        if compartment.dimensions not in (0.0, 1.0, 2.0, 3.0):
            refuse(f"{compartment.dimensions:g} dimensions", compartment)
        if compartment.dimensions == 0 and compartment.size is not None:
            refuse("that a compartment without dimensions has a size", compartment)
    for event in definition.events:
        if event.priority is not None:
            refuse("the priority of an event", event)
        if not event.persistent:
            refuse("that a trigger must stay true until its event is executed", event)
        if not event.initial_value:
            refuse("that a trigger is false before the start", event)


def _with_stoichiometry_math(definition: e.Definition) -> e.Definition:
    """Return the definition in which what sets a species reference is a formula of that reference."""
    references = {one.id: one for r in definition.reactions for one in (*r.reactants, *r.products) if one.id}
    formulas: dict[str, Expression] = {}
    for setting in (*definition.rules, *definition.initial_assignments):
        if setting.variable in references and setting.math is not None:
            if isinstance(setting, e.Rule) and setting.kind != "assignment":
                refuse("that a stoichiometry has a rate rule", setting.variable)
            _check_constant(definition, setting)
            formulas[setting.variable] = setting.math
    for name in leaves(_maths(definition), "symbol"):
        if name in references:
            refuse("math that reads a stoichiometry", name)
    for event in definition.events:
        for variable, _ in event.assignments:
            if variable in references:
                refuse("that an event sets a stoichiometry", variable)

    def side(references: tuple[e.SpeciesReference, ...]) -> tuple[e.SpeciesReference, ...]:
        return tuple(replace(one, math=formulas.get(one.id, one.math)) for one in references)

    return replace(
        definition,
        rules=tuple(r for r in definition.rules if r.variable not in formulas),
        initial_assignments=tuple(a for a in definition.initial_assignments if a.variable not in formulas),
        reactions=tuple(
            replace(r, reactants=side(r.reactants), products=side(r.products)) for r in definition.reactions
        ),
    )


def _check_constant(definition: e.Definition, setting: e.InitialAssignment | e.Rule) -> None:
    """Refuse an initial assignment that reads what changes: as a formula it would change too."""
    if isinstance(setting, e.Rule) or setting.math is None:
        return
    constants = {p.id for p in definition.parameters if p.constant}
    constants |= {c.id for c in definition.compartments if c.constant}
    if not constants.issuperset(leaves([setting.math], "symbol")) or _reads_time(setting.math):
        refuse("a stoichiometry computed at the start from what changes later", setting.variable)


def _reads_time(math: Expression) -> bool:
    return any(node.op in ("time", "delay") for node in walk([math]))


def _maths(definition: e.Definition) -> list[Expression]:
    events = definition.events
    found: Iterable[Expression | None] = (
        *(one.math for one in (*definition.rules, *definition.initial_assignments)),
        *(reaction.law for reaction in definition.reactions),
        *(math for v in events for math in (v.trigger, v.delay, *(math for _, math in v.assignments))),
    )
    return [math for math in found if math is not None]


def _with_predefined_units(definition: e.Definition) -> e.Definition:
    """Return the definition in which the network's own units have the names that Level 2 gives them."""
    known: Mapping[str, e.UnitDefinition] = {unit.id: unit for unit in definition.units}
    wanted = {
        "substance": definition.substance_unit,
        "time": definition.time_unit,
        "volume": definition.volume_unit,
        "area": definition.area_unit,
        "length": definition.length_unit,
    }

    def factors(unit: str) -> _Factors:
        return known[unit].factors if unit in known else ((unit, 1.0, 0, 1.0),)

    substance, extent = definition.substance_unit, definition.extent_unit
    if substance and extent and not _same_unit(factors(substance), factors(extent)):
        refuse(f"that reactions are in {extent!r} and species in {substance!r}", definition)
    for name, unit in wanted.items():
        if unit and unit != name and name in known and not _same_unit(factors(unit), factors(name)):
            refuse(
                f"that the unit of {name} is {unit!r}, as {name!r} is another unit of the model", definition
            )
    added = tuple(
        e.UnitDefinition(id=name, factors=factors(unit))
        for name, unit in wanted.items()
        if unit and unit != name and name not in known
    )
    return replace(definition, units=(*definition.units, *added))


def _same_unit(one: _Factors, other: _Factors) -> bool:
    """Return whether two products of base units are the same, however they are written."""
    if one == other or any(multiplier <= 0 for *_, multiplier in (*one, *other)):
        return one == other
    powers: Counter[str] = Counter()
    size = 0.0
    for sign, factors in ((1, one), (-1, other)):
        for kind, exponent, scale, multiplier in factors:
            if kind != "dimensionless":
                powers[kind] += sign * exponent  # pyright: ignore[reportArgumentType]
            size += sign * exponent * (scale + math.log10(multiplier))
    return not any(powers.values()) and math.isclose(size, 0.0, abs_tol=1e-9)
