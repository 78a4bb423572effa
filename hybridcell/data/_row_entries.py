"""What is told of each row beside the tables: times, and names of contexts and replicates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hybridcell._core.errors import DataError
from hybridcell._core.text_numbers import number_in
from hybridcell.data._conventions import is_missing


def in_row_order(what: str, entries: Any, rows: Sequence[str]) -> Any:
    """Return entries in the order of the rows: a Series that is indexed by their names may have another.

    A Series with the index 0, 1, 2, ... that pandas gives by itself is taken as it stands.
    """
    index = getattr(entries, "index", None)
    if index is None or callable(index):
        return entries
    names = [str(name) for name in index]
    if names == list(rows) or not set(names) & set(rows):
        return entries
    if len(names) != len(rows) or set(names) != set(rows):
        odd = next((name for name in (*names, *rows) if (name in names) != (name in rows)), names[0])
        raise DataError(
            f"{what} is a Series with a row for some conditions and not for others: {odd!r} is not in both. "
            "Wanted the row names of values, each once."
        )
    place = {name: k for k, name in enumerate(names)}
    return entries.iloc[[place[name] for name in rows]]


def times_of(what: str, entries: Any) -> np.ndarray:
    """Return times as numbers, NaN where there is none.

    Parameters
    ----------
    what
        Where they come from, such as "obs['time']".
    entries
        Numbers, or texts of numbers; what has a unit is refused, because rates come out per unit of time.
    """
    import pandas as pd

    values = pd.Series(list(entries) if np.ndim(entries) else [entries])
    try:
        if values.dtype.kind in "mM":
            raise ValueError(f"found {values.dtype}")
        return np.array(
            [np.nan if gap else number_in(text) for text, gap in zip(values.astype(str), is_missing(values))]
        )
    except ValueError as error:
        raise DataError(
            f"{what} is not numeric ({error}). Wanted plain numbers in one unit of time; "
            "pd.to_timedelta(times) / pd.Timedelta('1h') makes hours of texts such as '24h' and '30 min'."
        ) from None
