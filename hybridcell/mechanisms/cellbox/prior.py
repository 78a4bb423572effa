"""Prior knowledge as an object: `hc.read_prior`, checks against a network's names, and shuffled controls."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from jaxtyping import PRNGKeyArray

from hybridcell._core.errors import DataError, InvalidValueError, check_choice, nearest
from hybridcell._core.html import card
from hybridcell.data import shuffle_edges
from hybridcell.mechanisms.cellbox.edge_table import read_edges

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Prior:
    """Known edges, each once; made by `hc.read_prior`.

    Attributes
    ----------
    edges : DataFrame
        source, target, sign (+1, -1, or 0 where not known), confidence (above 0, up to 1).

    Examples
    --------
    >>> from hybridcell.mechanisms import read_prior
    >>> prior = read_prior([{"source": "MEK", "target": "ERK", "sign": 1}])
    >>> prior
    Prior(1 edge between 2 nodes, 1 signed)
    """

    edges: pd.DataFrame

    @property
    def names(self) -> tuple[str, ...]:
        """All nodes, in order of appearance."""
        return tuple(dict.fromkeys([*self.edges["source"], *self.edges["target"]]))

    def unknown(self, names: Iterable[str] | Any) -> pd.DataFrame:
        """Return the prior's nodes that a network does not have, with the most alike of its names.

        Parameters
        ----------
        names : sequence of str or model
            The nodes of the network.

        Returns
        -------
        DataFrame
            name, nearest ("" where nothing is alike), edges (number of edges of the prior at this node).

        Examples
        --------
        >>> from hybridcell.mechanisms import read_prior
        >>> prior = read_prior([{"source": "Mek1", "target": "ERK", "sign": 1}])
        >>> prior.unknown(["MEK1", "ERK"]).values.tolist()
        [['Mek1', 'MEK1', 1]]
        """
        import pandas as pd

        known = _node_names(names)
        rows = []
        for name in self.names:
            if name not in known:
                at = (self.edges["source"] == name) | (self.edges["target"] == name)
                rows.append((name, nearest(name, known) or "", int(at.sum())))
        return pd.DataFrame(rows, columns=pd.Index(["name", "nearest", "edges"]))

    def on(self, names: Iterable[str] | Any) -> Prior:
        """Return the edges between nodes of a network; the others are left out (see `unknown`).

        Raises
        ------
        DataError
            When none is left, as when the identifiers are of another kind.

        Examples
        --------
        >>> from hybridcell.mechanisms import read_prior
        >>> prior = read_prior({"source": ["MEK", "AKT"], "target": ["ERK", "S6"]})
        >>> prior.on(["MEK", "ERK", "growth"]).edges["target"].tolist()
        ['ERK']
        """
        known = set(_node_names(names))
        keep = [s in known and t in known for s, t in zip(self.edges["source"], self.edges["target"])]
        if not any(keep):
            pairs = [(name, nearest(name, known)) for name in self.names]
            like = next((f" Is {a!r} the network's {b!r}?" for a, b in pairs if b), "")
            raise DataError(
                f"None of the prior's {len(self.edges)} edges is between nodes of the network, whose names "
                f"are {', '.join(list(known)[:5])}, ...; those of the prior are "
                f"{', '.join(self.names[:5])}, ....{like}"
            )
        return Prior(self.edges.loc[keep].reset_index(drop=True))

    def shuffled(self, *, key: PRNGKeyArray) -> Prior:
        """Return a control: the same number of edges at every node, between other partners.

        Targets are swapped between random pairs of edges of the same sign, many times; every node keeps how
        many edges of each sign leave and enter it (see `hybridcell.data.shuffle_edges`). What a real prior
        does better than all of these (take at least five) is due to which edges it names.

        Parameters
        ----------
        key : PRNGKeyArray

        Raises
        ------
        DataError
            When no two edges can be swapped, as where all leave one node.

        References
        ----------
        Maslov and Sneppen, Science 296 (2002) 910-913.

        Examples
        --------
        >>> import jax.random as jr
        >>> from hybridcell.mechanisms import read_prior
        >>> prior = read_prior({"source": list("abc"), "target": list("xyz"), "sign": [1, 1, -1]})
        >>> control = prior.shuffled(key=jr.key(0))
        >>> sorted(control.edges["target"]) == sorted(prior.edges["target"])
        True
        """
        seed = int(jax.random.randint(key, (), 0, np.iinfo(np.int32).max))
        shuffled = shuffle_edges(self.edges, seed=seed)
        if (shuffled["target"] == self.edges["target"]).all():
            raise DataError(
                f"No two of the {len(self.edges)} edges can swap their targets, so that there is no shuffled "
                "control; wanted a prior with more edges of one sign between more nodes."
            )
        return Prior(shuffled)

    def __len__(self) -> int:
        return len(self.edges)

    def __repr__(self) -> str:
        n, signed = len(self), int(np.count_nonzero(self.edges["sign"]))
        return f"Prior({n} edge{'s' if n != 1 else ''} between {len(self.names)} nodes, {signed} signed)"

    def _repr_html_(self) -> str:
        sign = self.edges["sign"]
        facts = {
            "edges": len(self),
            "nodes": len(self.names),
            "activate / inhibit / unsigned": f"{(sign > 0).sum()} / {(sign < 0).sum()} / {(sign == 0).sum()}",
            "confidence": f"{self.edges['confidence'].min():.2g} to {self.edges['confidence'].max():.2g}"
            if len(self)
            else "",
        }
        return card("Prior", facts)


def read_prior(edges: Any, *, conflicts: str = "error", self_loops: str = "error") -> Prior:
    """Read known edges from a file or a table.

    Parameters
    ----------
    edges : path, DataFrame, dict or list of dict
        ``.sif``, ``.tsv``, ``.csv`` or ``.graphml``, or a table: columns source, target and, where known,
        sign (+1, -1, 0 or words such as "activates") and confidence. Tables of OmniPath are taken as they
        are: gene symbols as names, the sign of the consensus, else of the plain flags.
    conflicts : {"error", "unsigned"}
        What to do where two rows give one edge both signs: refuse, or keep it without a sign. (A row of
        OmniPath that has both flags has no sign in any case.)
    self_loops : {"error", "drop"}
        What to do with a node that acts on itself, which no network here can hold.

    Returns
    -------
    Prior
        For ``CellBox.from_data(screen, prior=prior.on(screen.var_names), ...)``. Rows of the same edge are
        one: with the sign that any of them has, and the largest confidence.

    Raises
    ------
    DataError
        On a missing file, an unknown sign, an empty name, a confidence outside (0, 1], both signs, a
        self-loop.
    FileFormatError
        On a file that is not what its suffix says.
    UnknownNameError
        On a table without source or target.

    References
    ----------
    Türei, Korcsmáros and Saez-Rodriguez, Nature Methods 13 (2016) 966-967, for OmniPath.

    Examples
    --------
    >>> import pandas as pd
    >>> from hybridcell.mechanisms import read_prior
    >>> table = pd.DataFrame({"source_genesymbol": ["MAP2K1", "PTEN"], "target_genesymbol": ["MAPK1", "AKT1"],
    ...                       "is_stimulation": [1, 0], "is_inhibition": [0, 1]})
    >>> read_prior(table).edges.values.tolist()
    [['MAP2K1', 'MAPK1', 1, 1.0], ['PTEN', 'AKT1', -1, 1.0]]
    """
    import pandas as pd

    check_choice("conflicts", conflicts, ("error", "unsigned"))
    check_choice("self_loops", self_loops, ("error", "drop"))
    table = read_edges(edges)
    sure = table["confidence"] if "confidence" in table.columns else [1.0] * len(table)
    found: dict[tuple[str, str], tuple[set[int], float]] = {}
    for source, target, sign, confidence in zip(table["source"], table["target"], table["sign"], sure):
        if source == target:
            if self_loops == "drop":
                continue
            raise DataError(
                f"The prior has {source!r} acting on itself; take the row out, or pass self_loops='drop'."
            )
        signs, most = found.get((source, target), (set(), 0.0))
        found[source, target] = signs | ({int(sign)} if sign else set()), max(most, float(confidence))
    rows = []
    for (source, target), (signs, confidence) in found.items():
        if len(signs) > 1 and conflicts == "error":
            raise DataError(
                f"The prior gives {source!r} -> {target!r} both signs; keep one, or pass "
                "conflicts='unsigned'."
            )
        rows.append((source, target, signs.pop() if len(signs) == 1 else 0, confidence))
    return Prior(pd.DataFrame(rows, columns=pd.Index(["source", "target", "sign", "confidence"])))


def _node_names(given: Any) -> list[str]:
    if isinstance(given, str):
        raise InvalidValueError(
            f"Found the text {given!r}; wanted the names of the network's nodes, or a model."
        )
    # an index of pandas has `names` of another kind: those of its levels
    names = given if hasattr(given, "tolist") else getattr(given, "names", given)
    return [str(name) for name in names]
