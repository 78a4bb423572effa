"""The columns and rows of a MIDAS table, checked; what is wrong is named by file, line and column."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from hybridcell._core.errors import DataError, FileFormatError, nearest
from hybridcell.data._checks import perturbation_names, unique_names
from hybridcell.data.datasets._tsv import text_of

_ROLES = ("CellLine", "Stimuli", "Inhibitors")


@dataclass(frozen=True)
class Cue:
    """Something given to the cells."""

    name: str
    inhibits: bool


@dataclass(frozen=True, eq=False)
class MidasTable:
    """Rows of a table: amounts (N, cues), values and times (N, signals), and the line of each."""

    path: Path
    lines: tuple[int, ...]
    cues: tuple[Cue, ...]
    signals: tuple[str, ...]
    amounts: np.ndarray
    values: np.ndarray
    times: np.ndarray
    cell_lines: tuple[str, ...] | None
    notes: tuple[str, ...] | None

    def renamed(self, names: Mapping[str, str]) -> MidasTable:
        """Return the table with other names, which must be unique again."""
        cues = tuple(replace(cue, name=names.get(cue.name, cue.name)) for cue in self.cues)
        signals = tuple(names.get(signal, signal) for signal in self.signals)
        _check_names(self.path, cues, signals)
        return replace(self, cues=cues, signals=signals)


@dataclass(frozen=True)
class _Column:
    """A heading such as "TR:EGF:Stimuli": kind "TR", name "EGF", role "Stimuli"."""

    index: int
    text: str
    kind: str
    name: str
    role: str


def read_midas_table(path: Path) -> MidasTable:
    """Read and check a table; see `hybridcell.data.datasets.midas`."""
    rows = _rows(path)
    columns = _columns(path, rows[0][1])
    of = lambda kind: [c for c in columns if c.kind == kind]  # noqa: E731
    cells = [c for c in of("TR") if c.role == "CellLine"]
    given = [c for c in of("TR") if c.role != "CellLine"]
    cues = tuple(Cue(c.name, _inhibits(c)) for c in given)
    signals = tuple(c.name for c in of("DV"))
    _check_names(path, cues, signals)
    when = _time_columns(path, of("DA"), of("DV"))
    body = rows[1:]
    values = _block(path, body, of("DV"), blank=math.nan)
    measured_at = _block(path, body, when, blank=math.nan)
    _check_times(path, body, values, measured_at, when)
    amounts = _block(path, body, given, blank=0.0)
    _check_amounts(path, body, amounts, given)
    lines_of_cells = [_cell_line(path, line, row, cells) for line, row in body] if cells else None
    notes = [_note(row, cells) for _, row in body]
    return MidasTable(
        path,
        tuple(line for line, _ in body),
        cues,
        signals,
        amounts,
        values,
        measured_at,
        tuple(lines_of_cells) if lines_of_cells else None,
        tuple(notes) if any(notes) else None,
    )


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Return the lines that are not blank, with the number of each."""
    found: list[tuple[int, list[str]]] = []
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        # line by line, so that an open quote cannot swallow the lines below it
        cells = [cell.strip() for cell in next(csv.reader([line]), [])]
        if any(cells):
            found.append((number, cells))
    if not found:
        raise FileFormatError(f"{path} is empty; wanted a MIDAS table with columns TR:, DA: and DV:.")
    width = len(found[0][1])
    for number, cells in found:
        while len(cells) > width and not cells[-1]:
            cells.pop()
        if len(cells) != width:
            raise FileFormatError(
                f"{path}, line {number} has {len(cells)} cells; wanted {width}, one for each heading."
            )
    if len(found) == 1:
        raise FileFormatError(f"{path} has headings, but no rows below them.")
    return found


def _columns(path: Path, headings: Sequence[str]) -> list[_Column]:
    if len(headings) == 1:
        other = next((f" It seems to be separated by {c!r}." for c in ";\t" if c in headings[0]), "")
        raise FileFormatError(f"{path}, line 1 has a single heading; wanted TR:, DA: and DV: columns.{other}")
    columns = []
    for index, text in enumerate(headings):
        kind, _, rest = text.partition(":")
        if kind.upper() not in ("TR", "DA", "DV") or not rest.strip(" :"):
            raise FileFormatError(
                f"{path}, line 1, column {index + 1}: the heading is {text!r}; wanted TR:, DA: or DV: and a "
                "name."
            )
        name, role = rest, ""
        before, colon, last = rest.rpartition(":")
        if colon and kind.upper() == "TR":
            name, role = before, _role(path, text, last.strip())
        columns.append(_Column(index, text, kind.upper(), name.strip(), role))
    for kind in ("DA", "DV"):
        if not any(column.kind == kind for column in columns):
            raise FileFormatError(
                f"{path}, line 1 has no column {kind}:; wanted times (DA:) and signals (DV:)."
            )
    return columns


