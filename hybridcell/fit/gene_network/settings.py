"""The settings of the members of a recovery: a small grid, so that no single choice decides."""

from __future__ import annotations

from dataclasses import dataclass

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell.fit.gene_network.experiments import NetworkExperiments


@dataclass(frozen=True)
class RecoverySettings:
    """How the members of a recovery differ, and what they share.

    Attributes
    ----------
    sparsity : tuple of float
        Weight of the L1 penalty on edges, per gene: the sum of the \\|weights\\| into a gene is then expected
        to be one over this, however many genes there are.
    rate_factors : tuple of float
        Where the rates start, times the prior center. A network answers more slowly than its genes.
    response_scale : float
        Knockout response, in standard deviations, at which the penalty of an edge has fallen to half.
    stimulus : float
        Weight of the L1 penalty on what a stimulus does to each gene, in standard deviations.
    resampling : float
        Variance of the random weights (mean 1) of conditions, different in each member.
    steepness : float
        Hill coefficient.
    steps : int
        Steps of the optimizer.
    """

    sparsity: tuple[float, ...] = (0.2, 0.3, 0.45)
    rate_factors: tuple[float, ...] = (1.0, 3.0)
    response_scale: float = 3.0
    stimulus: float = 1.0
    resampling: float = 0.3
    steepness: float = 2.0
    steps: int = 400

    @property
    def n_members(self) -> int:
        """How many members are fitted unless told: the grid twice, with other weights of the conditions."""
        return 2 * len(self.sparsity) * len(self.rate_factors)

    def pace(self, n_genes: int) -> float:
        """Return the rate of the optimizer: n weights that move as one move a sum n times as far."""
        return float(np.clip(0.1 * np.sqrt(10.0 / n_genes), 0.01, 0.1))


class Lane(eqx.Module):
    """The settings of the members, each array with the members first."""

    sparsity: Float[Array, " m"]
    log_decay: Float[Array, " m"]
    log_turnover: Float[Array, " m"]
    steady_weight: Float[Array, "m c"]
    course_weight: Float[Array, "m s"]


def lanes(
    data: NetworkExperiments,
    settings: RecoverySettings,
    n_members: int,
    rates: tuple[float, float],
    rng: np.random.Generator,
) -> Lane:
    """Return the settings of each member: the grid over and over, with new weights of the conditions."""
    grid = [(a, f) for f in settings.rate_factors for a in settings.sparsity]
    chosen = np.array([grid[m % len(grid)] for m in range(n_members)])

    def weights(size: int) -> np.ndarray:
        if settings.resampling <= 0:
            return np.ones((n_members, size))
        shape = 1.0 / settings.resampling
        return rng.gamma(shape, settings.resampling, (n_members, size))

    return Lane(
        sparsity=jnp.asarray(chosen[:, 0] * data.n),
        log_decay=jnp.asarray(np.log(rates[0] * chosen[:, 1])),
        log_turnover=jnp.asarray(np.log(rates[1] * chosen[:, 1])),
        steady_weight=jnp.asarray(weights(len(data.steady))),
        course_weight=jnp.asarray(weights(len(data.times))),
    )
