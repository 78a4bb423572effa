"""The interaction graph as a table with questions to ask."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from hybridcell._core.ensemble import Ensemble
from hybridcell._core.errors import InvalidValueError, check_choice, unknown_name
from hybridcell._core.files import write_text
from hybridcell._core.html import card, table
from hybridcell._core.html_page import HtmlPage
from hybridcell.graph.comparison import Comparison, compare
from hybridcell.graph.difference import difference
from hybridcell.graph.explanation import Explanation, explain
from hybridcell.graph.formats import to_networkx, write_graph
from hybridcell.graph.page import graph_page
from hybridcell.graph.paths import strongest_paths
from hybridcell.graph.table import interval

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

_WHAT = {
    "structural": "weights W",
    "response": "local responses R = (epsilon / alpha) W",
    "local": "Jacobian at the steady state, divided by alpha",
    "global": "responses of the steady state",
}
_PATH_COLUMNS = ["path", "nodes", "sign", "weight", "length", "sign_stability"]


@dataclass(frozen=True, eq=False)
class Interactions:
    """Signed, weighted edges between the nodes of a model; made by `hc.interactions`.

    Attributes
    ----------
    nodes : DataFrame
        name, kind; in the order of the model.
    edges : DataFrame
        Strongest first: source, target, sign (of the weight: +1, -1 or 0), weight (median over members),
        lower and upper (central quantiles of the members at `level`), sign_stability (share of members with
        the majority sign), selection (share of members in which \\|weight\\| exceeds a tenth of the member's
        99th percentile), in_prior, neural_share (share of the local effect that the neural part supplies).
        What needs several members is NaN for a single model.
    kind : str
        What a weight is: "structural", "response", "local" or "global".
    level : float
        Share of members between lower and upper.
    at : str
        Where it was linearized.
    possible : ndarray of bool, shape (n, n)
        ``possible[i, j]``: the model could have an edge j -> i. What `compare` ranks.
    members : ndarray, shape (M, E)
        Each member's weight of each edge, in the order of `edges`.

    Examples
    --------
    >>> import hybridcell as hc
    >>> model = hc.CellBox(["RAF", "ERK", "growth", "aRAF"], ["protein", "protein", "phenotype", "drug"],
    ...                    [[0, -0.2, 0, 0.9], [0.8, 0, 0, 0], [0, 0.5, 0, 0], [0, 0, 0, 0]])
    >>> graph = hc.interactions(model)
    >>> graph
    Interactions(structural, 4 nodes, 4 edges, 1 member)
    >>> graph.regulators("RAF")["source"].tolist()
    ['aRAF', 'ERK']
    >>> graph.paths("aRAF", "growth")["path"].tolist()
    ['aRAF → RAF → ERK → growth']
    """

    #: Files hold the graph, not the fits behind it.
    derived: ClassVar[tuple[str, ...]] = ("_ensemble",)

    nodes: pd.DataFrame
    edges: pd.DataFrame
    kind: str
    level: float
    at: str
    possible: np.ndarray
    members: np.ndarray
    _ensemble: Ensemble | None = field(default=None, repr=False)

    @property
    def n_members(self) -> int:
        """Number of models behind each edge."""
        return len(self.members)

    def regulators(self, node: str) -> pd.DataFrame:
        """Return the edges into a node, strongest first.

        Raises
        ------
        UnknownNameError
            When there is no such node.
        """
        self._check_node(node)
        return self.edges.iloc[np.flatnonzero(self.edges["target"] == node)].reset_index(drop=True)

    def targets(self, node: str) -> pd.DataFrame:
        """Return the edges out of a node, strongest first.

        Raises
        ------
        UnknownNameError
            When there is no such node.
        """
        self._check_node(node)
        return self.edges.iloc[np.flatnonzero(self.edges["source"] == node)].reset_index(drop=True)

    def paths(self, a: str, b: str, k: int = 5, max_length: int = 6) -> pd.DataFrame:
        """Return the strongest paths from a to b that visit no node twice.

        Parameters
        ----------
        a, b : str
            Two different nodes.
        k : int
            Number of paths.
        max_length : int
            Most edges in a path.

        Returns
        -------
        DataFrame
            By falling strength: path (readable; ``→`` activates, ``⊣`` inhibits), nodes (tuple), sign, weight
            (signed product of the weights), length (edges), sign_stability (of the least stable edge).

        Raises
        ------
        UnknownNameError
            When a node does not exist.
        InvalidValueError
            On a graph of global effects, each of which is a sum over paths already.
        NotConvergedError
            When there are too many paths to search; filter first.
        """
        if self.kind == "global":
            raise InvalidValueError(
                "Global effects are sums over paths already; ask hc.interactions(model, kind='local')."
            )
        self._check_node(a)
        self._check_node(b)
        if a == b:
            raise InvalidValueError(f"a and b are both {a!r}; wanted two different nodes.")
        for name, value in (("k", k), ("max_length", max_length)):
            if not (isinstance(value, int | np.integer) and value > 0):
                raise InvalidValueError(f"{name} is {value!r}; wanted a positive whole number.")
        names = list(self.nodes["name"])
        weights = self._matrix("weight")
        found = strongest_paths(
            np.abs(weights), names.index(a), names.index(b), k=int(k), max_length=int(max_length)
        )
        return _path_table(found, names, weights, self._matrix("sign_stability"))

    def why(self, readout: str, perturbation: Any, *, k: int = 10, max_length: int = 6) -> Explanation:
        """Return which paths carry the predicted effect of a perturbation on a readout, adding up to it.

        Parameters
        ----------
        readout : str
            A node.
        perturbation : conditions
            One condition, such as ``{"aMEK": -1.0}`` or ``{"aMEK": -1.0, "aBRAF": -0.5}``.
        k : int
            Number of paths that are told one by one; the rest is one row.
        max_length : int
            Most edges in such a path.

        Returns
        -------
        Explanation
            Of the whole model, whatever edges this graph shows.

        Raises
        ------
        UnknownNameError, InvalidValueError
            On an unknown node; on several conditions or none; on a graph that was read without its model.
        NotConvergedError
            When the model does not settle on the way, or jumps to another steady state.

        References
        ----------
        Mason, Proc. IRE 44 (1956) 920-926, for the sum over paths; Sundararajan, Taly and Yan, ICML 2017,
        for the integral along the dose.

        Examples
        --------
        >>> import hybridcell as hc
        >>> model = hc.CellBox(["RAF", "ERK", "growth", "aRAF"], ["protein", "protein", "phenotype", "drug"],
        ...                    [[0, -0.2, 0, 0.9], [0.8, 0, 0, 0], [0, 0.5, 0, 0], [0, 0, 0, 0]])
        >>> why = hc.interactions(model).why("growth", {"aRAF": -0.5})
        >>> why.paths["path"].tolist()
        ['aRAF → RAF → ERK → growth', 'all other paths']
        >>> bool(abs(why.paths["effect"].sum() - why.effect) < 1e-9)
        True
        """
        if self._ensemble is None:
            raise InvalidValueError(
                "This graph has edges but no model, so there is no predicted effect to explain. Take "
                "hc.interactions(model)."
            )
        return explain(self._ensemble, readout, perturbation, k=k, max_length=max_length)

    def filter(
        self,
        *,
        confidence: float | None = None,
        min_weight: float | None = None,
        min_stability: float | None = None,
        min_selection: float | None = None,
        per_target: int | None = None,
        top: int | None = None,
        kinds: Iterable[str | tuple[str, str]] | None = None,
    ) -> Interactions:
        """Return the graph with fewer edges.

        Parameters
        ----------
        confidence : float, optional
            Keep edges whose central interval over members at this level does not contain 0.
        min_weight : float, optional
            Least \\|weight\\|.
        min_stability, min_selection : float, optional
            Least sign_stability, least selection.
        per_target : int, optional
            Number of strongest regulators to keep of each node, after the other filters.
        top : int, optional
            Number of strongest edges to keep, last of all.
        kinds : iterable, optional
            Pairs (source kind, target kind) to keep; a single word means edges within that kind. Unlike the
            others this also narrows `possible`, so that `compare` asks about these pairs only.

        Raises
        ------
        InvalidValueError
            When the graph of a single model is asked for what needs an ensemble.
        """
        keep = np.ones(len(self.edges), dtype=bool)
        if confidence is not None:
            keep &= self._clear_of_zero(confidence)
        for column, least in (("sign_stability", min_stability), ("selection", min_selection)):
            if least is not None:
                self._need_members(column)
                keep &= self.edges[column].to_numpy() >= least
        if min_weight is not None:
            keep &= np.abs(self.edges["weight"].to_numpy()) >= min_weight
        possible = self.possible
        if kinds is not None:
            possible = possible & self._between(kinds)
            keep &= possible[self._ends()]
        for name, value in (("per_target", per_target), ("top", top)):
            if value is not None and not (isinstance(value, int | np.integer) and value >= 0):
                raise InvalidValueError(f"{name} is {value!r}; wanted a number of edges, 0 or more.")
        rows = np.flatnonzero(keep)
        if per_target is not None:
            rank = self.edges.iloc[rows].groupby("target").cumcount().to_numpy()
            rows = rows[rank < per_target]
        rows = rows[:top]
        return replace(
            self,
            edges=self.edges.iloc[rows].reset_index(drop=True),
            members=self.members[:, rows],
            possible=possible,
        )

    def compare(self, edges: Any) -> Comparison:
        """Compare with known edges.

        Parameters
        ----------
        edges : DataFrame, path or Interactions
            Columns source, target and, where known, sign; files .tsv, .csv, .sif, .graphml or .json.

        Returns
        -------
        Comparison
            Precision, recall, AUPR, AUROC, sign agreement, novel and missing edges.

        Raises
        ------
        DataError
            When no known edge is possible in this graph, as when the names are of another kind.

        Examples
        --------
        >>> import hybridcell as hc, pandas as pd
        >>> model = hc.CellBox(["a", "b", "c"], ["protein"] * 3, [[0, 0.9, 0.1], [0, 0, -0.8], [0, 0, 0]])
        >>> known = pd.DataFrame({"source": ["b", "c"], "target": ["a", "b"], "sign": [1, -1]})
        >>> hc.interactions(model).compare(known).aupr
        1.0
        """
        return compare(self, edges)

    def diff(self, other: Interactions) -> pd.DataFrame:
        """Return how the edges differ from those of another graph, largest change first.

        Parameters
        ----------
        other : Interactions
            Of the same kind, for example of another cell line. Compared are edges between common nodes.

        Returns
        -------
        DataFrame
            source, target, weight, other_weight (0 where an edge is missing), change (other minus this),
            sign_flip, separated (the intervals do not overlap; False where one has no interval).

        Raises
        ------
        InvalidValueError
            When the graphs are of different kinds or have fewer than two nodes in common.
        """
        return difference(self, other)

    def to_networkx(self) -> nx.DiGraph:
        """Return a directed graph with kind on the nodes and all columns that are not NaN on the edges."""
        return to_networkx(self)

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write the graph in the format that the suffix names, wholly or not at all.

        ``.graphml`` (networkx, Cytoscape, Gephi), ``.sif`` (source, activates | inhibits | interacts, target;
        tab-separated), ``.tsv`` (all columns), ``.json`` (Cytoscape JSON).

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

    def __len__(self) -> int:
        return len(self.edges)

    def __repr__(self) -> str:
        members = f"{self.n_members} member{'s' if self.n_members != 1 else ''}"
        return f"Interactions({self.kind}, {len(self.nodes)} nodes, {len(self)} edges, {members})"

    def _repr_html_(self) -> str:
        facts = {
            "weights": f"{self.kind}: {_WHAT[self.kind]}",
            "at": self.at,
            "nodes": len(self.nodes),
            "edges": f"{len(self):,} of {int(self.possible.sum()):,} possible",
            "members": self.n_members,
        }
        shown = ["source", "target", "weight", "lower", "upper", "sign_stability"]
        rows = [
            [v if isinstance(v, str) else f"{v:.3g}" for v in row]
            for row in self.edges[shown].head(10).itertuples(index=False)
        ]
        return card("Interactions", facts) + table(shown, rows)

    def _check_node(self, node: str) -> None:
        if node not in set(self.nodes["name"]):
            raise unknown_name("node", node, self.nodes["name"])

    def _matrix(self, column: str) -> np.ndarray:
        """Return a column of the edges as a matrix [target, source]."""
        matrix = np.zeros((len(self.nodes), len(self.nodes)))
        matrix[self._ends()] = self.edges[column]
        return matrix

    def _ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the positions of each edge's target and source."""
        position = {name: i for i, name in enumerate(self.nodes["name"])}
        target, source = (
            np.array([position[name] for name in self.edges[end]], dtype=int) for end in ("target", "source")
        )
        return target, source

    def _need_members(self, what: str) -> None:
        if self.n_members < 2:
            raise InvalidValueError(
                f"{what} needs several members, this graph is that of a single model; use hc.fit_ensemble."
            )

    def _clear_of_zero(self, confidence: float) -> np.ndarray:
        self._need_members("confidence")
        if not 0 < confidence < 1:
            raise InvalidValueError(
                f"confidence is {confidence}; wanted a share between 0 and 1, such as 0.95."
            )
        lower, upper = interval(self.members, confidence)
        return (lower > 0) | (upper < 0)

    def _between(self, kinds: Iterable[str | tuple[str, str]]) -> np.ndarray:
        """Return the pairs [target, source] between the kinds that are named."""
        kind = self.nodes["kind"].to_numpy(dtype=object)
        keep = np.zeros((len(kind), len(kind)), dtype=bool)
        for pair in [kinds] if isinstance(kinds, str) else kinds:
            source, target = (pair, pair) if isinstance(pair, str) else pair
            for name in (source, target):
                check_choice("a kind", name, tuple(dict.fromkeys(kind)))
            keep |= (kind == target)[:, None] & (kind == source)[None, :]
        return keep


def _path_table(
    found: list[tuple[int, ...]], names: list[str], weights: np.ndarray, stability: np.ndarray
) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for path in found:
        steps = list(zip(path[1:], path[:-1]))
        weight = float(np.prod([weights[step] for step in steps]))
        text = names[path[0]]
        for step in steps:
            text += f" {'→' if weights[step] > 0 else '⊣'} {names[step[0]]}"
        rows.append(
            (text, tuple(names[i] for i in path), int(np.sign(weight)), weight, len(steps),
             min(float(stability[step]) for step in steps))
        )  # fmt: skip
    return pd.DataFrame(rows, columns=pd.Index(_PATH_COLUMNS))
