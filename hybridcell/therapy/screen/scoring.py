"""Scores of a screen in blocks of conditions, so that responses on disk never come to memory as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from hybridcell.therapy.screen.scores import EMERGENT, SCORES, Responses, Summary, member_scores, summarize
from hybridcell.therapy.screen.stored_array import columns_of

if TYPE_CHECKING:
    from hybridcell.therapy.screen.combination_screen import CombinationScreen

#: Responses (members x conditions) in memory at one time, some ten times over while they are scored.
_RESPONSES = 500_000
#: Most conditions of which whole summaries are kept.
_KEPT = 1_000_000


def scores_of(screen: CombinationScreen) -> tuple[str, ...]:
    """Return the scores that a screen has; only triples can be more than their pairs predict."""
    return (*SCORES, EMERGENT) if screen.design.order == 3 else SCORES


def row_blocks(screen: CombinationScreen, first: int = 0, stop: int | None = None) -> Iterator[slice]:
    """Cut conditions into blocks that fit the memory whatever the number of members."""
    stop = screen.design.n_conditions if stop is None else stop
    step = max(_RESPONSES // screen.n_members, 512)
    for start in range(first, stop, step):
        yield slice(start, min(start + step, stop))


class Scoring:
    """Scores of some conditions: what they share is read and computed once."""

    def __init__(self, screen: CombinationScreen, rows: slice | np.ndarray):
        self._screen = screen
        self._rows = rows
        self._responses: Responses | None = None
        self._found: dict[str, Summary] = {}

    def summary(self, score: str) -> Summary:
        """Return mean, ends and share above 0 of one score over the members."""
        kept = self._screen._summaries.get(score)
        if kept is not None:
            return kept.of(self._rows)
        if score not in self._found:
            values = member_scores(score, self._read(), self._screen.scale)
            self._found[score] = summarize(values)
        return self._found[score]

    def mean(self, score: str) -> np.ndarray:
        """Return the mean of one score over the members."""
        return self.summary(score).mean

    def settled(self) -> np.ndarray:
        """Return the share of the members that settled."""
        return np.isfinite(columns_of(self._screen.responses, self._rows)).mean(axis=0)

    def _read(self) -> Responses:
        if self._responses is None:
            design, responses = self._screen.design, self._screen.responses
            rows = self._rows
            numbers = np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows
            parts = design.parts(numbers)
            singles = columns_of(responses, slice(0, 1 + design.n_singles))
            pairs = None
            if design.order == 3 and (parts[:, 2:] > 0).any():
                inside = design.pair_parts(parts)
                pairs = columns_of(responses, inside.reshape(-1)).reshape(-1, *inside.shape)
            self._responses = Responses(
                given=columns_of(responses, rows),
                control=singles[:, :1],
                alone=singles[:, parts],
                pairs=pairs,
                n_drugs=(parts > 0).sum(axis=1),
            )
        return self._responses


def condition_columns(screen: CombinationScreen, rows: slice | np.ndarray) -> dict[str, np.ndarray]:
    """Return the columns that describe some conditions.

    Means over the members; with several members also their spread and the shares with an excess above 0.
    """
    scoring, scores = Scoring(screen, rows), scores_of(screen)
    columns = {score: scoring.mean(score) for score in scores}
    if screen.n_members > 1:
        for score in scores:
            columns[f"{score}_lower"] = scoring.summary(score).lower
            columns[f"{score}_upper"] = scoring.summary(score).upper
        for score in scores[2:]:
            columns[f"{score}_probability"] = scoring.summary(score).positive
    columns["success"] = scoring.settled()
    return columns


def whole_summary(screen: CombinationScreen, score: str) -> Summary:
    """Return one score of all conditions, computed block by block."""
    blocks = [Scoring(screen, rows).summary(score) for rows in row_blocks(screen)]
    return Summary.joined(blocks)


def is_small(screen: CombinationScreen) -> bool:
    """Tell whether summaries of all conditions are worth keeping."""
    return screen.design.n_conditions <= _KEPT
