"""From an AnnData in the contract of gene network experiments to arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import DataError
from hybridcell.fit.gene_network.experiments import NetworkExperiments

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

_COLUMNS = ("experiment", "time", "series")


def read_experiments(adata: AnnData) -> NetworkExperiments:
    """Read steady states and time courses; rows under unknown perturbations without times are left out.

    Parameters
    ----------
    adata : AnnData
        Rows are measurements, columns genes; see `hybridcell.data.datasets.dream4_folder`.

    Raises
    ------
    DataError
        When it is not such an AnnData, a level is negative or infinite, or nothing in it tells who acts on
        whom.
    """
    genes = tuple(str(name) for name in adata.var_names)
    obs, doses = _tables(adata)
    values = _values(adata)
    if len(genes) < 2:
        raise DataError(
            f"There is {len(genes)} gene; wanted two or more, to have a pair that could interact."
        )
    twice = next((name for name in genes if genes.count(name) > 1), None)
    if twice is not None:
        raise DataError(
            f"There are two genes {twice!r}; wanted every name once, such as by var_names_make_unique()."
        )
    inputs = [name for name in doses.columns if name not in genes]
    taken = np.zeros((len(obs), len(genes)))
    for j, gene in enumerate(genes):
        if gene in doses.columns:
            taken[:, j] = doses[gene].to_numpy(float)
    if not ((taken >= 0) & (taken <= 1)).all():
        row, j = np.argwhere(~((taken >= 0) & (taken <= 1)))[0]
        raise DataError(
            f"Row {obs.index[row]!r} takes away {taken[row, j]:g} of gene {genes[j]!r}; wanted a share from "
            "0 (untouched) to 1 (knockout)."
        )
    unknown = (doses[inputs].to_numpy(float) != 0).any(axis=1) if inputs else np.zeros(len(obs), bool)
    series = obs["series"].to_numpy(int)
    steady = np.flatnonzero((series < 0) & ~unknown)
    courses = [np.flatnonzero(series == s) for s in np.unique(series[series >= 0])]
    data = NetworkExperiments(
        genes=genes,
        steady=values[steady],
        made=1.0 - taken[steady],
        **_courses(courses, obs, values, taken, unknown),
    )
    _check(data, obs)
    return data


def _tables(adata: AnnData) -> tuple[Any, pd.DataFrame]:
    missing = [name for name in _COLUMNS if name not in adata.obs.columns]
    if missing or "doses" not in adata.obsm:
        lacks = ", ".join(
            [*(f"obs[{name!r}]" for name in missing), *["obsm['doses']"] * ("doses" not in adata.obsm)]
        )
        raise DataError(
            f"The AnnData lacks {lacks}, so that nobody knows what was done when. Read the experiments with "
            "hc.datasets.dream4 or hybridcell.data.datasets.dream4_folder, or add the columns as they have "
            "them."
        )
    table: Any = adata.obsm["doses"]
    return adata.obs, table


def _values(adata: AnnData) -> np.ndarray:
    matrix: Any = adata.X
    values = np.asarray(matrix.toarray() if hasattr(matrix, "toarray") else matrix, dtype=float)
    bad = np.isinf(values) | (values < 0)
    if bad.any():
        row, j = np.argwhere(bad)[0]
        raise DataError(
            f"The level of {adata.var_names[j]!r} in row {adata.obs_names[row]!r} is {values[row, j]:g}; "
            "wanted 0 or more, or NaN where it was not measured. Logarithms must be taken back first."
        )
    return values


def _courses(
    rows: list[np.ndarray], obs: Any, values: np.ndarray, taken: np.ndarray, unknown: np.ndarray
) -> dict[str, np.ndarray]:
    """Return times, courses, course_made and on; short courses repeat their last time."""
    n, length = values.shape[1], max((len(r) for r in rows), default=0)
    times, on = np.zeros((len(rows), length)), np.zeros((len(rows), length))
    courses, made = np.full((len(rows), length, n), np.nan), np.ones((len(rows), n))
    clock = obs["time"].to_numpy(float)
    for s, chosen in enumerate(rows):
        chosen = chosen[np.argsort(clock[chosen], kind="stable")]
        if not np.isfinite(clock[chosen]).all() or (np.diff(clock[chosen]) <= 0).any():
            raise DataError(
                f"The times of series {obs['series'].iloc[chosen[0]]} are {clock[chosen][:6].tolist()}...; "
                "wanted finite times that differ."
            )
        if not (taken[chosen] == taken[chosen[0]]).all():
            raise DataError(
                f"Genes are taken away in the course of series {obs['series'].iloc[chosen[0]]}; wanted the "
                "same doses of genes at all its times."
            )
        k = len(chosen)
        times[s], times[s, :k] = clock[chosen[-1]], clock[chosen]
        courses[s, :k], on[s, :k], made[s] = values[chosen], unknown[chosen], 1.0 - taken[chosen[0]]
    return {"times": times, "courses": courses, "course_made": made, "on": on}


def _check(data: NetworkExperiments, obs: Any) -> None:
    found = ", ".join(sorted({str(e) for e in obs["experiment"]}))
    if not (data.made < 1).any() and data.times.shape[1] < 3:
        raise DataError(
            f"The experiments are {found}: no gene is taken away and nothing is followed over three or more "
            "times, so that nothing tells who acts on whom. Add knockouts, knockdowns or time series."
        )
    unseen = np.isnan(data.resting).all(axis=0) if len(data.resting) else np.ones(data.n, bool)
    if unseen.any():
        j = int(np.flatnonzero(unseen)[0])
        raise DataError(
            f"Gene {data.genes[j]!r} was never measured while untouched. Leave it out, or add a wild type."
        )
    if not data.capacity > 0:
        raise DataError("All levels are 0; wanted levels of genes, 0 or more.")
