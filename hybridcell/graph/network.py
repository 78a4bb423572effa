"""The interaction graph as a table with questions to ask."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import InvalidValueError, check_choice
from hybridcell._core.number_checks import checked_share, is_finite_number, is_whole, plain
from hybridcell.graph.comparison import Comparison, compare
from hybridcell.graph.difference import difference
from hybridcell.graph.evidence import with_evidence
from hybridcell.graph.exports import Exports
from hybridcell.graph.questions import Questions
from hybridcell.graph.reading import read_graph
from hybridcell.graph.table import interval

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class Interactions(Questions, Exports):
    """Signed, weighted edges between the nodes of a model; made by `hc.interactions`.

    Attributes
    ----------
    nodes : DataFrame
        name, kind; in the order of the model.
    edges : DataFrame
        Strongest first: source, target, sign (of the weight: +1, -1 or 0), weight (median over members),
        lower and upper (central quantiles of the members at `level`: the spread of the fits), sign_stability
        (share of members with the majority sign), selection (share of members in which \\|weight\\| exceeds a
        tenth of the member's 99th percentile), in_prior, prior_share (share of the weight that a table of
        drug targets supplies; NaN where a prior only pulls), neural_share (share of the local effect that the
        neural part supplies), q_value (NaN before `significance`, which also adds estimates with intervals).
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

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Interactions:
        """Read a graph from a file that `write` made, or that another program made in one of its formats.

        Parameters
        ----------
        path : path
            ``.graphml``, ``.json`` (Cytoscape), ``.tsv``, ``.sif``, ``.sbml`` or ``.xml`` (SBML-qual).

        Returns
        -------
        Interactions
            Without the models behind it: paths, loops, modules, comparisons and files work, `why`, `knockout`
            and `significance` do not. What the file does not say is NaN; a node without kind is a protein;
            an edge without weight has its sign as weight.

        Raises
        ------
        FileFormatError
            On a missing file, or one that is not what its suffix says.
        DataError
            On an edge that comes twice, or leads from a node to itself.

        Examples
        --------
        >>> import hybridcell as hc, pathlib, tempfile
        >>> model = hc.CellBox(["a", "d"], ["protein", "drug"], [[0, -1.0], [0, 0]])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = hc.interactions(model).write(pathlib.Path(folder) / "graph.json")
        ...     hc.Interactions.read(path).edges[["source", "target", "weight"]].values.tolist()
        [['d', 'a', -1.0]]
        """
        return read_graph(path)

    def filter(
        self,
        *,
        confidence: float | None = None,
        min_weight: float | None = None,
        min_stability: float | None = None,
        min_selection: float | None = None,
        q: float | None = None,
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
        q : float, optional
            Share of false edges to accept: keeps those with q_value at most this. Needs `significance`.
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
            When the graph of a single model is asked for what needs an ensemble, or a bound is no number.
        """
        least_of = {"min_weight": min_weight, "min_stability": min_stability, "min_selection": min_selection}
        for name, least in least_of.items():
            if least is not None and not is_finite_number(plain(least)):
                raise InvalidValueError(f"{name} is {least!r}; wanted a number, or None for all edges.")
        keep = np.ones(len(self.edges), dtype=bool)
        if confidence is not None:
            keep &= self._clear_of_zero(confidence)
        for column, least in (("sign_stability", min_stability), ("selection", min_selection)):
            if least is not None:
                self._need_members(column)
                keep &= self.edges[column].to_numpy() >= least
        if q is not None:
            keep &= self._q_values(q) <= q
        if min_weight is not None:
            keep &= np.abs(self.edges["weight"].to_numpy()) >= min_weight
        possible = self.possible
        if kinds is not None:
            possible = possible & self._between(kinds)
            keep &= possible[self._ends()]
        for name, value in (("per_target", per_target), ("top", top)):
            if value is not None and not (is_whole(value) and value >= 0):
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
            Columns source, target and, where known, sign; or a file as `write` makes it, or .csv.

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

    def significance(
        self,
        data: Any = None,
        *,
        prior_sd: float = 2.0,
        max_steps: int = 40,
        progress: bool | None = None,
    ) -> Interactions:
        """Return the graph with a q-value and an interval of each edge, from the data.

        Parameters
        ----------
        data : AnnData or PerturbationData, optional
            A screen of steady states; default: the one that the models were fitted to.
        prior_sd : float
            Standard deviation of the local response R of an edge before any data (dimensionless). It must
            not be below what edges can be: small values hide that two sources cannot be told apart.
        max_steps : int
            Most steps of the search for the best network, from the best member on.
        progress : bool, optional

        Returns
        -------
        Interactions
            With the columns q_value (the share of false edges among those that are at least as sure),
            estimate (of the weight, without the shrinkage of the fit), estimate_lower and estimate_upper
            (between which the weight lies with probability `level`, for a model of the right form).

        Raises
        ------
        InvalidValueError
            On global or local effects, on a graph without its model, on a model that is no CellBox.
        DataError
            Where there are no data, or time points in them.
        NotConvergedError
            When the model settles under no condition.

        Notes
        -----
        All edges that may exist are estimated together by least squares on the steady states, each with a
        wide normal prior; a q-value is that of the test that the edge is 0 given all others. A fit that
        spreads an effect over several sources, or gives a drug the effect of its target, is not taken for
        proof: such edges have wide intervals. A comparison with fits to shuffled conditions would call them,
        because shuffling breaks every effect, also those that are indirect. The cost grows
        with the cube of the number of edges: seconds for 300; 8,000 take more than a quarter of an hour.

        References
        ----------
        Benjamini and Yekutieli, Annals of Statistics 29 (2001) 1165-1188, for q-values of tests that depend.

        Examples
        --------
        >>> import hybridcell as hc, jax.random as jr
        >>> from hybridcell.data import random_network
        >>> screen = hc.data.simulate_screen(random_network(4, 1, 3, seed=1), seed=1)
        >>> fitted = hc.fit(hc.CellBox.from_data(screen, key=jr.key(0)), screen, key=jr.key(1))
        >>> graph = hc.interactions(fitted).significance()
        >>> bool(graph.filter(q=0.1).edges["q_value"].max() <= 0.1)
        True
        """
        return with_evidence(self, data, prior_sd=prior_sd, max_steps=max_steps, progress=progress)

    def _q_values(self, q: float) -> np.ndarray:
        q = checked_share("q", q, 0.1)
        found = self.edges["q_value"].to_numpy(float) if "q_value" in self.edges else np.full(1, np.nan)
        if np.isnan(found).all() and len(self):
            raise InvalidValueError("The edges have no q-values yet; ask graph.significance().filter(q=0.1).")
        return found if len(self) else np.zeros(0)

    def _clear_of_zero(self, confidence: float) -> np.ndarray:
        self._need_members("confidence")
        confidence = checked_share("confidence", confidence, 0.95)
        lower, upper = interval(self.members, confidence)
        return (lower > 0) | (upper < 0)

    def _between(self, kinds: Iterable[str | tuple[str, str]]) -> np.ndarray:
        """Return the pairs [target, source] between the kinds that are named."""
        kind = self.nodes["kind"].to_numpy(dtype=object)
        keep = np.zeros((len(kind), len(kind)), dtype=bool)
        if not isinstance(kinds, Iterable):
            raise InvalidValueError(
                f"kinds is {kinds!r}; wanted kinds or pairs of them, such as ['protein']."
            )
        for pair in [kinds] if isinstance(kinds, str) else kinds:
            one = (pair, pair) if isinstance(pair, str) else pair
            if not isinstance(one, Sequence) or len(one) != 2:
                raise InvalidValueError(
                    f"{pair!r} in kinds is neither a kind nor two: source and target, as ('drug', 'protein')."
                )
            source, target = one
            for name in (source, target):
                check_choice("a kind", name, tuple(dict.fromkeys(kind)))
            keep |= (kind == target)[:, None] & (kind == source)[None, :]
        return keep
