"""What goes wrong between a file and a table: each mistake is named, with what mends it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from hybridcell._core.errors import DataError

#: Between columns where a comma was expected.
_SEPARATORS = {";": "';'", "\t": "'\\t'", "|": "'|'"}

#: Numbers with marks between thousands, by the options of pandas that read them; "1,234" may be either.
_THOUSANDS = {
    "thousands=','": r"\d{1,3}(,\d{3})+\.\d*|\d{1,3}(,\d{3}){2,}",
    "thousands='.', decimal=','": r"\d{1,3}(\.\d{3})+,\d*|\d{1,3}(\.\d{3}){2,}",
    "thousands=' '": r"\d{1,3}( \d{3})+(\.\d*)?",
    "thousands=' ', decimal=','": r"\d{1,3}( \d{3})+,\d*",
    'thousands="\'"': r"\d{1,3}('\d{3})+(\.\d*)?",
}
#: Hyphens and dashes that stand for a minus.
_MINUS = "\u2010\u2011\u2012\u2013\u2212"


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
    _check_empty_edges(what, table)
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


def check_identifiers(values: Any, doses: Any) -> None:
    """Refuse tables whose row names are a column of numbers, such as the numbers of wells."""
    counted = list(range(len(values)))
    if len(counted) < 2 or list(values.index) != counted or list(doses.index) != counted:
        return
    for name in values.columns[:1]:
        column = list(values[name]) if values.columns.is_unique else []
        both = name in doses.columns[:1] and doses.columns.is_unique and column == list(doses[name])
        if both and len(set(column)) == len(column):
            raise DataError(
                f"Both tables begin with the column {str(name)!r}, with the same numbers, each once: these "
                "look like the names of the rows. Read the files with index_col=0; or, if they were measured "
                "and given, put them behind other columns."
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


def _check_empty_edges(what: str, table: Any) -> None:
    """Refuse what spreadsheets add: lines of units, and rows and columns that are empty."""
    import pandas as pd

    named = [isinstance(name, tuple) or not pd.isna(name) for name in table.index]
    nameless = table.iloc[[k for k, known in enumerate(named) if not known]]
    if len(nameless):
        shown = next((cell for cell in nameless.iloc[0] if not pd.isna(cell)), None)
        holds = "nothing" if shown is None else repr(shown)
        raise DataError(
            f"{what} has {len(nameless)} row(s) without a name; the first of them, row "
            f"{named.index(False) + 1} below the headings, holds {holds}. Name it or, if it is an empty row "
            f"or a line of units, drop it: {what}.loc[{what}.index.notna()].apply(pd.to_numeric)."
        )
    empty = [
        str(name)
        for name, nothing in zip(table.columns, table.isna().all(axis=0))
        if len(table) and nothing and (not str(name).strip() or str(name).startswith("Unnamed: "))
    ]
    if empty:
        raise DataError(
            f"{what} has {len(empty)} column(s) without a heading and without a value, {_few(empty)}. "
            f"Drop them: {what}.dropna(axis=1, how='all')."
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
    for options, pattern in _THOUSANDS.items():
        if re.fullmatch(rf"\s*[-+]?(?:{pattern})\s*", cell):
            return f"Thousands are set apart here: read the file with {options}."
    if re.fullmatch(r"\s*[-+]?[1-9]\d{0,2},\d{3}\s*", cell):
        return (
            "Where commas are decimal read the file with decimal=','; where they set thousands apart, with "
            "thousands=','."
        )
    if re.fullmatch(r"\s*[-+]?\d+,\d+\s*", cell):
        return "Commas are decimal here: read the file with decimal=','."
    if _is_number(re.sub(f"[{_MINUS}]", "-", cell)):
        return "Its minus sign is a typographic one: replace it in the file by a plain '-'."
    if re.fullmatch(r"\s*[-+]?[\d.]+\s*%\s*", cell):
        return "Take the percent sign away, and divide by 100."
    if re.match(r"\s*[-+]?[\d.]+\s*[a-zA-Zµμ]", cell):
        return "Leave the unit out: numbers of one table have one unit."
    return f"For what was not measured leave the cell empty, or read the file with na_values=[{cell!r}]."


def _few(names: Iterable[Any]) -> str:
    shown = [repr(str(name)) for name in names]
    return ", ".join(shown[:4]) + (", ..." if len(shown) > 4 else "")
