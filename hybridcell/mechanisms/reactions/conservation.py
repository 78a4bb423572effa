"""Conserved moieties: sums of amounts that no reaction changes, found exactly.

They are the left null space of the stoichiometry. Integer elimination gives a basis of it; where a basis of
sums without negative terms exists (those are the moieties of chemistry: a protein in all its forms), Farkas'
algorithm finds it block by block.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from hybridcell.mechanisms.reactions.elimination import (
    Vector,
    independent,
    left_null_space,
    non_negative_solutions,
)
from hybridcell.mechanisms.reactions.equations import Equations

if TYPE_CHECKING:
    import pandas as pd

#: Exact decimals need small denominators to stay readable; anything else is a number that was rounded.
_LARGEST_DENOMINATOR = 10**6


@dataclass(frozen=True, kw_only=True)
class ConservedMoiety:
    """A sum of amounts that stays what it is at the start: ``MAPK + MAPKp + 2 dimer``.

    Attributes
    ----------
    ids : tuple of str
        Of the states in the sum.
    coefficients : tuple of int
        Their multiples, without a common divisor.
    indices : tuple of int
        Where the states stand in x.
    """

    ids: tuple[str, ...]
    coefficients: tuple[int, ...]
    indices: tuple[int, ...]

    def total(self, x: Float[np.ndarray, "*batch n"]) -> Float[np.ndarray, "*batch"]:
        """Return the sum for states x."""
        return np.asarray(x)[..., list(self.indices)] @ np.asarray(self.coefficients, dtype=float)

    def __str__(self) -> str:
        text = ""
        for name, k in zip(self.ids, self.coefficients):
            sign = ("- " if k < 0 else "+ ") if text else ("-" if k < 0 else "")
            text += f" {sign}" if text else sign
            text += name if abs(k) == 1 else f"{abs(k)} {name}"
        return text

    __repr__ = __str__


def conserved_moieties(equations: Equations) -> tuple[ConservedMoiety, ...]:
    """Return a basis of the sums of states that nothing changes, ordered by their first state.

    Only states that reactions move, with stoichiometries that are numbers, and that no event sets take part.
    """
    set_by_events = {a.state for event in equations.events for a in event.assignments}
    excluded = set_by_events | set(equations.rates) | set(np.flatnonzero(equations.discrete).tolist())
    columns = list(stoichiometry(equations).values())
    involved = sorted({i for column in columns for i in column} - excluded)
    if equations.differential is not None:
        mixed = equations.differential[np.count_nonzero(equations.differential, axis=1) > 1]
        fast = set(
            np.flatnonzero(mixed.any(axis=0)).tolist()
        )  # moved by fast reactions, which N does not hold
        involved = sorted({*involved, *fast} - excluded)
        kept = _kept_by_residuals(equations, columns, involved)
    else:
        taking_part = set(involved)
        kept = _readable([{i: k for i, k in c.items() if i in taking_part} for c in columns], involved)
    return tuple(_named(equations, row) for row in sorted(kept, key=lambda row: (min(row), len(row))))


def moiety_table(equations: Equations, p: Float[np.ndarray, " m"]) -> pd.DataFrame:
    """Return the conserved moieties with their totals at time 0 under constants p."""
    import pandas as pd

    from hybridcell.mechanisms.interpreter import Interpreter

    start = Interpreter(equations.initial, equations)(0.0, np.zeros(equations.n), p)
    moieties = conserved_moieties(equations)
    return pd.DataFrame(
        {
            "moiety": [str(one) for one in moieties],
            "ids": [one.ids for one in moieties],
            "coefficients": [one.coefficients for one in moieties],
            "total": [float(one.total(start)) for one in moieties],
        }
    )


def stoichiometry(equations: Equations) -> dict[int, Vector]:
    """Return reaction -> {state: coefficient}, each column scaled to whole numbers.

    Species on both sides keep their place with 0, as they take part.
    """
    exact: dict[int, dict[int, Fraction]] = {}
    for i, j, value in zip(equations.rows, equations.columns, equations.coefficients):
        column = exact.setdefault(int(j), {})
        column[int(i)] = column.get(int(i), Fraction(0)) + as_fraction(float(value))
    return {j: as_integers(column) for j, column in exact.items()}


def as_fraction(value: float) -> Fraction:
    """Return the number that a decimal means: 0.1 is 1/10, 0.3333333333333333 is 1/3."""
    near = Fraction(value).limit_denominator(_LARGEST_DENOMINATOR)
    return near if abs(float(near) - value) <= 4e-16 * abs(value) else Fraction(repr(value))


def as_integers(vector: Mapping[int, Fraction]) -> Vector:
    """Return the shortest whole multiple of a vector."""
    scale = lcm(*(v.denominator for v in vector.values())) if vector else 1
    whole = {i: int(v * scale) for i, v in vector.items()}
    divisor = gcd(*whole.values()) or 1
    return {i: v // divisor for i, v in whole.items()}


def _readable(columns: list[Vector], states: Iterable[int]) -> list[Vector]:
    """Return a basis of the left null space, of non-negative sums as far as there are any."""
    chosen: list[Vector] = []
    for block in _blocks(left_null_space(columns, states)):
        within = {i for row in block for i in row}
        inside = [{i: k for i, k in c.items() if i in within and k} for c in columns]
        candidates = non_negative_solutions([c for c in inside if c], sorted(within))
        candidates.sort(key=lambda row: (len(row), sum(row.values()), min(row)))
        chosen += independent([*candidates, *block], len(block))
    return chosen


def _kept_by_residuals(equations: Equations, columns: list[Vector], involved: list[int]) -> list[Vector]:
    """Return sums z L with z L N = 0 over the allowed states: fast reactions and rules restrict them."""
    assert equations.differential is not None
    link = [
        {int(i): as_fraction(float(row[i])) for i in np.flatnonzero(row)} for row in equations.differential
    ]
    allowed = set(involved)
    forbidden = {i for row in link for i in row} - allowed
    products: list[Vector] = []
    for column in [*columns, *({i: 1} for i in forbidden)]:
        product = {
            d: sum((v * column.get(i, 0) for i, v in row.items()), Fraction(0)) for d, row in enumerate(link)
        }
        products.append(as_integers({d: v for d, v in product.items() if v}))
    kept = []
    for z in left_null_space(products, range(len(link))):
        row: dict[int, Fraction] = {}
        for d, k in z.items():
            for i, v in link[d].items():
                row[i] = row.get(i, Fraction(0)) + k * v
        row = {i: v for i, v in row.items() if v}
        if row:
            sign = 1 if sum(row.values()) >= 0 else -1
            kept.append(as_integers({i: sign * v for i, v in row.items()}))
    return kept


def _blocks(rows: list[Vector]) -> list[list[Vector]]:
    """Return the rows in groups that share no state."""
    groups: list[tuple[set[int], list[Vector]]] = []
    for row in rows:
        states, members = set(row), [row]
        apart = []
        for group in groups:
            if group[0] & states:
                states |= group[0]
                members = group[1] + members
            else:
                apart.append(group)
        groups = [*apart, (states, members)]
    return [members for _, members in groups]


def _named(equations: Equations, row: Vector) -> ConservedMoiety:
    indices = tuple(sorted(row))
    return ConservedMoiety(
        ids=tuple(equations.states[i] for i in indices),
        coefficients=tuple(row[i] for i in indices),
        indices=indices,
    )
