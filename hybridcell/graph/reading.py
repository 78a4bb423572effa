"""Graphs from files: what `Interactions.write` writes, and what others write in these formats."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import DataError, FileFormatError, check_choice
from hybridcell.graph.qual import read_qual
from hybridcell.graph.table import COLUMNS
from hybridcell.mechanisms.cellbox.edge_graphml import read_graphml
from hybridcell.mechanisms.cellbox.edge_table import read_edges

if TYPE_CHECKING:
    import pandas as pd

    from hybridcell.graph.network import Interactions

#: What a file says: about the graph, (name, kind) of the nodes, rows of edges.
Content = tuple[dict[str, Any], list[tuple[str, str]], list[dict[str, Any]]]
_ENDS, _WORDS = ("source", "target"), ("source", "target", "interaction")
_UNKNOWN = "protein"


def read_graph(path: str | os.PathLike[str]) -> Interactions:
    """Return the graph in a file; see `Interactions.read`."""
    import pandas as pd

    from hybridcell.graph.network import Interactions

    path = Path(path)
    suffix = check_choice(f"The suffix of {path.name!r}", path.suffix.lower(), tuple(_READERS))
    if not path.is_file():
        raise FileFormatError(f"There is no file {str(path)!r}.")
    about, nodes, rows = _READERS[suffix](path)
    kinds = dict(nodes)
    for row in rows:
        for end in _ENDS:
            kinds.setdefault(str(row[end]), _UNKNOWN)
    edges = _table(rows, path)
    n = len(kinds)
    return Interactions(
        nodes=pd.DataFrame({"name": list(kinds), "kind": list(kinds.values())}, dtype=object),
        edges=edges,
        kind=str(about.get("kind", "structural")),
        level=float(about.get("level", 0.95)),
        at=str(about.get("at", "")),
        possible=~np.eye(n, dtype=bool),
        members=edges["weight"].to_numpy(dtype=float)[None],
    )


def _table(rows: list[dict[str, Any]], path: Path) -> pd.DataFrame:
    """Return the edges with all columns of a graph; what a file does not say is NaN."""
    import pandas as pd

    names = list(dict.fromkeys([*COLUMNS, *(key for row in rows for key in row)]))
    names = [name for name in names if name not in ("interaction", "id", "name", "shared name")]
    columns: dict[str, Any] = {name: [row.get(name) for row in rows] for name in names}
    pairs = list(zip(columns["source"], columns["target"]))
    for pair in dict.fromkeys(pairs):
        if pair[0] == pair[1]:
            raise DataError(
                f"{str(path)!r} has {pair[0]!r} acting on itself; a graph here has no self-edges."
            )
    if len(set(pairs)) < len(pairs):
        twice = next(pair for pair in pairs if pairs.count(pair) > 1)
        raise DataError(f"{str(path)!r} has the edge {twice[0]!r} -> {twice[1]!r} twice; keep one.")
    numbers = {name: _numbers(values, name, path) for name, values in columns.items() if name not in _ENDS}
    sign = np.nan_to_num(np.sign(numbers["sign"]))
    # a graph without weights has edges of size 1, or 0 where the sign is not known
    weight = np.where(np.isfinite(numbers["weight"]), numbers["weight"], sign)
    table = pd.DataFrame(
        {"source": columns["source"], "target": columns["target"], **numbers, "weight": weight},
        columns=pd.Index(names),
    )
    in_prior = np.nan_to_num(numbers["in_prior"]).astype(bool)
    table = table.assign(sign=sign.astype(int), in_prior=in_prior, size=np.abs(weight))
    # strongest first, as in any graph; GraphML keeps no order
    table = table.sort_values(["size", "source", "target"], ascending=[False, True, True])
    return table.drop(columns="size").astype({"source": object, "target": object}).reset_index(drop=True)


def _numbers(values: list[Any], name: str, path: Path) -> np.ndarray:
    """Return a column as numbers, NaN where a cell is empty."""
    found = np.full(len(values), np.nan)
    for k, value in enumerate(values):
        if value is None or value == "":
            continue
        if isinstance(value, str) and value.casefold() in ("true", "false"):
            value = value.casefold() == "true"
        try:
            found[k] = float(value)
        except (TypeError, ValueError):
            raise FileFormatError(f"{str(path)!r} has {name} = {value!r}; wanted a number.") from None
    return found


def _from_graphml(path: Path) -> Content:
    graph = read_graphml(path)
    nodes = [(graph.name(one), str(about.get("kind", _UNKNOWN))) for one, about in graph.nodes.items()]
    signs = {"activates": 1, "inhibits": -1}
    rows = [
        {"source": graph.name(a), "target": graph.name(b), "sign": signs.get(str(more.get("interaction")), 0)}
        | more
        for a, b, more in graph.edges
    ]
    return graph.about, nodes, rows


def _from_json(path: Path) -> Content:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        elements = document["elements"]
        nodes = [(str(n["data"]["id"]), str(n["data"].get("kind", _UNKNOWN))) for n in elements["nodes"]]
        rows = [dict(edge["data"]) for edge in elements["edges"]]
        ends = [(row["source"], row["target"]) for row in rows]
        about = dict(document.get("data") or {})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FileFormatError(f"{str(path)!r} cannot be read as Cytoscape JSON: {error!r}.") from None
    for row, (source, target) in zip(rows, ends):
        row.update(source=str(source), target=str(target))
    return about, nodes, rows


def _from_tsv(path: Path) -> Content:
    read_edges(path)  # refuses what is no table of edges
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    lines = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    header, *rows = csv.reader(lines, delimiter="\t")
    names = [name.strip() for name in header]
    return {}, [], [dict(zip(names, row)) for row in rows]


def _from_sif(path: Path) -> Content:
    return {}, [], read_edges(path).to_dict("records")  # pyright: ignore[reportReturnType]


_READERS: dict[str, Callable[[Path], Content]] = {
    ".graphml": _from_graphml,
    ".sif": _from_sif,
    ".tsv": _from_tsv,
    ".json": _from_json,
    ".sbml": read_qual,
    ".xml": read_qual,
}
