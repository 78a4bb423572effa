"""What a fit of a gene network moves, and the prior that keeps it in range."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell.fit.gene_network.experiments import NetworkExperiments
from hybridcell.mechanisms.gene_network import GeneNetwork

#: Standard deviations of the priors, on logarithms except for the bias.
RATE_SD, RATE_SPREAD_SD = 1.0, 0.3
THRESHOLD_SD, BIAS_SD, CAPACITY_SD = 0.5, 1.0, 0.1
#: Weight of the squares of the edges, which keeps the fit finite where promoters saturate.
RIDGE = 0.05
#: Least threshold and reference, as a share of the capacity.
_LEAST_THRESHOLD, _LEAST_REFERENCE, _MOST_REFERENCE = 0.1, 0.01, 0.97


class Unknowns(eqx.Module):
    """The free numbers of one member. All are offsets from where they start, so that 0 is the prior mean."""

    weights: Float[Array, "n n"]
    bias: Float[Array, " n"]
    threshold: Float[Array, " n"]
    capacity: Float[Array, ""]
    push: Float[Array, "s n"]
    decay: Float[Array, ""]
    turnover: Float[Array, ""]
    decay_spread: Float[Array, " n"]
    turnover_spread: Float[Array, " n"]

    @classmethod
    def at_prior(cls, n: int, n_courses: int) -> Unknowns:
        """Return the start: no edges."""
        genes, one = jnp.zeros(n), jnp.zeros(())
        return cls(jnp.zeros((n, n)), genes, genes, one, jnp.zeros((n_courses, n)), one, one, genes, genes)

    def network(self, base: GeneNetwork, log_decay: Array, log_turnover: Array) -> GeneNetwork:
        """Return the network that these numbers make of the base."""
        return GeneNetwork(
            weights=self.weights,
            bias=base.bias + self.bias,
            log_threshold=base.log_threshold + self.threshold,
            log_decay=log_decay + self.decay + self.decay_spread,
            log_turnover=log_turnover + self.turnover + self.turnover_spread,
            log_capacity=base.log_capacity + self.capacity,
            reference=base.reference,
            steepness=base.steepness,
        )

    def penalty(self) -> Float[Array, ""]:
        """Return minus the logarithm of the Gaussian priors, up to a constant."""
        squares = (
            jnp.sum(self.threshold**2) / THRESHOLD_SD**2
            + jnp.sum(self.bias**2) / BIAS_SD**2
            + self.capacity**2 / CAPACITY_SD**2
            + (self.decay**2 + self.turnover**2) / RATE_SD**2
            + (jnp.sum(self.decay_spread**2) + jnp.sum(self.turnover_spread**2)) / RATE_SPREAD_SD**2
        )
        return 0.5 * (squares + RIDGE * jnp.sum(self.weights**2))


def base_network(data: NetworkExperiments, steepness: float) -> GeneNetwork:
    """Return the network without edges that rests where the untouched cell does."""
    capacity = data.capacity
    rest = np.clip(data.reference, _LEAST_REFERENCE * capacity, _MOST_REFERENCE * capacity)
    net = GeneNetwork.build(
        jnp.zeros((data.n, data.n)), reference=jnp.asarray(rest), capacity=capacity, steepness=steepness
    )
    threshold = np.log(np.maximum(rest, _LEAST_THRESHOLD * capacity))
    return eqx.tree_at(lambda g: g.log_threshold, net, jnp.asarray(threshold))
