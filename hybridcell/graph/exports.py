"""An interaction graph in other forms: networkx, files, a page, a card."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from hybridcell._core.files import write_text
from hybridcell._core.html import card, table
from hybridcell._core.html_page import HtmlPage
from hybridcell.graph.edge_graph import EdgeGraph
from hybridcell.graph.formats import to_networkx, write_graph
from hybridcell.graph.page import graph_page
from hybridcell.graph.table import EFFECTS

if TYPE_CHECKING:
    import networkx as nx

#: Most edges of a graph that a notebook shows as a page to click in; larger ones are a table.
_DRAWN = 300


class Exports(EdgeGraph):
    """The forms of `Interactions`."""

    def to_networkx(self) -> nx.DiGraph:
        """Return a directed graph with kind on the nodes and all columns that are not NaN on the edges."""
        return to_networkx(self)

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write the graph in the format that the suffix names, wholly or not at all.

        ``.graphml`` (networkx, Cytoscape, Gephi), ``.sif`` (source, activates | inhibits | interacts, target;
        tab-separated), ``.tsv`` (all columns), ``.json`` (Cytoscape JSON), ``.sbml`` or ``.xml`` (SBML with
        the package qual: a transition for each regulated node, with the sign of each input). All are read
        back by `read`; SIF and TSV hold no nodes without edges, and no kinds.

        Raises
        ------
        InvalidValueError
            On another suffix, or a node name that the format cannot hold; nothing is written then.

        Examples
        --------
        >>> import hybridcell as hc, pathlib, tempfile
        >>> model = hc.CellBox(["a", "d"], ["protein", "drug"], [[0, 1.0], [0, 0]])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     hc.interactions(model).write(pathlib.Path(folder) / "graph.sif").read_text()
        'd\\tactivates\\ta\\n'
        """
        return write_graph(self, path)

    def to_html(
        self, path: str | os.PathLike[str] | None = None, *, title: str = "Interaction graph"
    ) -> HtmlPage:
        """Return the graph as one page for a browser, and write it to a file if one is named.

        Pan, zoom, search; a click on a node shows its regulators and targets with their numbers. The page
        holds all it needs and loads nothing. A notebook shows what is returned in a frame.

        Parameters
        ----------
        path : path, optional
        title : str

        Returns
        -------
        HtmlPage
            The text of the page.

        Examples
        --------
        >>> import hybridcell as hc
        >>> model = hc.CellBox(["ERK", "aMEK"], ["protein", "drug"], [[0, 0.8], [0, 0]])
        >>> page = hc.interactions(model).to_html(title="MAPK")
        >>> "<title>MAPK</title>" in page, "http://" in page.replace("http://www.w3.org/2000/svg", "")
        (True, False)
        """
        page = graph_page(self, title=title)
        if path is not None:
            write_text(Path(path), page)
        return page

    def __repr__(self) -> str:
        members = f"{self.n_members} member{'s' if self.n_members != 1 else ''}"
        return f"Interactions({self.kind}, {len(self.nodes)} nodes, {len(self)} edges, {members})"

    def _repr_html_(self) -> str:
        facts = {
            "weights": f"{self.kind}: {EFFECTS[self.kind]}",
            "at": self.at,
            "nodes": len(self.nodes),
            "edges": f"{len(self):,} of {int(self.possible.sum()):,} possible",
            "members": self.n_members,
        }
        if 0 < len(self) <= _DRAWN:
            return card("Interactions", facts) + self.to_html()._repr_html_()
        shown = ["source", "target", "weight", "lower", "upper", "sign_stability"]
        rows = [
            [v if isinstance(v, str) else f"{v:.3g}" for v in row]
            for row in self.edges[shown].head(10).itertuples(index=False)
        ]
        return card("Interactions", facts) + table(shown, rows)
