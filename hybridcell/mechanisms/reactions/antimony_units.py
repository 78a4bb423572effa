"""Unit definitions as Antimony writes them."""

from __future__ import annotations

from hybridcell._core.expressions import number
from hybridcell.mechanisms.reactions.elements import UnitDefinition


def factor_text(unit: UnitDefinition) -> str:
    """Return a unit as a product: ``1e-3 mole / litre``."""
    if not unit.factors:
        return "dimensionless"
    coefficient = 1.0
    above, below = [], []
    for kind, exponent, scale, multiplier in unit.factors:
        coefficient *= (multiplier * 10.0**scale) ** exponent
        (below if exponent < 0 else above).append(_power(kind, abs(exponent)))
    factor = "" if coefficient == 1 else f"{number(coefficient)!r} "
    top = f"{factor}{' * '.join(above)}" if above else f"{factor or '1 '}".strip()
    if not below:
        return top
    return f"{top} / {below[0]}" if len(below) == 1 else f"{top} / ({' * '.join(below)})"


def _power(kind: str, exponent: float) -> str:
    return kind if exponent == 1 else f"{kind}^{number(exponent)!r}"
