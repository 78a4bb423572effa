"""From one matrix per member to one row per edge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hybridcell.graph.matrices import Effects

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "source",
    "target",
    "sign",
    "weight",
    "lower",
    "upper",
    "sign_stability",
    "selection",
    "in_prior",
    "prior_share",
    "neural_share",
    "q_value",
)
#: What the weights of a graph are, by its kind.
EFFECTS = {
    "structural": "weights W",
    "response": "local responses R = (epsilon / alpha) W",
    "local": "Jacobian at the steady state, divided by alpha",
    "global": "responses of the steady state",
    "association": "rank correlation over conditions, times the signal-to-noise ratio",
}
#: A member selects an edge whose |weight| is above this share of the member's strong edges: the
#: 99th percentile of |weight| over its edges that are not zero.
SELECTED = 0.1


def edge_table(
    names: Sequence[str],
    effects: Effects,
    *,
    in_prior: np.ndarray,
    level: float,
    prior_share: np.ndarray | None = None,
) -> tuple[pd.DataFrame, np.ndarray]:
    """Summarize members per edge.

    Returns
    -------
    edges : DataFrame
        One row per edge that is possible and not zero in every member, strongest first.
    values : ndarray, shape (M, E)
        The members' weights, columns in the order of the rows.
    """
    import pandas as pd

    allowed = effects.possible & (effects.values != 0).any(axis=0)
    target, source = np.nonzero(allowed)
    values = effects.values[:, target, source]
    weight = np.median(values, axis=0)
    order = sorted(range(len(target)), key=lambda e: (-abs(weight[e]), names[source[e]], names[target[e]]))
    target, source, values, weight = target[order], source[order], values[:, order], weight[order]
    lower, upper = interval(values, level)
    stability, selection = _agreement(values)
    edges = pd.DataFrame(
        {
            "source": [names[j] for j in source],
            "target": [names[i] for i in target],
            "sign": np.sign(weight).astype(int),
            "weight": weight,
            "lower": lower,
            "upper": upper,
            "sign_stability": stability,
            "selection": selection,
            "in_prior": in_prior[target, source],
            "prior_share": np.zeros(len(weight)) if prior_share is None else prior_share[target, source],
            "neural_share": effects.neural_share[target, source],
            "q_value": np.full(len(weight), np.nan),
        },
        columns=pd.Index(COLUMNS),
    )
    return edges, values


def interval(values: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the central quantiles over members; NaN for a single member, which has no spread."""
    n_members, n_edges = values.shape
    if n_members < 2 or not n_edges:
        return np.full(n_edges, np.nan), np.full(n_edges, np.nan)
    tail = (1.0 - level) / 2.0
    return np.quantile(values, tail, axis=0), np.quantile(values, 1.0 - tail, axis=0)


def _agreement(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of members with the majority sign, and the share that select each edge."""
    n_members, n_edges = values.shape
    if n_members < 2 or not n_edges:
        return np.full(n_edges, np.nan), np.full(n_edges, np.nan)
    stability = np.maximum((values > 0).mean(axis=0), (values < 0).mean(axis=0))
    size = np.abs(values)
    strong = np.array([np.quantile(row[row > 0], 0.99) if (row > 0).any() else np.inf for row in size])
    return stability, (size > SELECTED * strong[:, None]).mean(axis=0)
