"""How reactions and rate rules change states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hybridcell._core.expressions import Expression, apply
from hybridcell._core.expressions.expression import total
from hybridcell.mechanisms.reactions.resolve.dynamics import Dynamics
from hybridcell.mechanisms.reactions.resolve.table import Side


@dataclass(frozen=True, eq=False)
class Stoichiometry:
    """How reactions change states.

    Attributes
    ----------
    numbers : dict
        (state, reaction) -> coefficient.
    computed : list of (state, Side, Expression)
        Coefficients that are no plain numbers.
    """

    numbers: dict[tuple[int, int], float] = field(default_factory=dict)
    computed: list[tuple[int, Side, Expression]] = field(default_factory=list)


def stoichiometry(
    dynamics: Dynamics, index: Mapping[str, int], closed: Mapping[Expression, Expression]
) -> Stoichiometry:
    """Return the coefficients of all reactions. `index`: of states. `closed`: terms as they end up."""
    column = {name: j for j, name in enumerate(dynamics.table.reactions)}
    found = Stoichiometry()
    for name, sides in dynamics.table.sides.items():
        for side in sides:
            coefficient = closed[dynamics.coefficient(side)]
            if coefficient.is_number:
                key = index[name], column[side.reaction]
                found.numbers[key] = found.numbers.get(key, 0.0) + float(coefficient.value)  # pyright: ignore
            else:
                found.computed.append((index[name], side, coefficient))
    return found


def rates_of_change(
    dynamics: Dynamics,
    index: Mapping[str, int],
    changes: Stoichiometry,
    closed: Mapping[Expression, Expression],
) -> dict[int, Expression]:
    """Return what moves states apart from reactions with plain stoichiometries, by state."""
    terms: dict[int, list[Expression]] = {}
    for name in dynamics.table.rate_rules:
        terms[index[name]] = [closed[dynamics.rule_rate(name)]]
    for row, side, coefficient in changes.computed:
        flux = closed[dynamics.value(side.reaction)]
        terms.setdefault(row, []).append(apply("mul", coefficient, flux))
    return {row: total(terms[row]) for row in sorted(terms)}
