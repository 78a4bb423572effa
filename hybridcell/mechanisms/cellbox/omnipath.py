"""Tables of OmniPath: columns of flags in place of a sign."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from hybridcell._core.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

#: Pairs of flags, the more trusted first; OmniPath's consensus weighs its sources against each other.
_FLAGS = (
    ("consensus_stimulation", "consensus_inhibition"),
    ("is_stimulation", "is_inhibition"),
)
_TRUE = ("1", "true", "t", "yes", "1.0")
_FALSE = ("0", "false", "f", "no", "0.0", "", "nan", "none", "<na>")


def is_omnipath(table: pd.DataFrame) -> bool:
    """Return whether a table states signs as OmniPath does."""
    return any(set(pair) <= set(table.columns) for pair in _FLAGS)


def from_omnipath(table: pd.DataFrame) -> pd.DataFrame:
    """Return source, target, sign of an OmniPath table.

    Names are gene symbols where the table has them. The consensus sign counts where there is one, else the
    plain flags; an edge that is called both stimulation and inhibition has no known sign. Rows that are not
    directed are left out, with a warning.

    Raises
    ------
    DataError
        If a flag is neither true nor false, or the names of sources or targets are missing.
    """
    import pandas as pd

    directed = _flag(table, "is_directed", default=True)
    if not directed.all():
        warnings.warn(
            f"{int((~directed).sum())} of {len(table)} rows have no direction and are left out.",
            UserWarning,
            stacklevel=4,
        )
    sign = np.zeros(len(table))
    for stimulation, inhibition in reversed(_FLAGS):
        if {stimulation, inhibition} <= set(table.columns):
            up, down = _flag(table, stimulation), _flag(table, inhibition)
            sign = np.where(up | down, up.astype(float) - down.astype(float), sign)
    ends = {end: _names(table, end) for end in ("source", "target")}
    edges = pd.DataFrame({**ends, "sign": sign})
    if "confidence" in table.columns:
        edges["confidence"] = table["confidence"]
    return edges.loc[directed].reset_index(drop=True)


def _names(table: pd.DataFrame, end: str) -> pd.Series:
    for column in (f"{end}_genesymbol", end):
        if column in table.columns:
            return table.loc[:, column]  # pyright: ignore[reportReturnType]
    found = ", ".join(map(repr, table.columns))
    raise DataError(
        f"The table has the columns {found}; wanted {f'{end}_genesymbol'!r} or {end!r} among them."
    )


def _flag(table: pd.DataFrame, column: str, *, default: bool = False) -> np.ndarray:
    if column not in table.columns:
        return np.full(len(table), default)
    words = table[column].astype(str).str.strip().str.casefold()
    odd = sorted(set(words) - set(_TRUE) - set(_FALSE))
    if odd:
        raise DataError(f"The column {column!r} has {odd[0]!r}; wanted 1 or 0 (or True or False).")
    return words.isin(_TRUE).to_numpy()
