"""Tables of non-negative numbers under a line of gene names; what is wrong is named by file and line."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hybridcell._core.errors import DataError, FileFormatError
from hybridcell.data._checks import perturbation_names

_NOT_MEASURED = {"", "na", "nan", "n/a", "null", "none", ".", "-"}


@dataclass(frozen=True, eq=False)
class Table:
    """Numbers (rows, columns), the line each row was on, and the rows before which a blank line stood."""

    path: Path
    names: tuple[str, ...]
    values: np.ndarray
    lines: tuple[int, ...]
    after_blank: tuple[bool, ...]


def read_table(path: Path, *, first: str | None = None) -> Table:
    """Read a tab-separated table.

    Parameters
    ----------
    path
        UTF-8 text: names on the first line, quoted or not, then numbers. Blank lines are skipped.
    first
        Name that the first column must have, whatever its case; it is no gene.

    Raises
    ------
    FileFormatError
        The file is empty, not UTF-8, ragged, or a cell is no number, no level (negative), or empty.
    DataError
        A gene has no name, comes twice, or has a name that data may not have.
    """
    rows = list(_rows(path))
    if not rows:
        raise FileFormatError(f"{path} is empty; wanted a line of gene names, then lines of numbers.")
    names = _header(path, rows[0], first)
    if len(rows) == 1:
        raise FileFormatError(f"{path} has a line of gene names, but no line of numbers below it.")
    columns = ((first,) if first else ()) + names
    values = np.array([_numbers(path, line, cells, columns) for line, cells, _ in rows[1:]])
    return Table(
        path, names, values, tuple(line for line, _, _ in rows[1:]), tuple(blank for _, _, blank in rows[1:])
    )


def text_of(path: Path) -> str:
    """Return the text of a UTF-8 file."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise FileFormatError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        guess = "; it looks like UTF-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        raise FileFormatError(
            f"{path}, line {line}: byte {raw[error.start]:#04x} is not UTF-8{guess}. Save the "
            "file as UTF-8 text."
        ) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise FileFormatError(
            f"{path}, line {line} holds a zero byte, as no text does. Save the file as UTF-8 text."
        )
    return text


def _rows(path: Path) -> Iterator[tuple[int, list[str], bool]]:
    blank = False
    text = text_of(path).replace("\r\n", "\n").replace("\r", "\n")
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            blank = True
            continue
        yield number, [unquoted(cell) for cell in line.rstrip("\t ").split("\t")], blank
        blank = False


def unquoted(cell: str) -> str:
    """Return a cell without the blanks and the quotes around it."""
    cell = cell.strip()
    for quote in ('"', "'"):
        if len(cell) > 1 and cell[0] == cell[-1] == quote:
            return cell[1:-1].replace(quote * 2, quote).strip()
    return cell


def _header(path: Path, row: tuple[int, list[str], bool], first: str | None) -> tuple[str, ...]:
    line, cells, _ = row
    if all(_is_number(cell) for cell in cells):
        raise FileFormatError(
            f"{path}, line {line} holds numbers; wanted the names of the genes, separated by tabs."
        )
    if len(cells) == 1 and (other := next((c for c in ",; " if c in cells[0]), None)):
        raise FileFormatError(
            f"{path}, line {line} has no tab: it seems to be separated by {other!r}. Wanted tabs."
        )
    if first is not None:
        if cells[0].casefold() != first.casefold():
            raise FileFormatError(
                f"{path}, line {line}: the first column is {cells[0]!r}; wanted {first!r}, then one "
                "column per gene."
            )
        cells = cells[1:]
    try:
        names = perturbation_names(cells)
    except DataError as error:
        raise DataError(f"{path}, line {line}: {error}") from None
    if not names:
        raise FileFormatError(f"{path}, line {line} names no gene.")
    return names


def _numbers(path: Path, line: int, cells: list[str], columns: tuple[str, ...]) -> list[float]:
    if len(cells) != len(columns):
        raise FileFormatError(
            f"{path}, line {line} has {len(cells)} cells; wanted {len(columns)}, one for each name on the "
            "first line."
        )
    return [_number(path, line, name, cell) for name, cell in zip(columns, cells)]


def _number(path: Path, line: int, column: str, cell: str) -> float:
    where = f"{path}, line {line}, column {column!r}"
    if cell.casefold() in _NOT_MEASURED:
        raise FileFormatError(
            f"{where}: the value is missing ({cell!r}). Wanted a number in every cell: impute it, or leave "
            "the file out."
        )
    if not _is_number(cell):
        comma = " Write the decimal point as '.'." if _is_number(cell.replace(",", ".")) else ""
        raise FileFormatError(f"{where}: {cell!r} is not a number.{comma}")
    value = float(cell)
    if not math.isfinite(value):
        raise FileFormatError(f"{where}: {cell!r} is not finite; wanted a number.")
    if value < 0:
        raise FileFormatError(
            f"{where}: {cell} is negative; wanted levels and times, 0 or more. Of log values take the "
            "exponential first; set values that noise took below 0 to 0."
        )
    return value


def _is_number(cell: str) -> bool:
    # float() also reads "1_000", which in a table is a slip
    if "_" in cell:
        return False
    try:
        float(cell)
    except ValueError:
        return False
    return True
