"""CSV tables of the original: numbers without header, and tables with node names in front."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hybridcell._core.errors import FileFormatError, InvalidValueError, nearest
from hybridcell._core.files import write_text
from hybridcell._core.text_numbers import number_in


def find_file(name: str | os.PathLike[str], folders: Sequence[Path]) -> Path:
    """Return the first file of this name in the folders.

    Raises
    ------
    FileFormatError
        When none has it; the nearest name is suggested.
    """
    for folder in folders:
        if os.path.isfile(folder / name):
            return folder / name
    present = [
        p.name for folder in folders if os.path.isdir(folder) for p in folder.iterdir() if os.path.isfile(p)
    ]
    guess = nearest(Path(name).name, present)
    hint = f" Did you mean {guess!r}?" if guess else ""
    places = " or ".join(repr(str(folder)) for folder in dict.fromkeys(folders))
    raise FileFormatError(f"There is no file {os.fspath(name)!r} in {places}.{hint}")


def read_numbers(path: Path) -> np.ndarray:
    """Read a matrix without header; an empty field or "nan" is not measured.

    A file ``.npz`` is read as a SciPy sparse matrix.
    """
    if path.suffix == ".npz":
        return _read_sparse(path)
    rows = [row for row in _read_rows(path) if row]
    if not rows:
        raise FileFormatError(f"{str(path)!r} is empty; wanted conditions x nodes.")
    return _to_numbers(path, rows, first_line=1, first_column=1)


def read_named(path: Path) -> tuple[list[str], np.ndarray]:
    """Read a table with a header line and names in the first column, as the original writes them."""
    rows = [row for row in _read_rows(path) if row]
    if len(rows) < 2 or len(rows[0]) < 2:
        raise FileFormatError(f"{str(path)!r} has no rows; wanted a header line, then one line per node.")
    names = [row[0].strip() for row in rows[1:]]
    return names, _to_numbers(path, [row[1:] for row in rows[1:]], first_line=2, first_column=2)


def read_names(path: Path) -> tuple[str, ...]:
    """Read node names, one per line."""
    return tuple(row[0].strip() for row in _read_rows(path) if row and row[0].strip())


def write_numbers(path: Path, matrix: np.ndarray) -> Path:
    """Write a matrix without header, with all digits; NaN becomes an empty field."""
    return write_text(path, _to_text([[_digits(v) for v in row] for row in matrix]))


def write_named(path: Path, names: Sequence[str], matrix: np.ndarray) -> Path:
    """Write a table as the original writes its parameters: column numbers above, node names in front."""
    check_names(names)
    header = ["0", *map(str, range(matrix.shape[1]))]
    return write_text(path, _to_text([header, *([n, *map(_digits, row)] for n, row in zip(names, matrix))]))


def write_names(path: Path, names: Sequence[str]) -> Path:
    """Write node names, one per line."""
    check_names(names)
    return write_text(path, _to_text([[name] for name in names]))


def check_names(names: Sequence[str]) -> None:
    """Refuse names that would not come back from the files."""
    for name in names:
        if name != name.strip() or "\n" in name or "\r" in name:
            raise InvalidValueError(
                f"The node name {name!r} has spaces at its ends or a line break, which the files of CellBox "
                "cannot hold. Rename the node."
            )


def _digits(value: float) -> str:
    return "" if np.isnan(value) else repr(float(value))  # repr is the shortest text that gives the same bits


def _to_text(rows: Sequence[Sequence[str]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def _read_rows(path: Path) -> list[list[str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise FileFormatError(f"{str(path)!r} is no CSV text: {error}.") from None


def _to_numbers(path: Path, rows: list[list[str]], *, first_line: int, first_column: int) -> np.ndarray:
    width = len(rows[0])
    matrix = np.empty((len(rows), width))
    for i, row in enumerate(rows):
        if len(row) != width:
            raise FileFormatError(
                f"{path.name!r} has {len(row)} fields in row {i + first_line}, but {width} in the first; "
                "wanted as many in each."
            )
        try:
            matrix[i] = [number_in(text) if text.strip() else np.nan for text in row]
        except ValueError:
            j = next(j for j, text in enumerate(row) if not _is_number(text))
            hint = " It seems to have a header; wanted none." if i == 0 and first_line == 1 else ""
            raise FileFormatError(
                f"{path.name!r} has {row[j]!r} in row {i + first_line}, column {j + first_column}; wanted a "
                f"number.{hint}"
            ) from None
    return matrix


def _is_number(text: str) -> bool:
    try:
        number_in(text.strip() or "nan")
    except ValueError:
        return False
    return True


def _read_sparse(path: Path) -> np.ndarray:
    import zipfile
    import zlib

    from scipy import sparse

    try:
        with path.open("rb") as file:
            return np.asarray(sparse.load_npz(file).toarray(), dtype=float)
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise FileFormatError(f"{str(path)!r} is no sparse matrix of SciPy: {error}.") from None
