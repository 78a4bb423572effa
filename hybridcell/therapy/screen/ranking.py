"""The best combinations of a screen, found block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hybridcell._core.errors import InvalidValueError, check_choice
from hybridcell._core.number_checks import is_whole
from hybridcell.therapy.screen.scores import SCORES
from hybridcell.therapy.screen.scoring import Scoring, row_blocks, scores_of
from hybridcell.therapy.screen.tables import combination_frame

if TYPE_CHECKING:
    import pandas as pd

    from hybridcell.therapy.screen.combination_screen import CombinationScreen


def top_combinations(
    screen: CombinationScreen, n: int, by: str, per_combination: bool, order: int | None
) -> pd.DataFrame:
    """Return the n best conditions with two or more drugs; see `CombinationScreen.top`."""
    scores = scores_of(screen)
    if by == "emergent" and by not in scores:
        raise InvalidValueError("by is 'emergent', which triples have; screen them with order=3.")
    check_choice("by", by, [score for score in scores if score != "response"])
    if not is_whole(n) or n < 1:
        raise InvalidValueError(f"n is {n!r}; wanted 1 or more rows.")
    if order not in (None, *range(2, screen.design.order + 1)):
        known = " or ".join(str(k) for k in range(2, screen.design.order + 1))
        raise InvalidValueError(f"order is {order!r}; this screen has combinations of {known} drugs.")
    rows = _best_rows(screen, n, by, per_combination, order)
    scoring = Scoring(screen, rows)
    columns = {score: scoring.mean(score) for score in scores}
    if screen.n_members > 1:
        ranked = scoring.summary(by)
        columns |= {"lower": ranked.lower, "upper": ranked.upper, "probability": ranked.positive}
    columns["success"] = scoring.settled()
    return combination_frame(screen, rows, columns)


def _best_rows(
    screen: CombinationScreen, n: int, by: str, per_combination: bool, order: int | None
) -> np.ndarray:
    design = screen.design
    first = design.span(2 if order is None else order)[0]
    stop = design.span(design.order if order is None else order)[1]
    best, values = np.zeros(0, dtype=np.int64), np.zeros(0)
    for block in row_blocks(screen, first, stop):
        found = Scoring(screen, block).mean(by)
        known = np.flatnonzero(~np.isnan(found))
        if per_combination:
            known = _first_of_each(known, found[known], design.combination_of(block.start + known))
        known = known[np.argsort(-found[known], kind="stable")][:n]
        best, values = np.append(best, block.start + known), np.append(values, found[known])
        chosen = np.arange(len(best))
        if per_combination:  # a combination may lie in two blocks
            chosen = _first_of_each(chosen, values, design.combination_of(best))
        chosen = chosen[np.lexsort((best[chosen], -values[chosen]))][:n]
        best, values = best[chosen], values[chosen]
    return best


def _first_of_each(items: np.ndarray, values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return of each group the item with the highest value, of equal ones the first."""
    ranked = np.argsort(-values, kind="stable")
    return items[ranked[np.unique(group[ranked], return_index=True)[1]]]


def pair_matrix(screen: CombinationScreen, by: str, statistic: str) -> pd.DataFrame:
    """Return one number per pair of drugs; see `CombinationScreen.per_pair`."""
    import pandas as pd

    check_choice("by", by, SCORES)
    reduce = {"mean": np.mean, "max": np.max, "min": np.min}
    check_choice("statistic", statistic, reduce)
    design = screen.design
    first, stop = design.span(2)
    values = np.concatenate([Scoring(screen, rows).mean(by) for rows in row_blocks(screen, first, stop)])
    matrix = np.full((len(design.drugs),) * 2, np.nan)
    for q, (i, j) in enumerate(design.pairs):
        inside = design.interior(q)
        known = values[inside.start - first : inside.stop - first]
        known = known[~np.isnan(known)]
        if known.size:
            matrix[i, j] = matrix[j, i] = reduce[statistic](known)
    names = pd.Index(design.drugs)
    return pd.DataFrame(matrix, index=names, columns=names)
