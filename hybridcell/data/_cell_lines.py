"""Columns that tell cell lines apart and that nobody asked for: what one mean would be taken over."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING

from hybridcell.data._conventions import column, is_missing

if TYPE_CHECKING:
    import pandas as pd

#: Names of columns of cell lines, as they are without their case, spaces and other signs.
_NAMES = ("cellline", "celltype", "celllinename")


def lines_column(obs: pd.DataFrame, *, without: Sequence[str | None] = ()) -> str | None:
    """Return the first column by whose name cell lines are told apart and that has two of them; or None."""
    for name in map(str, obs.columns):
        known = "".join(filter(str.isalpha, name)).casefold() in _NAMES and name not in without
        if known and len(_lines(column(obs, name))) > 1:
            return name
    return None


def warn_of_mixed_lines(
    lines: pd.Series, conditions: Iterable[Hashable], *, split: str, stacklevel: int
) -> bool:
    """Warn where rows of one condition are of several cell lines; return whether they are.

    Parameters
    ----------
    lines
        The column, one row for each of `conditions`.
    conditions
        What tells conditions apart.
    split
        The argument that would tell the lines apart.
    """
    known = ~is_missing(lines)
    pairs = {
        (condition, line) for condition, line, given in zip(conditions, lines.astype(str), known) if given
    }
    if len(pairs) == len({condition for condition, _ in pairs}):
        return False
    names = _lines(lines)
    shown = ", ".join(map(repr, names[:4])) + (", ..." if len(names) > 4 else "")
    warnings.warn(
        f"obs[{lines.name!r}] has {len(names)} values ({shown}), and rows that differ in nothing else count "
        f"as one condition: their mean is of several cell lines. Tell them apart with {split}, or drop the "
        "column.",
        stacklevel=stacklevel + 1,
    )
    return True


def _lines(texts: pd.Series) -> list[str]:
    return sorted({*texts.astype(str).to_numpy()[~is_missing(texts)].tolist()})
