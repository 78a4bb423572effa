"""Columns of doses and times that nobody asked for: rows that they tell apart would count as replicates."""

from __future__ import annotations

import re
import warnings
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from hybridcell.data._conventions import column, is_missing

if TYPE_CHECKING:
    import pandas as pd

#: Names of columns by the argument that reads them, as they are without case, spaces and other signs.
_NAMES = {
    "dose": re.compile(r"(doses?|dosage|conc|concentration)(val|value)?([numµμ]?m|[nuµμm]?gml)?"),
    "time": re.compile(
        r"(times?|timepoints?)(h|hrs?|hours?|mins?|minutes?|s|secs?|seconds?|d|days?)?|hours?|minutes?"
    ),
}
_MEANING = {
    "dose": "every perturbation has dose 1",
    "time": "all rows are steady states",
}


def unread_columns(obs: pd.DataFrame, argument: str) -> list[str]:
    """Return the columns by whose names doses ("dose") or times ("time") are told."""
    bare = {name: "".join(filter(str.isalpha, name)).casefold() for name in map(str, obs.columns)}
    return [name for name, text in bare.items() if _NAMES[argument].fullmatch(text)]


def warn_of_unread(
    obs: pd.DataFrame, argument: str, conditions: Sequence[Hashable], *, stacklevel: int
) -> None:
    """Warn of a column of doses or times that is not read and differs among rows of one condition.

    Parameters
    ----------
    obs
        The rows.
    argument
        "dose" or "time": what such a column would be read with.
    conditions
        What tells the rows apart that was read; None for rows that do not count, such as controls.
    """
    for name in unread_columns(obs, argument):
        texts = column(obs, name)
        rows = zip(conditions, texts.astype(str), is_missing(texts))
        pairs = {(one, text) for one, text, gap in rows if one is not None and not gap}
        if len(pairs) > len({one for one, _ in pairs}):
            warnings.warn(
                f"obs[{name!r}] differs among rows that count as replicates of one condition, and is not "
                f"read: {_MEANING[argument]}. Say {argument}={name!r}, or drop the column.",
                stacklevel=stacklevel + 1,
            )
            return
