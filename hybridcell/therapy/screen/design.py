"""The conditions of a screen: the control, every drug alone, every pair and every triple, each once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain, combinations
from math import comb
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from hybridcell._core.errors import InvalidValueError, unknown_name


def count_conditions(n_levels: Sequence[int], order: int) -> int:
    """Return the number of conditions of a design, without making it; levels count 0."""
    # elementary symmetric polynomials of the numbers of levels other than 0
    sums = [1] + [0] * order
    for n in n_levels:
        for k in range(order, 0, -1):
            sums[k] += sums[k - 1] * (int(n) - 1)
    return sum(sums)


@lru_cache(maxsize=8)
def _combinations(n: int, size: int) -> Int[np.ndarray, "q size"]:
    found = chain.from_iterable(combinations(range(n), size))
    return np.fromiter(found, dtype=np.int32, count=size * comb(n, size)).reshape(-1, size)


@dataclass(frozen=True, eq=False)
class Design:
    """All pairs (and triples) of drugs over their dose levels.

    The K conditions come in the order control, drugs alone (drug by drug), pairs (pair by pair, the first
    drug's level varying slowest), triples (likewise). A drug alone belongs to many pairs and is one
    condition, not many; so is a pair that belongs to many triples.

    Parameters
    ----------
    drugs
        Names, at least as many as `order`.
    levels
        Levels of each drug: 0 first, then outwards.
    order
        2: pairs. 3: pairs and triples.
    """

    drugs: tuple[str, ...]
    levels: tuple[np.ndarray, ...]
    order: int = 2

    def __reduce__(self) -> tuple[Any, ...]:
        # without the cached tables, which a worker makes faster than it receives them
        return Design, (self.drugs, self.levels, self.order)

    @cached_property
    def steps(self) -> Int[np.ndarray, " p"]:
        """Number of levels of each drug, 0 not counted."""
        return np.array([len(levels) - 1 for levels in self.levels], dtype=np.int64)

    @cached_property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Positions of the two drugs of each pair."""
        return tuple(combinations(range(len(self.drugs)), 2))

    def combinations(self, size: int) -> Int[np.ndarray, "q size"]:
        """Return the positions of the drugs of each combination of 2 or 3; none beyond the order."""
        return _combinations(len(self.drugs), size) if size <= self.order else np.zeros((0, size), np.int32)

    @property
    def n_triples(self) -> int:
        """Number of triples of drugs."""
        return comb(len(self.drugs), 3) if self.order == 3 else 0

    @cached_property
    def n_singles(self) -> int:
        """Number of conditions with one drug."""
        return int(self.steps.sum())

    @cached_property
    def _first_single(self) -> Int[np.ndarray, " p"]:
        return 1 + np.concatenate([[0], np.cumsum(self.steps)[:-1]])

    @cached_property
    def _firsts(self) -> dict[int, Int[np.ndarray, " q"]]:
        """First condition of each pair and of each triple, and the end."""
        found, start = {}, 1 + self.n_singles
        for size in range(2, self.order + 1):
            sizes = self.steps[self.combinations(size)].prod(axis=1)
            found[size] = start + np.concatenate([[0], np.cumsum(sizes)])
            start = int(found[size][-1])
        return found

    @property
    def n_conditions(self) -> int:
        """K: the control, the drugs alone, the pairs and the triples."""
        return int(self._firsts[self.order][-1])

    def span(self, size: int) -> tuple[int, int]:
        """Return the first condition with so many drugs (2 or 3), and the one behind the last."""
        return int(self._firsts[size][0]), int(self._firsts[size][-1])

    def parts(self, rows: Int[np.ndarray, " r"]) -> Int[np.ndarray, "r order"]:
        """Return the conditions that give the drugs of some conditions alone; 0 (the control) for no drug."""
        rows = np.asarray(rows)
        parts = np.zeros((len(rows), self.order), dtype=np.int64)
        single = rows <= self.n_singles
        parts[single, 0] = rows[single]
        for size, first in self._firsts.items():
            inside = np.flatnonzero((rows >= first[0]) & (rows < first[-1]))
            if not inside.size:
                continue
            q = np.searchsorted(first, rows[inside], side="right") - 1
            offset, drugs = rows[inside] - first[q], self.combinations(size)[q]
            for k in reversed(range(size)):
                offset, level = np.divmod(offset, self.steps[drugs[:, k]])
                parts[inside, k] = self._first_single[drugs[:, k]] + level
        return parts

    def pair_parts(self, parts: Int[np.ndarray, "r 3"]) -> Int[np.ndarray, "r 3"]:
        """Return the pairs (second and third, first and third, first and second drug) inside of triples.

        `parts` is what `parts` returns; 0 for conditions that are no triple.
        """
        drug, level = self.single_drug[parts], self._level_number(parts)
        triple = (parts > 0).all(axis=1)
        found = [
            np.where(triple, self._pair_row(drug[:, a], level[:, a], drug[:, b], level[:, b]), 0)
            for a, b in ((1, 2), (0, 2), (0, 1))
        ]
        return np.stack(found, axis=1)

    def _level_number(self, singles: np.ndarray) -> np.ndarray:
        """Return the number of the level, 1 for the first above 0; 0 for the control."""
        return np.where(singles > 0, singles - self._first_single[self.single_drug[singles]] + 1, 0)

    def _pair_row(self, a: Any, i: Any, b: Any, j: Any) -> Any:
        """Return the conditions of pairs a < b at levels number i and j, from 1."""
        q = np.clip(a * (2 * len(self.drugs) - a - 1) // 2 + b - a - 1, 0, len(self.pairs) - 1)
        return self._firsts[2][q] + (i - 1) * self.steps[b] + j - 1

    def _triple_row(self, drugs: Sequence[int], levels: Sequence[np.ndarray]) -> np.ndarray:
        (a, b, c), n = drugs, len(self.drugs)
        t = comb(n, 3) - comb(n - a, 3) + comb(n - a - 1, 2) - comb(n - b, 2) + c - b - 1
        i, j, k = levels
        return self._firsts[3][t] + ((i - 1) * self.steps[b] + j - 1) * self.steps[c] + k - 1

    @cached_property
    def single_drug(self) -> Int[np.ndarray, " s"]:
        """Drug of condition 0 ... n_singles; the control has drug 0, at strength 0."""
        return np.concatenate([[0], np.repeat(np.arange(len(self.drugs)), self.steps)])

    @cached_property
    def single_level(self) -> Float[np.ndarray, " s"]:
        """Strength (or dose) of condition 0 ... n_singles."""
        return np.concatenate([[0.0], *[levels[1:] for levels in self.levels]])

    def doses(self, rows: np.ndarray) -> Float[np.ndarray, "r p"]:
        """Return the doses (or signed strengths) of some conditions, conditions x drugs."""
        parts = self.parts(rows)
        given = np.zeros((len(parts), len(self.drugs)))
        for k in range(parts.shape[1]):
            given[np.arange(len(parts)), self.single_drug[parts[:, k]]] += self.single_level[parts[:, k]]
        return given

    def conditions(self, drugs: Sequence[int], levels: Sequence[Any]) -> np.ndarray:
        """Return the conditions of two or three drugs (positions, rising) at levels by number, 0 for none.

        The numbers may be arrays that broadcast; so is what returns.
        """
        numbers = np.broadcast_arrays(*levels)
        rows = np.zeros(numbers[0].shape, dtype=np.int64)
        for size in range(1, len(drugs) + 1):
            for chosen in combinations(range(len(drugs)), size):
                here = np.ones(rows.shape, dtype=bool)
                for k, number in enumerate(numbers):
                    here &= (number > 0) == (k in chosen)
                who, at = [drugs[k] for k in chosen], [numbers[k][here] for k in chosen]
                if size == 1:
                    rows[here] = self._first_single[who[0]] + at[0] - 1
                elif size == 2:
                    rows[here] = self._pair_row(who[0], at[0], who[1], at[1])
                else:
                    rows[here] = self._triple_row(who, at)
        return rows

    def grid(self, q: int) -> Int[np.ndarray, "a b"]:
        """Return the conditions of pair q as a matrix: levels of the first drug x levels of the second."""
        pair = self.pairs[q]
        a, b = (np.arange(len(self.levels[k])) for k in pair)
        return self.conditions(pair, [a[:, None], b[None, :]])

    def interior(self, q: int) -> slice:
        """Return the conditions of pair q in which both drugs are given."""
        return slice(int(self._firsts[2][q]), int(self._firsts[2][q + 1]))

    def combination_of(self, rows: Int[np.ndarray, " r"]) -> Int[np.ndarray, " r"]:
        """Return a number that tells pairs and triples apart; the conditions must be such."""
        number = np.searchsorted(self._firsts[2], rows, side="right") - 1
        if self.order == 3:
            later = np.searchsorted(self._firsts[3], rows, side="right") - 1
            number = np.where(rows < self._firsts[3][0], number, len(self.pairs) + later)
        return number

    def position(self, drug: str) -> int:
        """Return the position of a drug; an unknown name raises with the nearest one."""
        if drug not in self.drugs:
            raise unknown_name("drug", drug, self.drugs)
        return self.drugs.index(drug)

    def pair(self, a: str, b: str) -> tuple[int, bool]:
        """Return the pair of two drugs, and whether it holds them the other way round."""
        i, j = self.position(a), self.position(b)
        if i == j:
            raise InvalidValueError(f"Both drugs are {a!r}; wanted two different ones.")
        return self.pairs.index((min(i, j), max(i, j))), i > j

    def level_number(self, drug: str, level: float) -> int:
        """Return the number of a level of a drug, given by its value or its absolute value."""
        levels = np.abs(self.levels[self.position(drug)])
        try:
            # in molar, a dose may be smaller than any fixed tolerance
            near = np.flatnonzero(np.isclose(levels, abs(float(level)), rtol=1e-6, atol=1e-12 * levels.max()))
        except (TypeError, ValueError):
            near = np.zeros(0, dtype=int)
        if not near.size:
            shown = ", ".join(f"{v:g}" for v in levels)
            raise InvalidValueError(f"{drug!r} was not screened at {level!r}; its levels are {shown}.")
        return int(near[0])


def choose_drugs(
    drugs: Sequence[str] | None, known: Sequence[str], default: Sequence[str], *, least: int = 2
) -> tuple[str, ...]:
    """Return the drugs of a screen, checked against the nodes of the model; at least so many."""
    if isinstance(drugs, str):
        raise InvalidValueError(f"drugs is {drugs!r}; wanted a list of at least two names.")
    chosen = tuple(default) if drugs is None else tuple(str(name) for name in drugs)
    for name in chosen:
        if name not in known:
            raise unknown_name("drug", name, [*default, *(k for k in known if k not in default)])
    twice = {name for name in chosen if chosen.count(name) > 1}
    if twice:
        raise InvalidValueError(f"drugs names {', '.join(sorted(twice))} more than once.")
    if len(chosen) < least:
        wanted = {1: "At least one drug is needed", 2: "A screen of pairs needs at least two drugs"}.get(
            least, "A screen of triples needs at least three drugs"
        )
        raise InvalidValueError(f"{wanted}; found {', '.join(chosen) or 'none'}.")
    return chosen
