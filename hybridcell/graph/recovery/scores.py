"""How sure an edge is: one number for each ordered pair, by a rule of the data."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from hybridcell.fit.gene_network import NetworkExperiments

#: Measurements per gene from which the weights of all sources are taken as equally well known.
PLENTY = 5


def edge_scores(data: NetworkExperiments, weights: Float[np.ndarray, "m n n"]) -> Float[np.ndarray, "n n"]:
    """Return scores[target, source], 0 on the diagonal: the mean \\|weight\\| over the members.

    With fewer than `PLENTY` measurements per gene, the edges out of a gene that was itself never touched are
    multiplied by the square root of its level over that of a promoter always on: a gene near zero that
    nobody moved hardly rises above the noise, so that its weight is not held by the data.

    Parameters
    ----------
    data
        The experiments.
    weights : ndarray, shape (m, n, n)
        weights[member, target, source].
    """
    score = np.abs(weights).mean(axis=0)
    if data.n_measurements < PLENTY * data.n:
        touched = (data.made < 1).any(axis=0)
        level = np.sqrt(np.clip(data.reference / data.capacity, 0.0, 1.0))
        score = score * np.where(touched, 1.0, level)[None, :]
    np.fill_diagonal(score, 0.0)
    return score
