"""Fast reactions: always at equilibrium, while what they conserve changes as the other reactions say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from hybridcell._core.expressions import Expression, apply, number
from hybridcell._core.expressions.expression import total

Row = dict[int, Fraction]


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """What fast reactions make of the states that they change.

    Attributes
    ----------
    conserved : list of (state -> coefficient)
        Combinations that fast reactions do not change.
    residuals : tuple of Expression
        Zero at equilibrium; with `conserved` as many as there are states.
    directions : list of (state -> coefficient)
        For each residual, how the states change while it is positive.
    """

    conserved: list[Row]
    residuals: tuple[Expression, ...]
    directions: list[Row]


def equilibrium(changes: Sequence[Mapping[int, float]], fluxes: Sequence[Expression]) -> Equilibrium:
    """Return the equilibrium of fast reactions.

    Parameters
    ----------
    changes : sequence of mapping
        For each fast reaction, state -> stoichiometry.
    fluxes : sequence of Expression
        Of the same reactions.

    Notes
    -----
    At equilibrium the fast part of dx/dt vanishes: M v = 0, with M the stoichiometry of the fast reactions.
    With the reduced rows R of M (M = C R, with the pivot columns C of M) that is R v = 0: every rate is 0
    where the reactions are independent, and only their sums are where they are not. Left null vectors of M
    are conserved. Both are computed with fractions, so that rank is exact.
    """
    states = sorted({state for change in changes for state in change})
    rows: list[Row] = [
        {j: Fraction(change[state]) for j, change in enumerate(changes) if change.get(state)}
        for state in states
    ]
    made_of: list[Row] = [{state: Fraction(1)} for state in states]
    pivots = _reduce(rows, made_of, len(changes))
    residuals = tuple(_combination(rows[row], fluxes) for row, _ in pivots)
    conserved = [made_of[i] for i in range(len(rows)) if not rows[i]]
    directions = [{state: Fraction(v) for state, v in changes[column].items()} for _, column in pivots]
    return Equilibrium([_leading_positive(row) for row in conserved], residuals, directions)


def _reduce(rows: list[Row], made_of: list[Row], n_columns: int) -> list[tuple[int, int]]:
    """Bring rows to reduced echelon form in place, and `made_of` along. Returns (row, column) of pivots."""
    pivots: list[tuple[int, int]] = []
    taken: set[int] = set()
    for column in range(n_columns):
        found = [i for i, row in enumerate(rows) if column in row and i not in taken]
        if not found:
            continue
        pivot = found[0]
        scale = 1 / rows[pivot][column]
        rows[pivot] = {k: scale * v for k, v in rows[pivot].items()}
        made_of[pivot] = {k: scale * v for k, v in made_of[pivot].items()}
        for i, row in enumerate(rows):
            if i != pivot and column in row:
                factor = row[column]
                rows[i] = _minus(row, factor, rows[pivot])
                made_of[i] = _minus(made_of[i], factor, made_of[pivot])
        pivots.append((pivot, column))
        taken.add(pivot)
    return pivots


def _minus(row: Row, factor: Fraction, other: Row) -> Row:
    new = dict(row)
    for k, v in other.items():
        new[k] = new.get(k, Fraction(0)) - factor * v
    return {k: v for k, v in new.items() if v}


def _leading_positive(row: Row) -> Row:
    """Scale so that the first coefficient is 1."""
    first = row[min(row)]
    return {k: v / first for k, v in sorted(row.items())}


def _combination(row: Row, fluxes: Sequence[Expression]) -> Expression:
    return total(apply("mul", number(float(v)), fluxes[k]) for k, v in sorted(row.items()))
