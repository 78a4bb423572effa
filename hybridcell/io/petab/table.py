"""Tables of PEtab problems: all cells as text, with the file and the line that each row came from."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hybridcell._core.expressions import Expression
from hybridcell.io.petab.errors import PetabError, PetabMathError, known_hint
from hybridcell.io.petab.math import parse_math

if TYPE_CHECKING:
    import pandas as pd

#: What stands for an empty cell: the words that pandas, which most tools read tables with, takes for one.
_BLANK = (
    "", "nan", "-nan", "NaN", "-NaN", "NAN", "NA", "<NA>", "#NA", "N/A", "n/a", "#N/A", "#N/A N/A",
    "null", "NULL", "None",
)  # fmt: skip
ID = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@dataclass(frozen=True, eq=False)
class Table:
    """A table of one kind, its files joined.

    Attributes
    ----------
    columns : mapping of str to list of str
        Name -> cells, without blanks around them.
    origin : tuple of (str, int)
        File and line of each row.
    file : str
        The file to name where no row is meant.
    """

    columns: Mapping[str, list[str]]
    origin: tuple[tuple[str, int], ...]
    file: str = ""

    def __len__(self) -> int:
        return len(self.origin)

    def __contains__(self, column: str) -> bool:
        return column in self.columns

    def cell(self, row: int, column: str, default: str = "") -> str:
        """Return a cell; `default` where it is empty or the column does not exist."""
        cells = self.columns.get(column)
        return default if cells is None or cells[row] in _BLANK else cells[row]

    def needed(self, row: int, column: str) -> str:
        """Return a cell that must not be empty."""
        found = self.cell(row, column)
        if not found:
            raise self.error(row, column, "the cell is empty")
        return found

    def error(self, row: int, column: str, reason: str, hint: str = "") -> PetabError:
        """Build the error of a cell."""
        file, line = self.origin[row]
        return PetabError(file, line, column, reason, hint)

    def number(self, row: int, column: str, default: float = math.nan) -> float:
        """Return a cell as a number."""
        text = self.cell(row, column)
        if not text:
            return default
        try:
            return as_number(text)
        except ValueError:
            raise self.error(row, column, f"{text!r} is not a number") from None

    def identifier(self, row: int, column: str) -> str:
        """Return a cell as an id."""
        text = self.needed(row, column)
        if not ID.match(text):
            hint = "Wanted letters, digits and underscores, no digit first."
            raise self.error(row, column, f"{text!r} is not an id", hint)
        return text

    def unique(self, column: str) -> list[str]:
        """Return the ids of a column, none of which may come twice."""
        seen: dict[str, int] = {}
        for row in range(len(self)):
            name = self.identifier(row, column)
            if name in seen:
                file, line = self.origin[seen[name]]
                raise self.error(row, column, f"{name!r} is there already, in line {line} of {file}")
            seen[name] = row
        return list(seen)

    def formula(self, row: int, column: str, text: str | None = None) -> Expression:
        """Return a cell, or a part of it, as an expression."""
        text = self.needed(row, column) if text is None else text
        try:
            return parse_math(text)
        except PetabMathError as error:
            raise self.error(row, column, str(error)) from error

    def formulas(self, row: int, column: str) -> tuple[Expression, ...]:
        """Return a cell of expressions between semicolons."""
        text = self.cell(row, column)
        return tuple(self.formula(row, column, part.strip()) for part in split(text))

    def known(self, row: int, column: str, name: str, valid: Iterable[str], what: str) -> str:
        """Return an id if it exists."""
        valid = valid if isinstance(valid, (dict, set, frozenset)) else list(valid)
        if name not in valid:
            raise self.error(row, column, f"there is no {what} {name!r}", known_hint(name, valid))
        return name

    def frame(self) -> pd.DataFrame:
        """Return the table for a statement."""
        import pandas as pd

        return pd.DataFrame({name: list(cells) for name, cells in self.columns.items()}, dtype=str)


def as_number(text: str) -> float:
    """Return a number; ValueError for what Python reads as one and no other program does."""
    if not text.isascii() or "_" in text:
        raise ValueError(text)
    return float(text)


def from_frame(frame: pd.DataFrame, origin: Sequence[tuple[str, int]], file: str) -> Table:
    """Return the table of a statement's frame."""
    columns = {str(name): [str(cell) for cell in frame[name]] for name in frame.columns}
    if len(origin) != len(frame):  # a frame that somebody changed
        origin = [(file, i + 2) for i in range(len(frame))]
    return Table(columns, tuple(origin), file)


def split(text: str) -> list[str]:
    """Return the parts between semicolons, none of an empty text."""
    return text.split(";") if text.strip() else []


def read_tables(folder: Path, files: Sequence[str], needed: Sequence[str]) -> Table:
    """Read the files of one kind and join their rows; a column that some do not have is empty there."""
    parts = [_read(folder / file, file, needed) for file in files]
    names = list(dict.fromkeys(name for columns, _ in parts for name in columns))
    joined: dict[str, list[str]] = {name: [] for name in names}
    for columns, lines in parts:
        for name in names:
            joined[name] += columns.get(name, [""] * len(lines))
    origin = tuple((file, line) for file, (_, lines) in zip(files, parts) for line in lines)
    return Table(joined, origin, files[0] if files else "")


def _read(path: Path, name: str, needed: Sequence[str]) -> tuple[dict[str, list[str]], list[int]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise PetabError(name, line, reason="the file is not UTF-8", hint="Save it as UTF-8.") from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t")
    rows: list[list[str]] = []
    lines: list[int] = []
    before = 0
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                rows.append(cells)
                lines.append(before + 1)
            before = reader.line_num
    except csv.Error as error:
        raise PetabError(name, reader.line_num, reason=f"the line cannot be read: {error}") from None
    if not rows:
        raise PetabError(name, reason="the table is empty", hint="Wanted a line with the names of columns.")
    header = _header(name, lines[0], rows[0], needed)
    for line, row in zip(lines[1:], rows[1:]):
        if any(row[len(header) :]):
            reason = f"{len(row)} cells, and the header has {len(header)}"
            raise PetabError(name, line, reason=reason)
        row += [""] * (len(header) - len(row))
    # pandas writes the numbers of rows in front, under no name, where nobody tells it not to
    named = {column: i for i, column in enumerate(header) if column}
    return {column: [row[i] for row in rows[1:]] for column, i in named.items()}, lines[1:]


def _header(name: str, line: int, cells: list[str], needed: Sequence[str]) -> list[str]:
    header = list(cells)
    while header and not header[-1]:
        header.pop()
    for i, column in enumerate(header):
        if not column and i > 0:
            raise PetabError(name, line, reason=f"column {i + 1} has no name")
        if column in header[:i]:
            raise PetabError(name, line, column, "the column is there twice")
    for column in needed:
        if column not in header:
            tabs = " Columns are separated by tabs." if len(header) == 1 and "," in header[0] else ""
            raise PetabError(name, line, column, "the column is missing", known_hint(column, header) + tabs)
    return header
