"""The numbers of all pairs that a report holds: over their doses, at their best doses, and per pair."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell.therapy.screen.report.packing import pack, packed_bytes
from hybridcell.therapy.screen.scores import EXCESSES, SCORES
from hybridcell.therapy.screen.scoring import condition_columns, row_blocks

if TYPE_CHECKING:
    from hybridcell.therapy.screen.combination_screen import CombinationScreen

#: What pairs can be ranked by, with the words of the page.
RANKINGS = {
    "bliss": "Excess over Bliss",
    "hsa": "Excess over the better drug",
    "additive": "Excess over additivity",
    "effect": "Effect",
}


class PairNumbers:
    """All columns of the control, the drugs alone and the pairs, each read from the screen once.

    Parameters
    ----------
    screen : CombinationScreen
        Triples are left out.

    Attributes
    ----------
    columns : dict of str to ndarray, shape (K,)
        As in the tables of the screen, for the conditions with up to two drugs.
    best : dict of str to ndarray of int, shape (Q,)
        By ranking, the condition of each pair that has the highest value; -1 where none was solved.
    """

    def __init__(self, screen: CombinationScreen):
        self._design = screen.design
        blocks = [condition_columns(screen, rows) for rows in row_blocks(screen, 0, screen.design.span(2)[1])]
        self.columns = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
        self.has_spread = screen.n_members > 1
        self.best = {by: self._best(by) for by in RANKINGS}

    @property
    def n_pairs(self) -> int:
        """Q, the number of pairs."""
        return len(self._design.pairs)

    def _best(self, by: str) -> np.ndarray:
        found = np.full(self.n_pairs, -1, dtype=np.int64)
        for q in range(self.n_pairs):
            inside = self._design.interior(q)
            scores = self.columns[by][inside]
            if not np.isnan(scores).all():
                found[q] = inside.start + int(np.nanargmax(scores))
        return found

    def names(self, *, spread: bool) -> list[str]:
        """Return the columns that are stored over all doses, with the spread over the members or without."""
        found = list(SCORES)
        if spread:
            found += [f"{score}_{end}" for score in SCORES for end in ("lower", "upper")]
            found += [f"{score}_probability" for score in EXCESSES]
        return found + (["success"] if (self.columns["success"] < 1).any() else [])

    def size(self, kept: np.ndarray, *, spread: bool) -> int:
        """Return the bytes that `layers` has."""
        inside = sum(self._n_inside(q) for q in kept)
        return packed_bytes(1 + self._design.n_singles + inside) * len(self.names(spread=spread))

    def _n_inside(self, q: int) -> int:
        inside = self._design.interior(q)
        return inside.stop - inside.start

    def leading(self, most_bytes: int) -> np.ndarray:
        """Return as many pairs as fit without the spread, in order: those that come first by any ranking."""
        places = []
        for by, best in self.best.items():
            score = np.where(best >= 0, self.columns[by][best], -np.inf)
            places.append(np.argsort(np.argsort(-score, kind="stable"), kind="stable"))
        order = np.argsort(np.min(places, axis=0), kind="stable")
        sizes = np.cumsum([self._n_inside(q) for q in order])
        whole = self.size(np.arange(self.n_pairs), spread=False)
        n = int(np.searchsorted(sizes, sizes[-1] * most_bytes / whole, side="right"))
        return np.sort(order[: max(n, 1)])

    def layers(self, kept: np.ndarray, *, spread: bool) -> dict[str, Any]:
        """Return the columns of the control, the drugs alone, and the inside of each kept pair, packed."""
        everything = np.arange(self._design.span(2)[1])
        inside = [everything[self._design.interior(q)] for q in kept]
        rows = np.concatenate([everything[: 1 + self._design.n_singles], *inside])
        return {name: pack(self.columns[name][rows]) for name in self.names(spread=spread)}

    def at_best(self, kept: np.ndarray, by: str) -> dict[str, Any]:
        """Return the best condition of each kept pair, counted within the pair, and its spread."""
        best = self.best[by][kept]
        starts = np.array([self._design.interior(q).start for q in kept])
        found: dict[str, Any] = {"at": np.where(best >= 0, best - starts, -1).tolist()}
        if self.has_spread:
            for name in ("lower", "upper", *(("probability",) if by in EXCESSES else ())):
                found[name] = pack(np.where(best >= 0, self.columns[f"{by}_{name}"][best], np.nan))
        return found

    def per_pair(self, by: str) -> dict[str, Any]:
        """Return mean, highest and lowest value of each pair over the doses that were solved, packed."""
        found = {name: np.full(self.n_pairs, np.nan) for name in ("mean", "max", "min")}
        for q in range(self.n_pairs):
            values = self.columns[by][self._design.interior(q)]
            values = values[~np.isnan(values)]
            if values.size:
                found["mean"][q], found["max"][q], found["min"][q] = values.mean(), values.max(), values.min()
        return {name: pack(values) for name, values in found.items()}
