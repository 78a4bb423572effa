"""Units that Level 1 and early Level 2 let a law or a delay have for itself."""

from __future__ import annotations

from typing import Any

from hybridcell._core.errors import UnsupportedSBMLError
from hybridcell._core.expressions import Expression, apply, number
from hybridcell.io.sbml.read.common import unit_of
from hybridcell.io.sbml.read.units import DIMENSIONLESS, Unit, unit_table
from hybridcell.mechanisms.reactions.elements import UnitDefinition


class OldUnits:
    """Converts math that has its own units to those of the model."""

    def __init__(self, definitions: tuple[UnitDefinition, ...]):
        self._table = unit_table(definitions)
        self._defined = {definition.id for definition in definitions}

    def _unit(self, name: str) -> Unit | None:
        return self._table.get(unit_of(name, self._defined))

    def _ratio(self, own: str, quantity: str, element: str, line: int) -> Unit:
        """Own unit over the model's."""
        unit, wanted = self._unit(own), self._unit(quantity)
        if own == quantity or unit == wanted:
            return DIMENSIONLESS
        if unit is None or wanted is None or not unit.same_kind(wanted):
            raise UnsupportedSBMLError(
                f"its {quantity} unit is {own!r}, which cannot be converted to that of the model",
                element,
                line,
                "Give both one unit.",
            )
        return unit.times(wanted, -1.0)

    def law(self, law: Any, math: Expression, element: str) -> Expression:
        """Return a kinetic law in substance per time of the model."""
        ratio = DIMENSIONLESS
        if law.isSetSubstanceUnits():
            ratio = ratio.times(self._ratio(law.getSubstanceUnits(), "substance", element, law.getLine()))
        if law.isSetTimeUnits():
            ratio = ratio.times(self._ratio(law.getTimeUnits(), "time", element, law.getLine()), -1.0)
        return _scaled(math, ratio)

    def delay(self, event: Any, math: Expression, element: str) -> Expression:
        """Return an event's delay in the time of the model."""
        if not event.isSetTimeUnits():
            return math
        return _scaled(math, self._ratio(event.getTimeUnits(), "time", element, event.getLine()))


def _scaled(math: Expression, ratio: Unit) -> Expression:
    if ratio.same(DIMENSIONLESS):
        return math
    return apply("mul", number(float(f"{10**ratio.log_factor:.12g}")), math)
