"""`hc.association`: which readouts move together, weighted by how well each is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import DataError, InvalidValueError
from hybridcell._core.number_checks import checked_share, is_whole
from hybridcell.data import PerturbationData, as_perturbation_data
from hybridcell.graph.matrices import Effects
from hybridcell.graph.network import Interactions
from hybridcell.graph.table import edge_table, interval

if TYPE_CHECKING:
    from anndata import AnnData

#: Fewer conditions give a rank correlation of no use.
_FEWEST = 4


def association(
    adata: AnnData | PerturbationData, *, n: int = 200, level: float = 0.95, seed: int = 0
) -> Interactions:
    """Return which readouts move together over the conditions: the undirected rival of a learned network.

    The weight of a pair is its Spearman correlation over conditions (doses, time, context and time series;
    replicates are averaged) times sqrt(SNR_i SNR_j). The signal-to-noise ratio SNR_i is the variance of
    readout i between conditions over its variance between replicates, less what the noise adds to the former;
    a readout that hardly leaves its noise so ranks low whatever it correlates with. The noise comes from
    replicates, else from ``layers["sd"]``; without either the weight is the correlation alone.

    Parameters
    ----------
    adata
        A screen or time courses; columns of kind "drug" are left out. Missing values are left out by pair.
    n : int
        Number of bootstrap draws of the conditions, for the intervals; 0 for none.
    level : float
        Share of the draws between `lower` and `upper`.
    seed : int
        Of the draws.

    Returns
    -------
    Interactions
        Of kind "association": every pair in both directions with the same weight, and a column "correlation".
        `members` are the draws. Association is not action: what a common cause moves is associated, too.

    Raises
    ------
    DataError
        When there are fewer than four conditions or fewer than two readouts.
    InvalidValueError
        When `n`, `level` or `seed` is out of range.

    References
    ----------
    Hill S. M. et al., Nature Methods 13, 310 (2016): correlation was hard to beat in silico.

    Examples
    --------
    >>> import hybridcell as hc
    >>> from hybridcell.graph.correlation import association
    >>> graph = association(hc.datasets.gene_network(4, series=1), n=20)
    >>> graph
    Interactions(association, 4 nodes, 12 edges, 20 members)
    """
    if not is_whole(n) or n < 0:
        raise InvalidValueError(f"n is {n!r}; wanted a whole number of draws, 0 or more.")
    if not is_whole(seed) or seed < 0:
        raise InvalidValueError(f"seed is {seed!r}; wanted a whole number, 0 or more.")
    level = checked_share("level", level, 0.95)
    data = as_perturbation_data(adata)
    kept = [i for i, kind in enumerate(data.kinds) if kind != "drug"]
    means, noise, counts = _by_condition(data, kept, _series(adata))
    if len(means) < _FEWEST or len(kept) < 2:
        raise DataError(
            f"There are {len(means)} conditions and {len(kept)} readouts; association needs at least "
            f"{_FEWEST} and 2."
        )
    rng = np.random.default_rng(seed)
    draws = [rng.integers(0, len(means), len(means)) for _ in range(n)]
    point = _weights(means, noise, counts)
    members = np.array([_weights(means[rows], noise[rows], counts[rows]) for rows in draws])
    return _graph(data, kept, point, members, _rank_correlation(means), level, len(means))


def _series(adata: Any) -> list[Any] | None:
    """Return the time course of each row: what came before differs, so that courses are no replicates."""
    obs = getattr(adata, "obs", None)
    return obs["series"].tolist() if obs is not None and "series" in obs.columns else None


def _by_condition(
    data: PerturbationData, kept: list[int], series: list[Any] | None
) -> tuple[Float[np.ndarray, "c r"], Float[np.ndarray, "c r"], Float[np.ndarray, "c r"]]:
    """Return means over replicates, variances of the noise (NaN unknown) and numbers of replicates."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for row, doses in enumerate(data.doses):
        time = None if data.time is None or np.isnan(data.time[row]) else float(data.time[row])
        context = None if data.context is None else data.context[row]
        course = None if series is None else series[row]
        groups.setdefault((tuple(doses), time, context, course), []).append(row)
    shape = (len(groups), len(kept))
    means, noise, counts = np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape)
    for c, rows in enumerate(groups.values()):
        values = data.values[np.ix_(rows, kept)]
        counts[c] = seen = (~np.isnan(values)).sum(axis=0)
        some, several = seen > 0, seen > 1
        means[c, some] = np.nanmean(values[:, some], axis=0)
        noise[c, several] = np.nanvar(values[:, several], axis=0, ddof=1)
    if np.isnan(noise).all() and data.sd is not None:
        for c, rows in enumerate(groups.values()):
            sd = np.where(np.isnan(data.values[np.ix_(rows, kept)]), np.nan, data.sd[np.ix_(rows, kept)])
            some = counts[c] > 0
            noise[c, some] = np.nanmean(sd[:, some] ** 2, axis=0)
    return means, noise, counts


