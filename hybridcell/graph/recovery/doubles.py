"""Double knockouts from the fitted networks, corrected by what they miss in the single ones."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from hybridcell.fit.gene_network import NetworkExperiments, NetworkFits


def double_knockouts(
    data: NetworkExperiments, fits: NetworkFits, pairs: list[tuple[int, int]]
) -> Float[np.ndarray, "p n"]:
    """Return the steady states without both genes of each pair, in the unit of the data.

    The mean over the members, plus what they miss in the single knockout that the double is like: the
    closer the two are by the networks, in standard deviations of the noise, the more. Residuals r within the
    noise sd are mostly noise and shrunk by r^2 / (r^2 + sd^2). Where a gene is in the double as in neither
    single, nothing is known but the networks.

    Parameters
    ----------
    data, fits
        The experiments and the members.
    pairs
        Positions of the genes; the two may be one and the same.
    """
    single = sorted({gene for pair in pairs for gene in pair})
    made = np.ones((len(pairs) + len(single), data.n))
    for row, pair in enumerate([*pairs, *((gene,) for gene in single)]):
        made[row, list(pair)] = 0.0
    states = fits.steady_states(made).mean(axis=0)
    predicted, alone = states[: len(pairs)], dict(zip(single, states[len(pairs) :]))
    spread = data.noise.sd(data.reference)
    for row, pair in enumerate(pairs):
        total, weight = np.zeros(data.n), np.zeros(data.n)
        for gene in pair:
            measured = _measured(data, gene)
            if measured is None:
                continue
            alike = np.exp(-(((predicted[row] - alone[gene]) / spread) ** 2))
            residual = measured - alone[gene]
            known = np.isfinite(residual)
            signal = residual**2 / (residual**2 + data.noise.sd(alone[gene]) ** 2)
            total += np.where(known, alike * signal * residual, 0.0)
            weight += np.where(known, alike, 0.0)
        states[row] = np.maximum(predicted[row] + total / np.maximum(weight, 1.0), 0.0)
        states[row, list(pair)] = 0.0
    return states[: len(pairs)]


def _measured(data: NetworkExperiments, gene: int) -> np.ndarray | None:
    """Return the mean of the steady states in which this gene alone was knocked out, None without one.

    Of replicates, those in which a gene was measured; NaN where none was.
    """
    alone = (data.made[:, gene] == 0) & ((data.made < 1).sum(axis=1) == 1)
    levels = data.steady[alone]
    known = np.isfinite(levels)
    count = known.sum(axis=0)
    mean = np.where(known, levels, 0.0).sum(axis=0) / np.maximum(count, 1)
    return np.where(count > 0, mean, np.nan) if alone.any() else None
