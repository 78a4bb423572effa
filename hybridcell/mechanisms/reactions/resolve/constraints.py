"""What must hold at all times: algebraic rules that are not solved, and the equilibria of fast reactions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import UnsupportedSBMLError
from hybridcell._core.expressions import Expression
from hybridcell.mechanisms.reactions.resolve.dynamics import Dynamics
from hybridcell.mechanisms.reactions.resolve.fast import Row, equilibrium
from hybridcell.mechanisms.reactions.resolve.stoichiometry import Stoichiometry


@dataclass(frozen=True, eq=False)
class Constraints:
    """`differential`, `residuals` and `relaxation` of `Equations`."""

    differential: Float[np.ndarray, "d n"] | None = None
    residuals: tuple[Expression, ...] = ()
    relaxation: Float[np.ndarray, "n a"] | None = None


def constrain(
    dynamics: Dynamics,
    index: Mapping[str, int],
    changes: Stoichiometry,
    fluxes: tuple[Expression, ...],
    closed: Mapping[Expression, Expression],
) -> Constraints:
    """Return the constraints, and take fast reactions out of the stoichiometry (the constraints hold them).

    Raises
    ------
    UnsupportedSBMLError
        If the stoichiometry of a fast reaction is not a plain number.
    """
    solution = dynamics.solution
    implicit = {index[name] for name in solution.implicit}
    fast = _take_fast(dynamics, changes)
    at_rest = equilibrium(list(fast.values()), [fluxes[j] for j in fast])
    residuals = (*(closed[residual] for residual in solution.residuals), *at_rest.residuals)
    if not residuals:
        return Constraints()
    coupled = {row for change in fast.values() for row in change}
    rows: list[Row] = [{i: Fraction(1)} for i in index.values() if i not in implicit and i not in coupled]
    rows = sorted([*rows, *at_rest.conserved], key=min)
    directions: list[Row] = [*({} for _ in solution.residuals), *at_rest.directions]
    return Constraints(_matrix(rows, len(index)), residuals, _matrix(directions, len(index)).T)


def _take_fast(dynamics: Dynamics, changes: Stoichiometry) -> dict[int, dict[int, float]]:
    """Take from `changes` what fast reactions do: reaction -> state -> coefficient."""
    reactions = dynamics.table.reactions
    fast = {
        j: {} for j, reaction in enumerate(reactions.values()) if reaction.fast and reaction.law is not None
    }
    for _, side, _ in changes.computed if fast else ():
        reaction = reactions[side.reaction]
        if reaction.fast:
            raise UnsupportedSBMLError(
                f"a fast reaction whose stoichiometry of {side.reference.species!r} is computed",
                reaction.id,
                reaction.line,
                "Give it a plain number, or make the reaction an ordinary one.",
            )
    for state, j in [key for key in changes.numbers if key[1] in fast]:
        coefficient = changes.numbers.pop((state, j))
        if coefficient:
            fast[j][state] = coefficient
    return fast


def _matrix(rows: list[Row], n: int) -> Float[np.ndarray, "d n"]:
    matrix = np.zeros((len(rows), n))
    for i, row in enumerate(rows):
        for j, coefficient in row.items():
            matrix[i, j] = float(coefficient)
    return matrix