def _weights(means: np.ndarray, noise: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return correlation times sqrt(SNR_i SNR_j), (r, r); the correlation alone where noise is unknown."""
    correlation = _rank_correlation(means)
    known = ~np.isnan(noise)
    if not known.any(axis=0).all():
        return correlation
    variance = np.sum(np.where(known, noise, 0.0), axis=0) / known.sum(axis=0)
    if not (variance > 0).all():
        return correlation
    # the mean of k replicates still carries 1/k of the noise
    left = variance * np.nanmean(np.where(counts > 0, 1.0 / np.maximum(counts, 1), np.nan), axis=0)
    signal = np.maximum(np.nanvar(means, axis=0, ddof=1) - left, 0.0)
    root = np.sqrt(signal / variance)
    return correlation * np.outer(root, root)


def _rank_correlation(values: np.ndarray) -> np.ndarray:
    """Return Spearman correlations (r, r), 0 on the diagonal and where a readout does not vary."""
    import pandas as pd

    if np.isnan(values).any():
        found = pd.DataFrame(values).corr(method="spearman", min_periods=_FEWEST).to_numpy(copy=True)
    else:
        ranks = pd.DataFrame(values).rank().to_numpy()
        ranks = ranks - ranks.mean(axis=0)
        size = np.sqrt((ranks**2).sum(axis=0))
        size[size == 0] = np.inf
        found = (ranks.T @ ranks) / np.outer(size, size)
    np.fill_diagonal(found, 0.0)
    return np.nan_to_num(found)


def _graph(
    data: PerturbationData,
    kept: list[int],
    point: np.ndarray,
    members: np.ndarray,
    correlation: np.ndarray,
    level: float,
    n_conditions: int,
) -> Interactions:
    import pandas as pd

    names, r = [data.readouts[i] for i in kept], len(kept)
    nothing, possible = np.zeros((r, r)), ~np.eye(r, dtype=bool)
    effects = Effects(values=point[None], neural_share=nothing, possible=possible)
    edges, values = edge_table(names, effects, in_prior=nothing.astype(bool), level=level)
    place = {name: k for k, name in enumerate(names)}
    target, source = ([place[name] for name in edges[end]] for end in ("target", "source"))
    if len(members):
        values = members[:, target, source]
        lower, upper = interval(values, level)
        agree = (np.sign(values) == edges["sign"].to_numpy()).mean(axis=0)
        edges = edges.assign(lower=lower, upper=upper, sign_stability=agree)
    return Interactions(
        nodes=pd.DataFrame({"name": names, "kind": [data.kinds[i] for i in kept]}),
        edges=edges.assign(correlation=correlation[target, source]),
        kind="association",
        level=level,
        at=f"{n_conditions} conditions",
        possible=possible,
        members=values,
    )