def _role(path: Path, heading: str, text: str) -> str:
    known = {role.casefold(): role for role in _ROLES} | {"stimulus": "Stimuli", "inhibitor": "Inhibitors"}
    if text.casefold() not in known:
        guess = nearest(text, _ROLES)
        hint = f" Did you mean {guess!r}?" if guess else ""
        raise FileFormatError(
            f"{path}, line 1: {heading!r} has the role {text!r}; wanted one of {', '.join(_ROLES)}.{hint}"
        )
    return known[text.casefold()]


def _inhibits(column: _Column) -> bool:
    return column.role == "Inhibitors" or (not column.role and column.name.endswith("i"))


def _check_names(path: Path, cues: Sequence[Cue], signals: Sequence[str]) -> None:
    try:
        perturbation_names([cue.name for cue in cues])
        unique_names("signal", signals)
    except DataError as error:
        raise DataError(f"{path}, line 1: {error}") from None


def _time_columns(path: Path, times: list[_Column], signals: list[_Column]) -> list[_Column]:
    """Return the column with the time of each signal."""
    named = {column.name: column for column in times}
    if len(named) < len(times):
        twice = next(c.name for k, c in enumerate(times) if c.name in {d.name for d in times[:k]})
        raise FileFormatError(f"{path}, line 1 has the column 'DA:{twice}' twice.")
    everywhere = named.get("ALL")
    for column in times:
        if column.name not in {s.name for s in signals} and column is not everywhere:
            raise FileFormatError(f"{path}, line 1 has {column.text!r}, but no 'DV:{column.name}'.")
    for signal in signals:
        if signal.name not in named and everywhere is None:
            raise FileFormatError(
                f"{path}, line 1 has {signal.text!r}, but neither 'DA:{signal.name}' nor 'DA:ALL': when "
                "was it measured?"
            )
    return [named.get(signal.name) or named["ALL"] for signal in signals]


def _block(
    path: Path, rows: list[tuple[int, list[str]]], columns: list[_Column], *, blank: float
) -> np.ndarray:
    cells = [[_number(path, line, c, row[c.index], blank) for c in columns] for line, row in rows]
    return np.array(cells, dtype=float).reshape(len(rows), len(columns))


def _number(path: Path, line: int, column: _Column, cell: str, blank: float) -> float:
    if not cell:
        return blank
    try:
        value = float(cell)
    except ValueError:
        value = None
    if value is None or math.isinf(value) or "_" in cell:
        raise FileFormatError(
            f"{path}, line {line}, column {column.text!r}: {cell!r} is not a number. Leave the cell empty "
            f"for {'0' if blank == 0.0 else 'what is not known'}."
        )
    return value


def _check_times(
    path: Path,
    rows: list[tuple[int, list[str]]],
    values: np.ndarray,
    times: np.ndarray,
    columns: list[_Column],
) -> None:
    wrong = (times < 0) | (np.isnan(times) & ~np.isnan(values))
    if wrong.any():
        r, c = (int(v) for v in np.argwhere(wrong)[0])
        found = "is missing" if np.isnan(times[r, c]) else f"is {times[r, c]:g}"
        raise FileFormatError(
            f"{path}, line {rows[r][0]}, column {columns[c].text!r}: the time {found}; wanted 0 or later."
        )


def _check_amounts(
    path: Path, rows: list[tuple[int, list[str]]], amounts: np.ndarray, columns: list[_Column]
) -> None:
    wrong = ~(amounts >= 0)
    if wrong.any():
        r, c = (int(v) for v in np.argwhere(wrong)[0])
        raise FileFormatError(
            f"{path}, line {rows[r][0]}, column {columns[c].text!r}: the amount is {amounts[r, c]:g}; wanted "
            "0 (or nothing) for not given, else a positive number."
        )


def _cell_line(path: Path, line: int, row: Sequence[str], columns: list[_Column]) -> str:
    used = [column.name for column in columns if _is_one(row[column.index])]
    if len(used) != 1:
        found = ", ".join(used) or "none"
        raise FileFormatError(
            f"{path}, line {line} sets {len(used)} cell lines ({found}); wanted a 1 in one of "
            f"{', '.join(column.text for column in columns)}."
        )
    return used[0]


def _is_one(cell: str) -> bool:
    try:
        return float(cell) == 1
    except ValueError:
        return False


def _note(row: Sequence[str], columns: list[_Column]) -> str:
    """Return the name of the sample, which some tables write into a column of a cell line."""
    texts = [row[column.index] for column in columns]
    return next((t for t in texts if t and not t.replace(".", "").isdigit()), "")
