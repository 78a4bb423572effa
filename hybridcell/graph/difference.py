"""What changed between two graphs, for example of two cell lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hybridcell._core.errors import InvalidValueError

if TYPE_CHECKING:
    import pandas as pd

    from hybridcell.graph.network import Interactions


def difference(this: Interactions, other: Interactions) -> pd.DataFrame:
    """Return one row per edge of either graph; see `Interactions.diff`."""
    if this.kind != other.kind:
        raise InvalidValueError(
            f"One graph has {this.kind} edges and the other {other.kind} ones; wanted two of one kind."
        )
    common = set(this.nodes["name"]) & set(other.nodes["name"])
    if len(common) < 2:
        raise InvalidValueError(
            f"The graphs have {len(common)} nodes in common; wanted at least two. Are the names of one kind?"
        )
    both = _of(this, common).merge(
        _of(other, common), on=["source", "target"], how="outer", suffixes=("", "_other")
    )
    weight, weight_other = (both[c].fillna(0.0).to_numpy() for c in ("weight", "weight_other"))
    # an edge that one graph lacks is exactly 0 there
    lower, upper, lower_other, upper_other = (
        np.where(both[of].isna(), 0.0, both[bound])
        for bound, of in (
            ("lower", "weight"),
            ("upper", "weight"),
            ("lower_other", "weight_other"),
            ("upper_other", "weight_other"),
        )
    )
    table = both[["source", "target"]].assign(
        weight=weight,
        other_weight=weight_other,
        change=weight_other - weight,
        sign_flip=weight * weight_other < 0,
        separated=(lower > upper_other) | (upper < lower_other),
    )
    size = np.abs(table["change"].to_numpy())
    ordered = table.assign(size=size).sort_values(["size", "source", "target"], ascending=[False, True, True])
    return ordered.drop(columns="size").reset_index(drop=True)


def _of(graph: Interactions, common: set[str]) -> pd.DataFrame:
    edges = graph.edges.loc[:, ["source", "target", "weight", "lower", "upper"]]
    inside = [
        source in common and target in common for source, target in zip(edges["source"], edges["target"])
    ]
    return edges.iloc[np.flatnonzero(inside)]
