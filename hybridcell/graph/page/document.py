"""One self-contained HTML file of a graph: what the viewer draws, and the viewer."""

from __future__ import annotations

import math
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.html_page import HtmlPage, self_contained
from hybridcell.graph.layout import layered_layout

if TYPE_CHECKING:
    from hybridcell.graph.edge_graph import EdgeGraph

#: Columns of the table of edges that the viewer shows, and the words it uses for them.
_SHOWN = {
    "weight": "weight",
    "lower": "lower",
    "upper": "upper",
    "sign_stability": "same sign in",
    "selection": "selected in",
    "in_prior": "in the prior",
    "neural_share": "neural share",
}
#: Shown where they were computed.
_COMPUTED = {
    "q_value": "q-value",
    "estimate": "estimate",
    "estimate_lower": "estimate, lower",
    "estimate_upper": "estimate, upper",
}
#: Edges per node that decide where nodes stand; with all of them every node would be near every other.
_PER_NODE = 2


def graph_page(graph: EdgeGraph, *, title: str) -> HtmlPage:
    """Return the page of a graph; see `Interactions.to_html`."""
    return self_contained(
        title,
        style=_part("viewer.css"),
        body=_part("viewer.html"),
        data=_data(graph, title),
        data_id="graph-data",
        scripts=[_part("viewer.js")],
    )


def _data(graph: EdgeGraph, title: str) -> dict[str, Any]:
    names, kinds = list(graph.nodes["name"]), list(graph.nodes["kind"])
    pairs = list(zip(graph.edges["source"], graph.edges["target"]))
    place = layered_layout(names, kinds, pairs[: _PER_NODE * len(names)])
    number = {name: i for i, name in enumerate(names)}
    words = _SHOWN | {column: word for column, word in _COMPUTED.items() if _is_known(graph, column)}
    columns = [column for column in words if column in graph.edges]
    edges = [
        [number[source], number[target], *map(_plain, values)]
        for (source, target), values in zip(pairs, graph.edges[columns].itertuples(index=False))
    ]
    return {
        "title": title,
        "kind": graph.kind,
        "at": graph.at,
        "level": graph.level,
        "members": graph.n_members,
        "nodes": [[name, kind, *place[name]] for name, kind in zip(names, kinds)],
        "columns": [[column, words[column]] for column in columns],
        "edges": edges,
    }


def _is_known(graph: EdgeGraph, column: str) -> bool:
    """Return whether any edge has a number in the column."""
    return column in graph.edges and not np.isnan(graph.edges[column].to_numpy(dtype=float)).all()


def _plain(value: Any) -> Any:
    """Return a number that JSON can hold, None where there is none."""
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value


@cache
def _part(name: str) -> str:
    return files("hybridcell.graph.page").joinpath(name).read_text(encoding="utf-8")
