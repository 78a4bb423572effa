"""Which edges a screen proves: q-values and intervals; see `Interactions.significance`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import DataError, InvalidValueError
from hybridcell.data import PerturbationData, as_perturbation_data
from hybridcell.fit.losses import mechanism_of
from hybridcell.graph.edge_posterior import EdgePosterior, edge_posterior
from hybridcell.mechanisms import CellBox

if TYPE_CHECKING:
    from hybridcell.graph.network import Interactions

#: Columns that `significance` adds to the edges.
EVIDENCE = ("q_value", "estimate", "estimate_lower", "estimate_upper")


def with_evidence(
    graph: Interactions, data: Any, *, prior_sd: float, max_steps: int, progress: bool | None
) -> Interactions:
    """Return the graph with what the data say about each edge; see `Interactions.significance`."""
    from scipy.stats import norm

    if graph.kind not in ("structural", "response"):
        raise InvalidValueError(
            f"This graph has {graph.kind} effects; q-values are those of edges in the equations. Ask "
            "hc.interactions(ensemble, kind='structural') or kind='response'."
        )
    for name, value in (("prior_sd", prior_sd), ("max_steps", max_steps)):
        if not (np.isfinite(value) and value > 0):
            raise InvalidValueError(f"{name} is {value!r}; wanted a positive number.")
    ensemble = graph._need_model("certainty to compute")
    model = ensemble.best
    network = mechanism_of(model)
    if not isinstance(network, CellBox):
        raise InvalidValueError(
            f"q-values are for the edges of a CellBox network; this model is a {type(network).__name__}."
        )
    screen = _screen(ensemble.train if data is None else data)
    found = edge_posterior(model, screen, prior_sd=prior_sd, max_steps=int(max_steps), progress=progress)
    center, sd = (
        (found.weight, found.weight_sd) if graph.kind == "structural" else (found.response, found.response_sd)
    )
    z = np.divide(found.response, found.response_sd)
    q = false_discovery_rates(2.0 * norm.sf(np.abs(z)))
    half = norm.isf((1.0 - graph.level) / 2.0) * sd
    rows = _rows(graph, found)
    columns = zip(EVIDENCE, (q, center, center - half, center + half))
    edges = graph.edges.assign(**{name: values[rows] for name, values in columns})
    return replace(graph, edges=edges)


def false_discovery_rates(p: Float[np.ndarray, " e"]) -> Float[np.ndarray, " e"]:
    """Return the least rate of false discoveries at which each test is called, however tests depend.

    Edges into one node are estimated together, so that one error can call several of them: the rule of
    Benjamini and Hochberg for independent tests would promise too much.

    References
    ----------
    Benjamini and Yekutieli, Annals of Statistics 29 (2001) 1165-1188.

    Examples
    --------
    >>> false_discovery_rates(np.array([0.01, 0.04, 0.03, 0.5])).round(3).tolist()
    [0.083, 0.111, 0.111, 1.0]
    """
    order = np.argsort(p, kind="stable")
    rank = np.arange(1, len(p) + 1)
    scaled = p[order] * len(p) / rank * np.sum(1.0 / rank)
    q = np.empty(len(p))
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return q


def _screen(data: Any) -> PerturbationData:
    if data is None:
        raise DataError("The graph's models do not know their data; pass them: graph.significance(screen).")
    screen = as_perturbation_data(data)
    if screen.time is not None and np.isfinite(screen.time).any():
        raise DataError(
            "This screen has time points; q-values are computed from steady states only. Pass the rows whose "
            "time is NaN, or take the steady-state screen."
        )
    return screen


def _rows(graph: Interactions, found: EdgePosterior) -> np.ndarray:
    """Return where the edges of the graph stand among all edges."""
    place = np.full((len(graph.nodes),) * 2, -1)
    place[found.target, found.source] = np.arange(len(found.target))
    return place[graph._ends()]
