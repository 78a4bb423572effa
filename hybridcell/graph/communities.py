"""Modules: groups of nodes that act on each other more than on the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.number_checks import is_finite_number

if TYPE_CHECKING:
    import pandas as pd

    from hybridcell.graph.edge_graph import EdgeGraph


def find_modules(graph: EdgeGraph, *, resolution: float) -> pd.DataFrame:
    """Return the module of each node; see `Interactions.modules`."""
    import networkx as nx
    import pandas as pd

    if not (is_finite_number(resolution) and resolution > 0):
        raise InvalidValueError(f"resolution is {resolution!r}; wanted a positive number.")
    names = list(graph.nodes["name"])
    size = np.abs(graph._matrix("weight"))
    between = size + size.T  # a module does not ask which way
    network = nx.Graph()
    # whole numbers, which sort alike whatever the nodes are called
    network.add_nodes_from(range(len(names)))
    network.add_weighted_edges_from(
        (i, j, float(between[i, j])) for i in range(len(names)) for j in range(i) if between[i, j] > 0
    )
    if network.number_of_edges():
        groups = nx.community.greedy_modularity_communities(network, weight="weight", resolution=resolution)
    else:
        groups = [{i} for i in range(len(names))]
    ordered = sorted((sorted(group) for group in groups), key=lambda group: (-len(group), group))
    module = {i: number for number, group in enumerate(ordered, start=1) for i in group}
    total = between.sum(axis=1)
    inside = [between[i, list(ordered[module[i] - 1])].sum() for i in range(len(names))]
    table = pd.DataFrame(
        {
            "name": names,
            "kind": list(graph.nodes["kind"]),
            "module": [module[i] for i in range(len(names))],
            "inside": np.divide(inside, total, out=np.full(len(names), np.nan), where=total > 0),
        }
    )
    return table.sort_values(["module", "inside", "name"], ascending=[True, False, True]).reset_index(
        drop=True
    )
