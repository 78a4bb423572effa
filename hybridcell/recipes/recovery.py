"""How much of a known network a graph recovered, beside chance and beside the prior alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import DataError
from hybridcell.graph import Interactions

if TYPE_CHECKING:
    import pandas as pd

#: Kinds of source and target that are compared on their own: direct effects of drugs are easy, wiring is not.
_PARTS = {
    "drug to protein": ("drug", "protein"),
    "protein to protein": ("protein", "protein"),
    "protein to phenotype": ("protein", "phenotype"),
}


@dataclass(frozen=True, eq=False)
class Recovery:
    """Agreement with known edges, per kind of edge.

    Attributes
    ----------
    table
        Rows: kind of edge. Columns: known edges; edges called (in the filtered graph), those of them that are
        right, precision and recall; AUPR of the whole ranking, of a random ranking and of the prior alone;
        sign_agreement of the right ones.
    sentence
        What it comes to, in words.
    """

    table: pd.DataFrame
    sentence: str

    def metrics(self) -> dict[str, float]:
        """Return the numbers with dotted names: "protein to protein.aupr"."""
        return {
            f"{row}.{column}": float(value)
            for row, values in self.table.iterrows()
            for column, value in values.items()
        }


def recover(graph: Interactions, called: Interactions, truth: Any, prior: pd.DataFrame | None) -> Recovery:
    """Compare a graph and its confident part with known edges.

    Parameters
    ----------
    graph
        All edges, ranked by |weight|.
    called
        The edges that one would act on, a filter of `graph`.
    truth
        Known edges: DataFrame or path, as for `Interactions.compare`.
    prior
        Edges that the fit was told, source, target and sign; None when it was told nothing.
    """
    import pandas as pd

    told = None if prior is None else _graph_of(graph, prior)
    kinds = set(graph.nodes["kind"])
    rows = {"all": _row(graph, called, told, truth)}
    for name, pair in _PARTS.items():
        if not set(pair) <= kinds:
            continue
        part = None if told is None else told.filter(kinds=[pair])
        try:
            rows[name] = _row(graph.filter(kinds=[pair]), called.filter(kinds=[pair]), part, truth)
        except DataError:
            continue  # no known edge is of this kind
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("edges")
    return Recovery(table=table, sentence=_sentence(table))


def _row(
    graph: Interactions, called: Interactions, told: Interactions | None, truth: Any
) -> dict[str, float]:
    ranking, sure = graph.compare(truth), called.compare(truth)
    return {
        "known": ranking.n_known,
        "called": sure.n_edges,
        "right": sure.n_shared,
        "precision": sure.precision,
        "recall": sure.recall,
        "aupr": ranking.aupr,
        "aupr_random": ranking.aupr_random,
        "aupr_prior": float("nan") if told is None else told.compare(truth).aupr,
        "sign_agreement": sure.sign_agreement,
    }


def _graph_of(graph: Interactions, edges: pd.DataFrame) -> Interactions:
    """Return known edges as a graph over the same possible pairs, all of weight 1."""
    names = list(graph.nodes["name"])
    inside = edges[edges["source"].isin(names) & edges["target"].isin(names)]
    position = {name: i for i, name in enumerate(names)}
    allowed = [graph.possible[position[t], position[s]] for s, t in zip(inside["source"], inside["target"])]
    kept: pd.DataFrame = inside.loc[np.array(allowed, dtype=bool)]
    sign = np.sign(np.asarray(kept["sign"], dtype=float))
    table = graph.edges.iloc[:0].reindex(range(len(kept)))
    table = table.assign(source=list(kept["source"]), target=list(kept["target"]), sign=sign)
    table["weight"] = np.where(sign == 0, 1.0, sign)
    return replace(graph, edges=table, members=np.ones((1, len(table))))


def _sentence(table: pd.DataFrame) -> str:
    whole = table.loc["all"]
    text = (
        f"Of the {whole['known']:.0f} true edges, {whole['right']:.0f} ({whole['recall']:.0%}) are among the "
        f"{whole['called']:.0f} edges that are called with confidence (precision {whole['precision']:.0%}, "
        f"chance {whole['aupr_random']:.0%}); ranked by strength, all edges give an AUPR of "
        f"{whole['aupr']:.2f}, a random ranking {whole['aupr_random']:.2f}"
    )
    if np.isfinite(whole["aupr_prior"]):
        text += f" and the prior alone {whole['aupr_prior']:.2f}"
    text += "."
    if "protein to protein" in table.index:
        inner = table.loc["protein to protein"]
        text += (
            f" Among proteins alone, where no drug shows the way, it is {inner['right']:.0f} of "
            f"{inner['known']:.0f} edges and an AUPR of {inner['aupr']:.2f} "
            f"(random {inner['aupr_random']:.2f}"
        )
        text += f", prior alone {inner['aupr_prior']:.2f})." if np.isfinite(inner["aupr_prior"]) else ")."
    return text
