"""The rows of an AnnData that baselines use, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Experiments:
    """Steady states (S, n) with the share (S, n) of each gene's production taken away, and time series.

    `series` holds times (T,) and levels (T, n) of each.
    """

    steady: np.ndarray
    taken: np.ndarray
    series: list[tuple[np.ndarray, np.ndarray]]

    @property
    def n(self) -> int:
        """Number of genes."""
        return self.steady.shape[1]

    def changes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return levels (R, n) before each interval of a series, changes per time (R, n), and series (R,)."""
        before = [x[:-1] for _, x in self.series]
        change = [np.diff(x, axis=0) / np.diff(t)[:, None] for t, x in self.series]
        which = [np.full(len(b), s) for s, b in enumerate(before)]
        if not before:
            return np.empty((0, self.n)), np.empty((0, self.n)), np.empty(0, int)
        return np.concatenate(before), np.concatenate(change), np.concatenate(which)


def read(adata: Any) -> Experiments:
    """Take the experiments apart."""
    kind = adata.obs["experiment"].to_numpy(dtype=str)
    values = np.asarray(adata.X, dtype=float)
    doses = adata.obsm["doses"][list(adata.var_names)].to_numpy(dtype=float)
    steady = np.isin(kind, ("wildtype", "knockout", "knockdown"))
    series = []
    for s in sorted(set(adata.obs["series"][kind == "timeseries"])):
        rows = np.flatnonzero((kind == "timeseries") & (adata.obs["series"] == s))
        series.append((adata.obs["time"].to_numpy(dtype=float)[rows], values[rows]))
    return Experiments(values[steady], doses[steady], series)
