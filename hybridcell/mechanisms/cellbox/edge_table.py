"""Reading known edges from tables and files."""

from __future__ import annotations

import csv
import os
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybridcell._core.errors import DataError, FileFormatError, InvalidValueError, nearest, unknown_name
from hybridcell.mechanisms.cellbox.edge_graphml import read_graphml
from hybridcell.mechanisms.cellbox.omnipath import from_omnipath, is_omnipath

if TYPE_CHECKING:
    import pandas as pd

_SIGNS = {
    "+": 1.0, "1": 1.0, "+1": 1.0, "1.0": 1.0, "activates": 1.0, "stimulates": 1.0, "activation": 1.0,
    "stimulation": 1.0,
    "-": -1.0, "-1": -1.0, "-1.0": -1.0, "inhibits": -1.0, "inhibition": -1.0,
    "": 0.0, "0": 0.0, "0.0": 0.0, "?": 0.0, "nan": 0.0, "interacts": 0.0,
}  # fmt: skip


def read_edges(edges: pd.DataFrame | str | os.PathLike[str] | Any) -> pd.DataFrame:
    """Return known edges as a table with columns source, target, sign (0 where unknown).

    A path is read by its suffix: ``.sif`` (source, relation, target, more targets...), ``.graphml`` (sign, or
    interaction, as attribute of the edges), ``.csv``, or else tab-separated with columns source, target and
    optionally sign and confidence. Tables of OmniPath (is_stimulation, is_inhibition, consensus_...,
    source_genesymbol, ...) are taken as they are. Lines that start with # are comments.

    Returns
    -------
    DataFrame
        source, target, sign, and confidence where the table has it.

    Raises
    ------
    DataError
        If the file does not exist, a sign is none, a name is empty, or a confidence is not between 0 and 1.
    FileFormatError
        If the file is not the table that it should be.
    UnknownNameError
        If the table has no column source or target.

    Examples
    --------
    >>> read_edges([{"source": "MEK", "target": "ERK", "sign": "activates"}]).values.tolist()
    [['MEK', 'ERK', 1.0]]
    """
    import pandas as pd

    if isinstance(edges, str | os.PathLike):
        table = _read_file(Path(edges))
    elif isinstance(edges, pd.DataFrame | dict) or (
        isinstance(edges, list | tuple) and all(isinstance(edge, dict) for edge in edges)
    ):
        table = pd.DataFrame(edges).copy()
    elif isinstance(held := getattr(edges, "edges", None), pd.DataFrame):
        table = held.copy()
    else:
        raise InvalidValueError(
            f"The prior is a {type(edges).__name__}; wanted a DataFrame with columns source, target and "
            "sign, or the path of a .tsv, .csv, .sif or .graphml file."
        )
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise DataError(f"The prior has the column {twice[0]!r} twice; wanted each once.")
    if is_omnipath(table):
        table = from_omnipath(table)
    for column in ("source", "target"):
        if column not in table.columns:
            raise unknown_name("column of the prior table", column, list(map(str, table.columns)))
    if "sign" not in table.columns:
        table["sign"] = 0
    words = table["sign"].astype(str).str.strip().str.casefold()
    for unknown in sorted(set(words) - set(_SIGNS)):
        guess = nearest(unknown, [word for word in _SIGNS if word])
        hint = f" Did you mean {guess!r}?" if guess else ""
        raise DataError(f"The prior has sign {unknown!r}; wanted +1, -1 or 0 (or activates, inhibits).{hint}")
    table["sign"] = [_SIGNS[w] for w in words]
    for end in ("source", "target"):
        table[end] = _names(end, table[end].tolist())
    columns = ["source", "target", "sign"]
    if "confidence" in table.columns:
        table["confidence"] = _confidence(table["confidence"].tolist())
        columns.append("confidence")
    return table.loc[:, columns].reset_index(drop=True)


def sign_of(word: Any, otherwise: Any = None) -> Any:
    """Return the sign that a word says ("activates", "-", "?"), or something else where it says none."""
    return _SIGNS.get(str(word).strip().casefold(), otherwise) if word is not None else otherwise


def _names(end: str, column: list[Any]) -> list[str]:
    empty = [k for k, name in enumerate(column) if name is None or name != name or not str(name)]
    if empty:
        raise DataError(f"Row {empty[0] + 1} of the prior has no {end}; wanted the name of a node.")
    return [str(name) for name in column]


def _confidence(column: list[Any]) -> list[float]:
    values = []
    for given in column:
        try:
            value = 1.0 if given == "" else float(given)
        except (TypeError, ValueError):
            value = 0.0
        if not 0.0 < value <= 1.0:
            raise DataError(f"A confidence of the prior is {given!r}; wanted a number above 0, up to 1.")
        values.append(value)
    return values


def _read_file(path: Path) -> pd.DataFrame:
    import pandas as pd

    if not os.path.isfile(path):
        raise DataError(f"There is no prior file {str(path)!r}.")
    if path.suffix.lower() == ".graphml":
        return _from_graphml(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise FileFormatError(f"{str(path)!r} is no UTF-8 text; wanted a table of edges.") from None
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    suffix = path.suffix.lower()
    if suffix == ".sif":
        return _read_sif(lines, path)
    if not lines:
        raise FileFormatError(f"{str(path)!r} is empty; wanted a header with source, target and sign.")
    try:
        header, *rows = csv.reader(lines, delimiter="," if suffix == ".csv" else "\t")
    except csv.Error as error:
        raise FileFormatError(f"{str(path)!r} cannot be read as a table of edges: {error}.") from None
    for row in rows:
        if len(row) > len(header):
            raise FileFormatError(
                f"{str(path)!r} has {len(row)} cells in {row}; its header has {len(header)}."
            )
    names = [name.strip() for name in header]
    return pd.DataFrame(
        [dict(zip_longest(names, row, fillvalue="")) for row in rows], columns=pd.Index(names)
    )


def _from_graphml(path: Path) -> pd.DataFrame:
    import pandas as pd

    graph = read_graphml(path)
    if not graph.directed:
        raise FileFormatError(f"{str(path)!r} is a graph without directions; wanted directed edges.")
    rows = []
    for source, target, about in graph.edges:
        row = {"source": graph.name(source), "target": graph.name(target)}
        row["sign"] = about.get("sign", about.get("interaction", 0))
        if "confidence" in about:
            row["confidence"] = about["confidence"]
        rows.append(row)
    table = pd.DataFrame(rows, columns=None if rows else pd.Index(["source", "target", "sign"]))
    if "confidence" in table.columns:
        table["confidence"] = table["confidence"].fillna(1.0)
    return table


def _read_sif(lines: list[str], path: Path) -> pd.DataFrame:
    """Read the simple interaction format as Cytoscape does: with tabs in the file, names may hold spaces."""
    import pandas as pd

    tabs = any("\t" in line for line in lines)
    rows: list[tuple[str, str, str]] = []
    for line in lines:
        cells = [cell.strip() for cell in (line.split("\t") if tabs else line.split())]
        if len(cells) == 2:
            raise FileFormatError(f"{str(path)!r} has the line {line!r}; wanted source, relation, target.")
        rows.extend((cells[0], cells[1], target) for target in cells[2:])
    return pd.DataFrame(rows, columns=pd.Index(["source", "sign", "target"]))
