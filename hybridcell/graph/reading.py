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
from hybridcell.graph.table import COLUMNS, EFFECTS
from hybridcell.mechanisms.cellbox.edge_graphml import read_graphml
from hybridcell.mechanisms.cellbox.edge_table import read_edges, sign_of
from hybridcell.mechanisms.cellbox.omnipath import is_omnipath

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
    if not os.path.isfile(path):
        raise FileFormatError(f"There is no file {str(path)!r}.")
    about, nodes, rows = _READERS[suffix](path)
    kind = str(about.get("kind", ""))
    kinds = dict(nodes)
    for row in rows:
        for end in _ENDS:
            kinds.setdefault(str(row[end]), _UNKNOWN)
    edges = _table(rows, path)
    n = len(kinds)
    return Interactions(
        nodes=pd.DataFrame({"name": list(kinds), "kind": list(kinds.values())}, dtype=object),
        edges=edges,
        kind=kind if kind in EFFECTS else "structural",  # graphs of others have words of their own
        level=_level(about.get("level", 0.95), path),
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
    numbers = _numeric(columns, path)
    weight = numbers["weight"]
    sign = np.nan_to_num(np.sign(np.where(np.isnan(numbers["sign"]), weight, numbers["sign"])))
    # a graph without weights has edges of size 1, or 0 where the sign is not known
    weight = np.where(np.isfinite(weight), weight, sign)
    in_prior = np.nan_to_num(numbers["in_prior"]).astype(bool)
    table = pd.DataFrame(
        {
            **{end: columns[end] for end in _ENDS},
            **numbers,
            "weight": weight,
            "sign": sign.astype(int),
            "in_prior": in_prior,
        },
        columns=pd.Index([*_ENDS, *numbers]),
    )
    # strongest first, as in any graph; GraphML keeps no order
    order = sorted(range(len(pairs)), key=lambda e: (-abs(weight[e]), *pairs[e]))
    return table.iloc[order].astype(dict.fromkeys(_ENDS, object)).reset_index(drop=True)


def _level(given: Any, path: Path) -> float:
    (level,) = _numbers([given], "level", path)
    if not 0 < level < 1:
        raise FileFormatError(f"{str(path)!r} has level = {given!r}; wanted a share between 0 and 1.")
    return float(level)


def _numeric(columns: dict[str, Any], path: Path) -> dict[str, np.ndarray]:
    """Return the columns of numbers; texts of other programs are left out."""
    numbers = {}
    for name, values in columns.items():
        if name in _ENDS:
            continue
        try:
            numbers[name] = _numbers(values, name, path)
        except FileFormatError:
            if name in COLUMNS:
                raise
    return numbers


def _numbers(values: list[Any], name: str, path: Path) -> np.ndarray:
    """Return a column as numbers, NaN where a cell is empty."""
    found = np.full(len(values), np.nan)
    for k, value in enumerate(values):
        if value is None or value == "":
            continue
        if isinstance(value, str) and value.casefold() in ("true", "false"):
            value = value.casefold() == "true"
        if isinstance(value, str) and name == "sign":
            value = sign_of(value, value)
        try:
            found[k] = float(value)
        except (TypeError, ValueError):
            raise FileFormatError(f"{str(path)!r} has {name} = {value!r}; wanted a number.") from None
    return found


def _from_graphml(path: Path) -> Content:
    graph = read_graphml(path)
    if not graph.directed:
        raise FileFormatError(f"{str(path)!r} is a graph without directions; wanted directed edges.")
    nodes = [(graph.name(one), str(about.get("kind", _UNKNOWN))) for one, about in graph.nodes.items()]
    rows = [_signed(more, graph.name(a), graph.name(b)) for a, b, more in graph.edges]
    return graph.about, nodes, rows


def _signed(more: dict[str, Any], source: str, target: str) -> dict[str, Any]:
    """Return a row; its sign is told by the interaction where it is not told itself."""
    told = sign_of(more.get("interaction"))
    return {**({} if told is None else {"sign": told}), **more, "source": source, "target": target}


def _from_json(path: Path) -> Content:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        elements = document["elements"]
        names = _names({str(n["data"]["id"]): n["data"].get("name") for n in elements["nodes"]})
        nodes = [
            (names[str(n["data"]["id"])], str(n["data"].get("kind", _UNKNOWN))) for n in elements["nodes"]
        ]
        rows = [dict(edge["data"]) for edge in elements["edges"]]
        ends = [(str(row["source"]), str(row["target"])) for row in rows]
        about = dict(document.get("data") or {})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FileFormatError(f"{str(path)!r} cannot be read as Cytoscape JSON: {error!r}.") from None
    found = [_signed(row, names.get(a, a), names.get(b, b)) for row, (a, b) in zip(rows, ends)]
    return about, nodes, found


def _names(given: dict[str, Any]) -> dict[str, str]:
    """Return the name of each id; Cytoscape numbers its nodes and has their names beside."""
    names = {id: str(name) if name else id for id, name in given.items()}
    return names if len(set(names.values())) == len(names) else {id: id for id in names}


def _from_tsv(path: Path) -> Content:
    import pandas as pd

    edges = read_edges(path)
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    lines = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    header, *rows = csv.reader(lines, delimiter="\t")
    names = [name.strip() for name in header]
    known = edges.drop(columns=[] if "sign" in names else "sign").to_dict("records")
    if is_omnipath(pd.DataFrame(columns=pd.Index(names))):
        return {}, [], edges.to_dict("records")  # pyright: ignore[reportReturnType]
    return {}, [], [{**dict(zip(names, row)), **ours} for row, ours in zip(rows, known)]  # pyright: ignore[reportReturnType]


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
