"""What goes wrong between a file and a table: each mistake is named, with what mends it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from hybridcell._core.errors import DataError

#: Between columns where a comma was expected.
_SEPARATORS = {";": "';'", "\t": "'\\t'", "|": "'|'"}


def check_table(what: str, table: Any) -> None:
    """Refuse what is no table of numbers by condition, and say how to read it.

    Parameters
    ----------
    what
        What the table is, such as "doses".
    table
        Wanted: a DataFrame with a row per condition and a number in each cell.
    """
    import pandas as pd

    if not isinstance(table, pd.DataFrame):
        path = ": pd.read_csv(path, index_col=0)" if isinstance(table, str) else ""
        raise DataError(f"{what} is a {type(table).__name__}; wanted a pandas DataFrame{path}.")
    _check_separator(what, table)
    _check_long(what, table)
    texts = [name for name in table.columns if _is_text(table[name])]
    if texts and list(table.index) == list(range(len(table))) and texts[0] == table.columns[0]:
        raise DataError(
            f"The column {texts[0]!r} of {what} holds text; it looks like the names of the rows. Make it the "
            f"index: read the file with index_col=0, or call {what}.set_index({texts[0]!r})."
        )
    for name in texts:
        for row, cell in zip(table.index, table[name]):
            if isinstance(cell, str) and not _is_number(cell):
                raise DataError(
                    f"{what} holds {cell!r} at row {str(row)!r}, column {str(name)!r}; wanted a number. "
                    f"{_mending(cell)}"
                )


def check_orientation(values: Any, doses: Any) -> None:
    """Refuse two tables that have their conditions as columns."""
    if len(values.columns) and not set(values.index) & set(doses.index):
        common = set(values.columns) & set(doses.columns)
        if len(common) > len(values.columns) / 2:
            raise DataError(
                f"Both tables have the columns {_few(values.columns)}; wanted conditions as rows. Turn them: "
                "values.T and doses.T."
            )


def _check_separator(what: str, table: Any) -> None:
    heads = [str(table.index.name or ""), *map(str, table.columns), *map(str, table.index[:1])]
    for mark, shown in _SEPARATORS.items():
        if len(table.columns) <= 1 and any(mark in head for head in heads):
            raise DataError(
                f"{what} has no columns that can be told apart; its lines are separated by {shown}. Read the "
                f"file with sep={shown} (and decimal=',' where commas are decimal)."
            )


def _check_long(what: str, table: Any) -> None:
    repeated = len(set(table.index)) < len(table)
    if repeated and len(table.columns) <= 3 and any(_is_text(table[name]) for name in set(table.columns)):
        raise DataError(
            f"{what} has {len(table)} rows of {len(set(table.index))} conditions, and text in its columns "
            f"{_few(table.columns)}: it looks like one measurement per row. Wanted a row per condition: "
            "table.pivot(index=..., columns=..., values=...) turns it."
        )


def _is_text(column: Any) -> bool:
    return getattr(column, "ndim", 1) == 1 and any(isinstance(cell, str) for cell in column)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _mending(cell: str) -> str:
    if re.fullmatch(r"\s*[-+]?\d+,\d+\s*", cell):
        return "Commas are decimal here: read the file with decimal=','."
    if re.fullmatch(r"\s*[-+]?[\d.]+\s*%\s*", cell):
        return "Take the percent sign away, and divide by 100."
    if re.match(r"\s*[-+]?[\d.]+\s*[a-zA-Zµμ]", cell):
        return "Leave the unit out: numbers of one table have one unit."
    return f"For what was not measured leave the cell empty, or read the file with na_values=[{cell!r}]."


def _few(names: Iterable[Any]) -> str:
    shown = [repr(str(name)) for name in names]
    return ", ".join(shown[:4]) + (", ..." if len(shown) > 4 else "")
