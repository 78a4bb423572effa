"""How badly a gene network explains its experiments: robust residuals, sparse edges, sparse stimuli."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from hybridcell.fit.gene_network.experiments import NetworkExperiments
from hybridcell.fit.gene_network.settings import Lane, RecoverySettings
from hybridcell.fit.gene_network.unknowns import Unknowns, base_network
from hybridcell.mechanisms.gene_network import GeneNetwork, time_course, warm_equilibrium

#: Residuals beyond this many standard deviations count by their size, not by their square.
_HUBER = 2.0
#: Below this an absolute value is rounded off, so that it has a gradient.
_ROUND = 1e-2


class Task(eqx.Module):
    """The experiments as arrays for compiled programs. Row 0 of `made` is the untouched cell."""

    base: GeneNetwork
    steady: Float[Array, "c n"]
    steady_known: Bool[Array, "c n"]
    made: Float[Array, "c+1 n"]
    times: Float[Array, "s t"]
    courses: Float[Array, "s t n"]
    course_known: Bool[Array, "s t n"]
    course_made: Float[Array, "s n"]
    course_row: Array
    on: Float[Array, "s t"]
    edge_cost: Float[Array, "n n"]
    stimulus_cost: Float[Array, ""]
    floor: Float[Array, ""]
    share: Float[Array, ""]

    @classmethod
    def of(cls, data: NetworkExperiments, settings: RecoverySettings) -> Task:
        """Return the task of some experiments."""
        begin, row = np.unique(data.course_made, axis=0, return_inverse=True)
        made = np.concatenate([np.ones((1, data.n)), data.made, begin])
        repeated = np.diff(data.times, axis=1, prepend=-np.inf) <= 0
        strength = np.abs(data.response) / settings.response_scale
        return cls(
            base=base_network(data, settings.steepness),
            steady=jnp.asarray(np.nan_to_num(data.steady)),
            # a gene that is not made is at 0 in every network
            steady_known=jnp.asarray(np.isfinite(data.steady) & (data.made > 0)),
            made=jnp.asarray(made),
            times=jnp.asarray(data.times),
            courses=jnp.asarray(np.nan_to_num(data.courses)),
            course_known=jnp.asarray(np.isfinite(data.courses) & ~repeated[:, :, None]),
            course_made=jnp.asarray(data.course_made),
            course_row=jnp.asarray(1 + len(data.steady) + row.reshape(-1)),
            on=jnp.asarray(data.on),
            edge_cost=jnp.asarray(1.0 / (1.0 + strength**2)),
            stimulus_cost=jnp.asarray(float(settings.stimulus)),
            floor=jnp.asarray(data.noise.floor),
            share=jnp.asarray(data.noise.share),
        )

    def residuals(
        self, network: GeneNetwork, push: Array, start: Array, adjoint: Array
    ) -> tuple[Array, Array, Array]:
        """Return residuals of steady states and courses in standard deviations, and the steady states."""
        states = warm_equilibrium(network, self.made, start, adjoint)
        c = self.steady.shape[0]
        first = jnp.where(self.steady_known, self._scaled(self.steady, states[1 : 1 + c]), 0.0)
        if not self.courses.shape[0]:
            return first, jnp.zeros_like(self.courses), states
        begin = states[self.course_row]
        path = time_course(network, begin, self.times, self.course_made, push, self.on)
        second = jnp.where(self.course_known, self._scaled(self.courses, path), 0.0)
        return first, second, states

    def _scaled(self, measured: Array, level: Array) -> Array:
        # The spread is not to be fitted: a network could buy a small misfit with high levels.
        spread = jnp.sqrt(self.floor**2 + (self.share * jax.lax.stop_gradient(level)) ** 2)
        return (measured - level) / spread

    def cost(
        self, unknowns: Unknowns, lane: Lane, start: Array, adjoint: Array, sparsity: Array
    ) -> tuple[Array, Array]:
        """Return the cost of one member and its steady states.

        Parameters
        ----------
        unknowns, lane
            Of the member.
        start, adjoint
            Where the steady states and their adjoint begin.
        sparsity
            Share of the penalty on edges that counts at this step.
        """
        network = unknowns.network(self.base, lane.log_decay, lane.log_turnover)
        steady, courses, states = self.residuals(network, unknowns.push, start, adjoint)
        misfit = jnp.sum(lane.steady_weight[:, None] * huber(steady))
        misfit += jnp.sum(lane.course_weight[:, None, None] * huber(courses))
        off_diagonal = 1.0 - jnp.eye(unknowns.weights.shape[0])
        edges = jnp.sum(off_diagonal * self.edge_cost * _absolute(unknowns.weights))
        stimuli = jnp.sum(_absolute(unknowns.push))
        total = misfit + sparsity * lane.sparsity * edges + self.stimulus_cost * stimuli + unknowns.penalty()
        return total, states


def huber(residual: Array) -> Array:
    """Return half the square of small residuals, and what grows as the residual of large ones."""
    size = jnp.abs(residual)
    return jnp.where(size < _HUBER, 0.5 * size**2, _HUBER * (size - 0.5 * _HUBER))


def _absolute(x: Array) -> Array:
    return jnp.sqrt(x**2 + _ROUND**2)
