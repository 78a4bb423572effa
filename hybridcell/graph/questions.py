"""What can be asked of an interaction graph: neighbors, paths, loops, modules, knockouts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.number_checks import is_whole
from hybridcell.graph.communities import find_modules
from hybridcell.graph.cuts import knock_out
from hybridcell.graph.edge_graph import EdgeGraph
from hybridcell.graph.explanation import Explanation, explain, path_effect
from hybridcell.graph.loops import strongest_loops
from hybridcell.graph.paths import strongest_paths
from hybridcell.graph.walk_table import walk_table

if TYPE_CHECKING:
    import pandas as pd


class Questions(EdgeGraph):
    """The questions of `Interactions`."""

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
        self._need_direct("paths")
        self._check_node(a)
        self._check_node(b)
        if a == b:
            raise InvalidValueError(f"a and b are both {a!r}; wanted two different nodes.")
        _check_counts(k=k, max_length=max_length)
        names = list(self.nodes["name"])
        weights = self._matrix("weight")
        found = strongest_paths(
            np.abs(weights), names.index(a), names.index(b), k=int(k), max_length=int(max_length)
        )
        return walk_table(found, names, weights, self._matrix("sign_stability"), what="path")

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
        return explain(
            self._need_model("predicted effect to explain"), readout, perturbation, k=k, max_length=max_length
        )

    def path_effect(self, path: Sequence[str], perturbation: Any) -> pd.DataFrame:
        """Return how much of the effect of a perturbation one path carries.

        Parameters
        ----------
        path : sequence of str
            Nodes from a drug that is given to the readout, as in the column "nodes" of `paths`.
        perturbation : conditions
            One condition, such as ``{"aMEK": -1.0}``.

        Returns
        -------
        DataFrame
            One row with the columns of `Explanation.paths`: path, effect (mean over members), lower, upper,
            share (of the whole effect on the readout). All simple paths add up to the whole; see `why`.

        Raises
        ------
        UnknownNameError, InvalidValueError, NotConvergedError
            As `why`; also on a path that starts elsewhere or visits a node twice.

        Examples
        --------
        >>> import hybridcell as hc
        >>> model = hc.CellBox(["RAF", "ERK", "growth", "aRAF"], ["protein", "protein", "phenotype", "drug"],
        ...                    [[0, -0.2, 0, 0.9], [0.8, 0, 0, 0], [0.1, 0.5, 0, 0], [0, 0, 0, 0]])
        >>> part = hc.interactions(model).path_effect(("aRAF", "RAF", "growth"), {"aRAF": -0.5})
        >>> part["share"].round(2).tolist()
        [0.2]
        """
        return path_effect(self._need_model("predicted effect to split"), path, perturbation)

    def knockout(self, what: str | tuple[str, str], perturbation: Any) -> pd.DataFrame:
        """Return how the steady states move when an edge, or all edges out of a node, are taken away.

        The targets then see the source as it is in the control, whatever it does; the steady states are
        solved anew, feedback and the neural part included.

        Parameters
        ----------
        what : str or (str, str)
            A node, or an edge as (source, target).
        perturbation : conditions
            One or more, such as ``{"aMEK": -1.0}``: in the untreated control there is nothing to lose.

        Returns
        -------
        DataFrame
            For each condition, largest effect first: condition, node, kind, before, after, effect (after
            minus before; means over the members that settle both ways), lower, upper (central quantiles of
            the effect over the members at `level`; NaN for one).

        Raises
        ------
        UnknownNameError, InvalidValueError
            On an unknown node, an edge that the model cannot have, a graph that was read without its model.
        NotConvergedError
            When no member settles both with and without it.

        Examples
        --------
        >>> import hybridcell as hc
        >>> model = hc.CellBox(["RAF", "ERK", "growth", "aRAF"], ["protein", "protein", "phenotype", "drug"],
        ...                    [[0, -0.2, 0, 0.9], [0.8, 0, 0, 0], [0, 0.5, 0, 0], [0, 0, 0, 0]])
        >>> lost = hc.interactions(model).knockout(("ERK", "growth"), {"aRAF": -0.5})
        >>> lost["node"].iloc[0], lost["after"].abs().round(6).iloc[0].item()
        ('growth', 0.0)
        """
        ensemble = self._need_model("steady state to solve")
        return knock_out(ensemble, what, perturbation, possible=self.possible, level=self.level)

    def feedback_loops(self, k: int = 10, max_length: int = 6) -> pd.DataFrame:
        """Return the strongest feedback loops, each once.

        Parameters
        ----------
        k : int
            Number of loops.
        max_length : int
            Most edges in a loop.

        Returns
        -------
        DataFrame
            By falling strength: loop (readable, back to its first node), nodes (tuple), sign (-1: negative
            feedback), weight (signed product of the weights), length (edges), sign_stability (of the least
            stable edge).

        Raises
        ------
        InvalidValueError
            On a graph of global effects, which have the loops in them.
        NotConvergedError
            When there are too many loops to search; filter first.

        Examples
        --------
        >>> import hybridcell as hc
        >>> model = hc.CellBox(["RAF", "ERK"], ["protein"] * 2, [[0, -0.2], [0.8, 0]])
        >>> hc.interactions(model).feedback_loops()["loop"].tolist()
        ['RAF → ERK ⊣ RAF']
        """
        self._need_direct("loops")
        _check_counts(k=k, max_length=max_length)
        weights = self._matrix("weight")
        found = strongest_loops(np.abs(weights), k=int(k), max_length=int(max_length))
        stability = self._matrix("sign_stability")
        return walk_table(found, list(self.nodes["name"]), weights, stability, what="loop")

    def modules(self, *, resolution: float = 1.0) -> pd.DataFrame:
        """Return groups of nodes that act on each other more than on the rest.

        Parameters
        ----------
        resolution : float
            Above 1: more and smaller groups.

        Returns
        -------
        DataFrame
            name, kind, module (1 is the largest), inside (share of the node's summed |weight| that stays in
            its module); by module, then by falling share. The same graph always gives the same modules.

        Raises
        ------
        InvalidValueError
            When the resolution is not positive.

        References
        ----------
        Clauset, Newman and Moore, Phys. Rev. E 70 (2004) 066111, for the greedy search.

        Examples
        --------
        >>> import hybridcell as hc, numpy as np
        >>> weights = np.zeros((4, 4))
        >>> weights[1, 0] = weights[3, 2] = 0.9
        >>> table = hc.interactions(hc.CellBox(list("abcd"), ["protein"] * 4, weights)).modules()
        >>> dict(zip(table["name"], table["module"]))
        {'a': 1, 'b': 1, 'c': 2, 'd': 2}
        """
        return find_modules(self, resolution=resolution)

    def _need_direct(self, what: str) -> None:
        if self.kind == "global":
            raise InvalidValueError(
                f"Global effects are sums over {what} already; ask hc.interactions(model, kind='local')."
            )


def _check_counts(**counts: Any) -> None:
    for name, value in counts.items():
        if not (is_whole(value) and value > 0):
            raise InvalidValueError(f"{name} is {value!r}; wanted a positive whole number.")
