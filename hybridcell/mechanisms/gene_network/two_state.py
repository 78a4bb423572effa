"""The equations of a gene network: mRNA and protein of each gene, production by a sigmoid of Hill terms."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

#: Below this share of the threshold a regulator is absent; keeps the logarithm of a level finite.
_ABSENT = 1e-9


class GeneNetwork(eqx.Module):
    """n genes, each an mRNA x and a protein y, in the unit of the measured levels.

    dx/dt = decay (production - x) and dy/dt = turnover (x - y), with

    production_i = made_i capacity sigmoid(bias_i + push_i + sum_j weights[i, j] (h_j(y_j) - h_j(ref_j)))

    and h_j a Hill curve with a threshold of its own. With y in the unit of x, the steady state has y = x, and
    the two rates do not move it. What is unknown about the promoter is in the sigmoid; that regulation is
    counted from the reference (the untouched cell) keeps bias and weights apart.

    Attributes
    ----------
    weights : Array, shape (n, n)
        weights[i, j]: effect of gene j on the production of gene i; no unit. The diagonal is not read.
    bias, log_threshold, log_decay, log_turnover, reference : Array, shape (n,)
        Thresholds and reference in the unit of the levels, rates per time.
    log_capacity : Array, shape ()
        Level of a gene whose promoter is always on.
    steepness : Array, shape ()
        Hill coefficient.

    References
    ----------
    Mjolsness, Sharp, Reinitz, J. Theor. Biol. 152 (1991) 429-453, for the sigmoid of summed regulation.

    Examples
    --------
    >>> import numpy as np
    >>> net = GeneNetwork.build(np.array([[0.0, 0.0], [3.0, 0.0]]), reference=np.array([0.8, 0.5]))
    >>> np.asarray(net.production(net.reference)).round(3).tolist()
    [0.8, 0.5]
    >>> bool(net.production(np.array([0.0, 0.5]))[1] < 0.5)
    True
    """

    weights: Float[Array, "n n"]
    bias: Float[Array, " n"]
    log_threshold: Float[Array, " n"]
    log_decay: Float[Array, " n"]
    log_turnover: Float[Array, " n"]
    log_capacity: Float[Array, ""]
    reference: Float[Array, " n"]
    steepness: Float[Array, ""]

    @classmethod
    def build(
        cls,
        weights: Float[Array, "n n"],
        reference: Float[Array, " n"],
        *,
        capacity: float = 1.0,
        decay: float = 1.0,
        turnover: float = 1.0,
        steepness: float = 2.0,
    ) -> GeneNetwork:
        """Return the network that rests at `reference` and has its thresholds there.

        Parameters
        ----------
        weights : Array, shape (n, n)
            weights[target, source].
        reference : Array, shape (n,)
            Levels of the untouched cell, between 0 and `capacity`.
        capacity, decay, turnover, steepness
            The same for all genes.
        """
        reference = jnp.asarray(reference, float)
        ones = jnp.ones_like(reference)
        share = reference / capacity
        return cls(
            weights=jnp.asarray(weights, float),
            bias=jnp.log(share) - jnp.log1p(-share),
            log_threshold=jnp.log(reference),
            log_decay=ones * jnp.log(decay),
            log_turnover=ones * jnp.log(turnover),
            log_capacity=jnp.log(jnp.asarray(capacity, float)),
            reference=reference,
            steepness=jnp.asarray(steepness, float),
        )

    @property
    def n(self) -> int:
        """Number of genes."""
        return self.bias.shape[-1]

    def occupancy(self, y: Float[Array, "*c n"]) -> Float[Array, "*c n"]:
        """Return the Hill curve of each regulator: 0 where it is absent, 1/2 at its threshold."""
        share = jnp.maximum(y * jnp.exp(-self.log_threshold), _ABSENT) ** self.steepness
        return share / (1.0 + share)

    def production(
        self,
        y: Float[Array, "*c n"],
        made: Float[Array, "*c n"] | float = 1.0,
        push: Float[Array, "*c n"] | float = 0.0,
    ) -> Float[Array, "*c n"]:
        """Return the mRNA level that the proteins y would sustain.

        Parameters
        ----------
        y
            Protein levels.
        made
            Share of each gene's production that is left: 0 for a knockout, 1/2 for a knockdown by half.
        push
            What a stimulus adds inside the sigmoid.
        """
        moved = self.occupancy(y) - self.occupancy(self.reference)
        weights = self.weights * (1.0 - jnp.eye(self.n))
        return made * jnp.exp(self.log_capacity) * jax.nn.sigmoid(self.bias + push + moved @ weights.T)
