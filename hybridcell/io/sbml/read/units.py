"""Units as powers of base units."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from hybridcell.mechanisms.reactions.elements import UnitDefinition

_BASE = ("ampere", "candela", "item", "kelvin", "kilogram", "metre", "mole", "second")
#: Derived units of SBML: factor, powers of base units.
_DERIVED: dict[str, tuple[float, dict[str, float]]] = {
    **{name: (1.0, {name: 1.0}) for name in _BASE},
    "avogadro": (6.02214179e23, {}),
    "becquerel": (1.0, {"second": -1}),
    "coulomb": (1.0, {"ampere": 1, "second": 1}),
    "dimensionless": (1.0, {}),
    "farad": (1.0, {"ampere": 2, "second": 4, "kilogram": -1, "metre": -2}),
    "gram": (1e-3, {"kilogram": 1}),
    "gray": (1.0, {"metre": 2, "second": -2}),
    "henry": (1.0, {"kilogram": 1, "metre": 2, "ampere": -2, "second": -2}),
    "hertz": (1.0, {"second": -1}),
    "joule": (1.0, {"kilogram": 1, "metre": 2, "second": -2}),
    "katal": (1.0, {"mole": 1, "second": -1}),
    "litre": (1e-3, {"metre": 3}),
    "lumen": (1.0, {"candela": 1}),
    "lux": (1.0, {"candela": 1, "metre": -2}),
    "newton": (1.0, {"kilogram": 1, "metre": 1, "second": -2}),
    "ohm": (1.0, {"kilogram": 1, "metre": 2, "ampere": -2, "second": -3}),
    "pascal": (1.0, {"kilogram": 1, "metre": -1, "second": -2}),
    "radian": (1.0, {}),
    "siemens": (1.0, {"ampere": 2, "second": 3, "kilogram": -1, "metre": -2}),
    "sievert": (1.0, {"metre": 2, "second": -2}),
    "steradian": (1.0, {}),
    "tesla": (1.0, {"kilogram": 1, "ampere": -1, "second": -2}),
    "volt": (1.0, {"kilogram": 1, "metre": 2, "ampere": -1, "second": -3}),
    "watt": (1.0, {"kilogram": 1, "metre": 2, "second": -3}),
    "weber": (1.0, {"kilogram": 1, "metre": 2, "ampere": -1, "second": -2}),
}
_NEAR = 1e-9


class Unit(NamedTuple):
    """10**`log_factor` times the base units to these powers."""

    log_factor: float
    powers: tuple[float, ...]

    def times(self, other: Unit, power: float = 1.0) -> Unit:
        """Return self * other**power."""
        return Unit(
            self.log_factor + power * other.log_factor,
            tuple(a + power * b for a, b in zip(self.powers, other.powers)),
        )

    def to_power(self, power: float) -> Unit:
        """Return self**power."""
        return DIMENSIONLESS.times(self, power)

    def same_kind(self, other: Unit) -> bool:
        """Whether both measure the same quantity."""
        return all(abs(a - b) < _NEAR for a, b in zip(self.powers, other.powers))

    def same(self, other: Unit) -> bool:
        """Whether both are one unit."""
        return self.same_kind(other) and abs(self.log_factor - other.log_factor) < _NEAR

    def __str__(self) -> str:
        named = [
            name if power == 1 else f"{name}^{power:g}"
            for name, power in zip(_BASE, self.powers)
            if abs(power) > _NEAR
        ]
        scale = (
            []
            if abs(self.log_factor) < _NEAR
            else [f"{10**self.log_factor:g}" if abs(self.log_factor) < 300 else "?"]
        )
        return " ".join(scale + named) or "dimensionless"


DIMENSIONLESS = Unit(0.0, (0.0,) * len(_BASE))


def unit_table(definitions: Iterable[UnitDefinition]) -> dict[str, Unit | None]:
    """Return id -> unit, for the definitions of a file and the units of SBML. None: makes no sense."""
    table: dict[str, Unit | None] = {
        name: Unit(math.log10(factor), tuple(float(powers.get(base, 0)) for base in _BASE))
        for name, (factor, powers) in _DERIVED.items()
    }
    table["Celsius"] = None  # of Level 1: no multiple of kelvin
    base = dict(table)
    for definition in definitions:
        table[definition.id] = _product(definition, base)
    return table


def _product(definition: UnitDefinition, base: dict[str, Unit | None]) -> Unit | None:
    product = DIMENSIONLESS
    for kind, exponent, scale, multiplier in definition.factors:
        unit = base.get(kind)
        if unit is None or not multiplier > 0 or not math.isfinite(exponent + multiplier):
            return None
        log_factor = unit.log_factor + scale + math.log10(multiplier)
        product = product.times(Unit(log_factor, unit.powers), exponent)
    return product if definition.factors else None
