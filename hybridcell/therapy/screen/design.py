"""The conditions of a screen: the control, every drug alone and every pair, each once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from jaxtyping import Float, Int

from hybridcell._core.errors import InvalidValueError, unknown_name


@dataclass(frozen=True, eq=False)
class Design:
    """All pairs of drugs over their dose levels.

    The K conditions come in the order control, drugs alone (drug by drug), pairs (pair by pair, the first
    drug's level varying slowest). A drug alone belongs to many pairs and is one condition, not many.

    Parameters
    ----------
    drugs
        Names, at least two.
    levels
        Levels of each drug: 0 first, then outwards.
    """

    drugs: tuple[str, ...]
    levels: tuple[np.ndarray, ...]

    @cached_property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Positions of the two drugs of each pair."""
        return tuple(combinations(range(len(self.drugs)), 2))

    @cached_property
    def n_singles(self) -> int:
        """Number of conditions with one drug."""
        return sum(len(levels) - 1 for levels in self.levels)

    @cached_property
    def _first_single(self) -> Int[np.ndarray, " p"]:
        steps = [len(levels) - 1 for levels in self.levels]
        return 1 + np.concatenate([[0], np.cumsum(steps)[:-1]])

    @cached_property
    def _first_of_pair(self) -> Int[np.ndarray, " q"]:
        sizes = [(len(self.levels[a]) - 1) * (len(self.levels[b]) - 1) for a, b in self.pairs]
        return 1 + self.n_singles + np.concatenate([[0], np.cumsum(sizes)])

    @property
    def n_conditions(self) -> int:
        """K: the control, the drugs alone and the pairs."""
        return int(self._first_of_pair[-1])

    @cached_property
    def alone(self) -> Int[np.ndarray, "k 2"]:
        """For each condition, those that give its drugs alone; 0 (the control) for a missing drug."""
        parts = np.zeros((self.n_conditions, 2), dtype=np.int64)
        singles = np.arange(1, 1 + self.n_singles)
        parts[singles, 0] = singles
        for q in range(len(self.pairs)):
            grid = self.grid(q)
            rows = grid[1:, 1:]
            parts[rows, 0], parts[rows, 1] = grid[1:, :1], grid[:1, 1:]
        return parts

    @cached_property
    def single_drug(self) -> Int[np.ndarray, " s"]:
        """Drug of condition 0 ... n_singles; the control has drug 0, at strength 0."""
        steps = [len(levels) - 1 for levels in self.levels]
        return np.concatenate([[0], np.repeat(np.arange(len(self.drugs)), steps)])

    @cached_property
    def single_level(self) -> Float[np.ndarray, " s"]:
        """Strength (or dose) of condition 0 ... n_singles."""
        return np.concatenate([[0.0], *[levels[1:] for levels in self.levels]])

    def doses(self, rows: np.ndarray) -> Float[np.ndarray, "r p"]:
        """Return the doses (or signed strengths) of some conditions, conditions x drugs."""
        parts = self.alone[rows]
        given = np.zeros((len(rows), len(self.drugs)))
        for k in range(parts.shape[1]):
            given[np.arange(len(rows)), self.single_drug[parts[:, k]]] += self.single_level[parts[:, k]]
        return given

    def grid(self, q: int) -> Int[np.ndarray, "a b"]:
        """Return the conditions of pair q as a matrix: levels of the first drug x levels of the second."""
        a, b = self.pairs[q]
        n_a, n_b = len(self.levels[a]), len(self.levels[b])
        grid = np.zeros((n_a, n_b), dtype=np.int64)
        grid[1:, 0] = self._first_single[a] + np.arange(n_a - 1)
        grid[0, 1:] = self._first_single[b] + np.arange(n_b - 1)
        grid[1:, 1:] = self._first_of_pair[q] + np.arange((n_a - 1) * (n_b - 1)).reshape(n_a - 1, n_b - 1)
        return grid

    def interior(self, q: int) -> slice:
        """Return the conditions of pair q in which both drugs are given."""
        return slice(int(self._first_of_pair[q]), int(self._first_of_pair[q + 1]))

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
        wanted = "A screen of pairs needs at least two drugs" if least == 2 else "At least one drug is needed"
        raise InvalidValueError(f"{wanted}; found {', '.join(chosen) or 'none'}.")
    return chosen
