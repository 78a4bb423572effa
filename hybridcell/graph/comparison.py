"""A graph against edges that are believed to be true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import DataError
from hybridcell._core.html import card
from hybridcell.graph.formats import read_edge_table
from hybridcell.graph.ranking import area_under_roc, average_precision

if TYPE_CHECKING:
    import pandas as pd

    from hybridcell.graph.network import Interactions


@dataclass(frozen=True, eq=False)
class Comparison:
    """How well a graph agrees with known edges.

    Attributes
    ----------
    n_pairs, n_known, n_edges, n_shared : int
        Ordered pairs that the graph could hold, known edges among them, edges of the graph, and edges in
        both.
    n_outside : int
        Known edges left out of the comparison because the graph cannot hold them: a node it does not have,
        a pair that its mask or an earlier filter by kind forbids.
    precision, recall : float
        Shared edges over the graph's edges, and over the known edges.
    aupr, auroc : float
        Over all possible pairs ranked by |weight|, a pair without edge scoring 0.
    aupr_random : float
        What a random ranking gets: known edges over possible pairs. A random AUROC is 0.5.
    sign_agreement : float
        Share of the shared edges of known sign that have this sign; NaN where no sign is known.
    novel : DataFrame
        Edges of the graph that are not known, strongest first.
    missing : DataFrame
        Known edges that the graph does not have: source, target, sign.
    """

    n_pairs: int
    n_known: int
    n_edges: int
    n_shared: int
    n_outside: int
    precision: float
    recall: float
    aupr: float
    aupr_random: float
    auroc: float
    sign_agreement: float
    novel: pd.DataFrame
    missing: pd.DataFrame

    def to_dict(self) -> dict[str, float]:
        """Return the numbers without the tables."""
        return {k: v for k, v in vars(self).items() if k not in ("novel", "missing")}

    def __repr__(self) -> str:
        return (
            f"Comparison(AUPR {self.aupr:.3f} (random {self.aupr_random:.3f}), AUROC {self.auroc:.3f}, "
            f"precision {self.precision:.3f}, recall {self.recall:.3f}, signs {self.sign_agreement:.3f}, "
            f"{self.n_shared} of {self.n_known} known edges, {self.n_outside} outside)"
        )

    def _repr_html_(self) -> str:
        shown = {
            "AUPR (random)": f"{self.aupr:.3f} ({self.aupr_random:.3f})",
            "AUROC (random)": f"{self.auroc:.3f} (0.500)",
            "precision": f"{self.precision:.3f}",
            "recall": f"{self.recall:.3f}",
            "sign agreement": f"{self.sign_agreement:.3f}",
            "edges / known / shared": f"{self.n_edges} / {self.n_known} / {self.n_shared}",
            "possible pairs": f"{self.n_pairs:,}",
            "known edges outside": self.n_outside,
        }
        return card("Comparison", shown)


def compare(graph: Interactions, edges: Any) -> Comparison:
    """Compare a graph with known edges; see `Interactions.compare`."""
    from hybridcell.graph.network import Interactions

    table = edges.edges if isinstance(edges, Interactions) else read_edge_table(edges)
    known = _signs(table)
    possible = _possible_pairs(graph)
    inside = {pair: sign for pair, sign in known.items() if pair in possible}
    if not inside:
        example = next((f"the first is {a!r} -> {b!r}" for a, b in known), "the table is empty")
        raise DataError(
            f"None of the known edges is possible in this graph; {example}. "
            f"The graph's nodes are {', '.join(graph.nodes['name'][:5])}, ..."
        )
    weight = dict(zip(zip(graph.edges["source"], graph.edges["target"]), graph.edges["weight"]))
    truth = np.array([pair in inside for pair in possible])
    score = np.array([abs(weight.get(pair, 0.0)) for pair in possible])
    shared = [pair for pair in weight if pair in inside]
    signed = [pair for pair in shared if inside[pair] != 0]
    agree = [np.sign(weight[pair]) == inside[pair] for pair in signed]
    is_novel = np.array([pair not in inside for pair in weight], dtype=bool)
    return Comparison(
        n_pairs=len(possible),
        n_known=len(inside),
        n_edges=len(weight),
        n_shared=len(shared),
        n_outside=len(known) - len(inside),
        precision=len(shared) / len(weight) if weight else float("nan"),
        recall=len(shared) / len(inside),
        aupr=average_precision(truth, score),
        aupr_random=len(inside) / len(possible),
        auroc=area_under_roc(truth, score),
        sign_agreement=float(np.mean(agree)) if agree else float("nan"),
        novel=graph.edges.iloc[np.flatnonzero(is_novel)].reset_index(drop=True),
        missing=_table({pair: sign for pair, sign in inside.items() if pair not in weight}),
    )


def _possible_pairs(graph: Interactions) -> dict[tuple[str, str], None]:
    """Return the ordered pairs the graph could hold; a dict, for its order and its fast look-up."""
    names = list(graph.nodes["name"])
    return {(names[j], names[i]): None for i, j in np.argwhere(graph.possible) if i != j}


def _signs(table: pd.DataFrame) -> dict[tuple[str, str], int]:
    """Return the sign of each known edge; 0 where none is given or where the table contradicts itself."""
    told: dict[tuple[str, str], set[int]] = {}
    for source, target, sign in zip(table["source"], table["target"], table["sign"]):
        told.setdefault((str(source), str(target)), set()).add(int(np.sign(sign)))
    signs = {pair: found - {0} for pair, found in told.items()}
    return {pair: found.pop() if len(found) == 1 else 0 for pair, found in signs.items()}


def _table(known: dict[tuple[str, str], int]) -> pd.DataFrame:
    import pandas as pd

    rows = [(source, target, sign) for (source, target), sign in known.items()]
    return pd.DataFrame(rows, columns=pd.Index(["source", "target", "sign"]))
