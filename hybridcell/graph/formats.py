"""Graphs in files: GraphML, SIF, TSV, Cytoscape JSON and SBML-qual out, tables of edges in."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybridcell._core.errors import InvalidValueError, check_choice
from hybridcell._core.files import replacing, write_text
from hybridcell._version import __version__
from hybridcell.graph.qual import write_qual
from hybridcell.graph.reading import read_graph
from hybridcell.mechanisms.cellbox.edge_table import read_edges

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

    from hybridcell.graph.edge_graph import EdgeGraph

RELATIONS = {1: "activates", -1: "inhibits", 0: "interacts"}
# Control characters are in no sensible name, and XML and line-based formats lose or refuse them; so are
# halves of UTF-16 pairs, which UTF-8 cannot hold. SIF has no quotes to protect tabs, spaces at the ends and
# leading hashes.
_NEVER = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u2028\u2029]")
_NOT_IN_SIF = re.compile(r"\t|^\s|\s$|^#")


def to_networkx(graph: EdgeGraph) -> nx.DiGraph:
    """Return a DiGraph of plain Python values; see `Interactions.to_networkx`."""
    import networkx as nx

    network = nx.DiGraph(kind=graph.kind, level=graph.level, members=graph.n_members, at=graph.at)
    for name, kind in zip(graph.nodes["name"], graph.nodes["kind"]):
        network.add_node(name, name=name, kind=kind)
    for row in _rows(graph):
        source, target = row.pop("source"), row.pop("target")
        network.add_edge(source, target, interaction=RELATIONS[row["sign"]], **row)
    return network


def write_graph(graph: EdgeGraph, path: str | os.PathLike[str]) -> Path:
    """Write a graph in the format of the suffix; see `Interactions.write`."""
    path = Path(path)
    suffix = check_choice(f"The suffix of {path.name!r}", path.suffix.lower(), tuple(_WRITERS))
    refused = [_NEVER, _NOT_IN_SIF] if suffix == ".sif" else [_NEVER]
    for name in graph.nodes["name"]:
        for pattern in refused:
            found = pattern.search(name)
            if found:
                raise InvalidValueError(
                    f"The node name {name!r} has {found.group()!r} where a {suffix} file cannot "
                    "hold it. Rename the node, or choose another format."
                )
    _WRITERS[suffix](graph, path)
    return path


def read_edge_table(edges: Any) -> pd.DataFrame:
    """Return known edges as a table with columns source, target, sign (0 where unknown).

    Parameters
    ----------
    edges : DataFrame or path
        What `hybridcell.mechanisms.cellbox.edge_table.read_edges` takes, and .graphml, .json and SBML-qual
        files as `Interactions.write` makes them.
    """
    suffix = Path(edges).suffix.lower() if isinstance(edges, str | os.PathLike) else ""
    return read_graph(edges).edges if suffix in (".graphml", ".json", ".sbml", ".xml") else read_edges(edges)


def _rows(graph: EdgeGraph) -> Iterable[dict[str, Any]]:
    """Yield the edges as plain Python values; NaN is left out, because each format spells it differently."""
    for row in graph.edges.to_dict("records"):
        row = {str(k): v.item() if hasattr(v, "item") else v for k, v in row.items()}
        yield {k: v for k, v in row.items() if not (isinstance(v, float) and math.isnan(v))}


def _write_graphml(graph: EdgeGraph, path: Path) -> None:
    import networkx as nx

    network = to_networkx(graph)
    with replacing(path) as temporary:
        nx.write_graphml_xml(network, temporary)


def _write_sif(graph: EdgeGraph, path: Path) -> None:
    rows = zip(graph.edges["source"], graph.edges["sign"], graph.edges["target"])
    write_text(path, "".join(f"{source}\t{RELATIONS[sign]}\t{target}\n" for source, sign, target in rows))


def _write_tsv(graph: EdgeGraph, path: Path) -> None:
    columns = list(graph.edges.columns)
    lines = ["\t".join(columns)]
    for row in _rows(graph):
        lines.append("\t".join(_cell(row.get(column, "")) for column in columns))
    write_text(path, "\n".join(lines) + "\n")


def _cell(value: Any) -> str:
    if isinstance(value, str):
        plain = not re.search('["\t#]|^\\s|\\s$', value)
        return value if plain else '"' + value.replace('"', '""') + '"'
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _write_json(graph: EdgeGraph, path: Path) -> None:
    nodes = [
        {"data": {"id": name, "value": name, "name": name, "kind": kind}}
        for name, kind in zip(graph.nodes["name"], graph.nodes["kind"])
    ]
    edges = [
        {"data": {"id": f"e{i}", "interaction": RELATIONS[row["sign"]], **_spelled(row)}}
        for i, row in enumerate(_rows(graph))
    ]
    document = {
        "format_version": "1.0",
        "generated_by": f"hybridcell-{__version__}",
        "target_cytoscapejs_version": "~2.1",
        "data": {
            "name": "interactions",
            "kind": graph.kind,
            "level": graph.level,
            "members": graph.n_members,
            "at": graph.at,
        },
        "elements": {"nodes": nodes, "edges": edges},
    }
    write_text(path, json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n")


def _spelled(row: dict[str, Any]) -> dict[str, Any]:
    """Return what JSON has a form for: infinite numbers are texts, which the reader takes as numbers."""
    return {k: str(v) if isinstance(v, float) and math.isinf(v) else v for k, v in row.items()}


def _write_sbml(graph: EdgeGraph, path: Path) -> None:
    write_qual(graph, list(_rows(graph)), path)


_WRITERS: dict[str, Callable[[EdgeGraph, Path], None]] = {
    ".graphml": _write_graphml,
    ".sif": _write_sif,
    ".tsv": _write_tsv,
    ".json": _write_json,
    ".sbml": _write_sbml,
    ".xml": _write_sbml,
}
