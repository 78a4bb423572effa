"""A shipped network of interactions with known truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import check_is_list, unknown_name
from hybridcell._core.html import card
from hybridcell.data._checks import KINDS

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class InteractionEntry:
    """A network with known truth, dx/dt = epsilon * tanh(W x + u) - alpha * x.

    Attributes
    ----------
    name, description
        What it is called and what it is.
    nodes, kinds
        n names, each with its kind: protein, gene, phenotype or drug.
    weights
        (n, n) interactions, [target, source].
    epsilon, alpha
        (n,) saturation and decay, both positive.
    edges
        DataFrame source, target, sign, weight: the non-zero weights.
    prior
        DataFrame source, target, sign: what a reader of the literature would believe, incomplete and partly
        wrong.
    drugs
        DataFrame drug, target, sign (-1 inhibits), pathway.
    reference
        DataFrame of steady states: perturbation, dose (signed strengths), then one column per node.
    about
        Everything else in `network.toml`: title, units, references.

    Examples
    --------
    >>> import hybridcell as hc
    >>> entry = hc.networks.load("mapk_pi3k")
    >>> entry.kinds.count("drug")
    9
    """

    name: str
    description: str
    nodes: tuple[str, ...]
    kinds: tuple[str, ...]
    weights: np.ndarray
    epsilon: np.ndarray
    alpha: np.ndarray
    edges: pd.DataFrame
    prior: pd.DataFrame
    drugs: pd.DataFrame
    reference: pd.DataFrame
    about: dict[str, Any]

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.nodes)

    def of_kind(self, *kinds: str) -> tuple[str, ...]:
        """Return the nodes of some kinds, in order."""
        return tuple(name for name, kind in zip(self.nodes, self.kinds) if kind in kinds)

    def readme_row(self) -> str:
        """Return the row of the table in `networks/README.md`."""
        truth = set(zip(self.edges["source"], self.edges["target"], self.edges["sign"]))
        prior = list(zip(self.prior["source"], self.prior["target"], self.prior["sign"]))
        right = sum(edge in truth for edge in prior)
        return (
            f"| `{self.name}` | {self.about['title']} | {self.n} ({self._counts()}) | {len(self.edges)} "
            f"| {len(prior)} ({right}) | {', '.join(self.of_kind('drug'))} |"
        )

    def _counts(self) -> str:
        return ", ".join(f"{self.kinds.count(kind)} {kind}" for kind in KINDS if kind in self.kinds)

    def __repr__(self) -> str:
        return f"InteractionEntry({self.name!r}: {self.n} nodes ({self._counts()}), {len(self.edges)} edges)"

    def _repr_html_(self) -> str:
        facts = {kind: ", ".join(self.of_kind(kind)) for kind in KINDS if kind in self.kinds}
        return card(self.name, {"description": self.description, **facts, "edges": len(self.edges)})


def weight_matrix(edges: pd.DataFrame, nodes: Sequence[str]) -> np.ndarray:
    """Return a table of edges as a matrix.

    Parameters
    ----------
    edges
        With the columns source, target and weight.
    nodes
        Names of the n nodes, in the order of rows and columns.

    Returns
    -------
    ndarray, shape (n, n)
        Weights [target, source], 0 where there is no edge.

    Raises
    ------
    UnknownNameError
        When an edge starts or ends at no node; the nearest is suggested.
    InvalidValueError
        When `nodes` is one text.

    Examples
    --------
    >>> import hybridcell as hc
    >>> import pandas as pd
    >>> edges = pd.DataFrame({"source": ["a"], "target": ["b"], "weight": [0.5]})
    >>> hc.networks.weight_matrix(edges, ["a", "b"]).tolist()
    [[0.0, 0.0], [0.5, 0.0]]
    """
    check_is_list("nodes", nodes)
    index = {name: i for i, name in enumerate(nodes)}
    weights = np.zeros((len(nodes), len(nodes)))
    for source, target, weight in zip(edges["source"], edges["target"], edges["weight"]):
        for name in (source, target):
            if name not in index:
                raise unknown_name("node", name, nodes)
        weights[index[target], index[source]] = weight
    return weights
