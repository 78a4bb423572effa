"""Fits of many members in one compiled program."""

from __future__ import annotations

from dataclasses import dataclass, field

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from hybridcell._core.errors import NotConvergedError
from hybridcell._core.progress import progress_bar
from hybridcell.fit.gene_network.descent import Descent, advance
from hybridcell.fit.gene_network.experiments import NetworkExperiments
from hybridcell.fit.gene_network.objective import Task, huber
from hybridcell.fit.gene_network.settings import Lane, RecoverySettings, lanes
from hybridcell.fit.gene_network.unknowns import Unknowns
from hybridcell.mechanisms.gene_network import GeneNetwork, equilibrium

#: Steps between two looks at the progress; one compiled program makes them.
_CHUNK = 20
#: A member is left out when its misfit exceeds that of one with as large a penalty on edges by this share and
#: two over the root of the values: it got stuck. The random weights of the conditions move it by less.
_STUCK = 0.1


@dataclass(frozen=True, eq=False)
class NetworkFits:
    """Fitted members.

    Attributes
    ----------
    networks : GeneNetwork
        Arrays have the members first.
    push : ndarray, shape (m, s, n)
        What the stimulus of each course does to each gene.
    misfit : ndarray, shape (m,)
        Huber misfit of all measurements, each counted once.
    settled : ndarray of bool, shape (m,)
        Whether every steady state of the member was reached.
    left_out : int
        Members that were fitted and are not here, because they explain the data much worse than the others.
    """

    networks: GeneNetwork
    push: Float[np.ndarray, "m s n"]
    misfit: Float[np.ndarray, " m"]
    settled: np.ndarray
    left_out: int = field(default=0)

    @property
    def n_members(self) -> int:
        """Number of members."""
        return len(self.misfit)

    @property
    def weights(self) -> Float[np.ndarray, "m n n"]:
        """Return weights[m, target, source], 0 on the diagonal."""
        weights = np.array(self.networks.weights)
        diagonal = np.arange(weights.shape[1])
        weights[:, diagonal, diagonal] = 0.0
        return weights

    def steady_states(self, made: Float[np.ndarray, "c n"]) -> Float[np.ndarray, "m c n"]:
        """Return the steady states of each member when only `made` of each gene's production is left."""
        return np.asarray(_steady_states(self.networks, jnp.asarray(made, float))[0])


def fit_networks(
    data: NetworkExperiments,
    *,
    rates: tuple[float, float] | None = None,
    n_members: int | None = None,
    settings: RecoverySettings | None = None,
    progress: bool | None = None,
    key: PRNGKeyArray,
) -> NetworkFits:
    """Fit the members of a recovery.

    Parameters
    ----------
    data
        The experiments.
    rates
        Prior centers of decay and turnover, per time; default: from the courses (`time_scale`).
    n_members
        Number of fits; default: twice the grid of the settings.
    settings
        The grid of the members.
    progress
        Whether to show a bar; None: where a person is looking.
    key
        Random weights of the conditions.

    Raises
    ------
    NotConvergedError
        When no member has a finite misfit.
    """
    settings = RecoverySettings() if settings is None else settings
    m = settings.n_members if n_members is None else n_members
    centers = (data.time_scale, data.time_scale) if rates is None else rates
    rng = np.random.default_rng(np.asarray(jr.key_data(key)).astype(np.uint32))
    task, lane = Task.of(data, settings), lanes(data, settings, m, centers, rng)
    start = Descent.begin(task, settings.pace(data.n))
    descents = jax.tree.map(lambda a: jnp.broadcast_to(a, (m, *jnp.shape(a))), start)
    total = jnp.asarray(float(settings.steps))
    with progress_bar(total=settings.steps, description="fitting networks", show=progress) as bar:
        for first in range(0, settings.steps, _CHUNK):
            last = min(first + _CHUNK, settings.steps)
            descents, costs = advance(descents, task, lane, jnp.asarray(first), jnp.asarray(last), total)
            costs.block_until_ready()
            bar.update(last - first)
    networks, misfit, residual = jax.tree.map(np.asarray, _results(descents.best, task, lane))
    n_values = int(np.isfinite(data.steady).sum() + np.isfinite(data.courses).sum())
    kept = usable(misfit, np.asarray(lane.sparsity), n_values)
    return NetworkFits(
        networks=jax.tree.map(lambda a: a[kept], networks),
        push=np.asarray(descents.best.push)[kept],
        misfit=misfit[kept],
        settled=residual[kept] < 1e-3 * data.capacity,
        left_out=m - len(kept),
    )


def usable(misfit: Float[np.ndarray, " m"], sparsity: Float[np.ndarray, " m"], n_values: int) -> np.ndarray:
    """Return which members are not stuck: none of as large a penalty explains the data much better.

    Raises
    ------
    NotConvergedError
        When no member has a finite misfit.
    """
    finite = np.isfinite(misfit)
    if not finite.any():
        raise NotConvergedError(
            "No member of the recovery has a finite misfit. Look for levels that are far from all others, or "
            "give rates=(decay, turnover) per unit of time."
        )
    known = np.where(finite, misfit, np.inf)
    rivals = np.array([known[sparsity >= own].min() for own in sparsity])
    return np.flatnonzero(finite & (known <= (1.0 + _STUCK + 2.0 / np.sqrt(n_values)) * rivals))


@eqx.filter_jit
def _steady_states(networks: GeneNetwork, made: Array) -> tuple[Array, Array]:
    return jax.vmap(lambda network: equilibrium(network, made))(networks)


@eqx.filter_jit
def _results(unknowns: Unknowns, task: Task, lane: Lane) -> tuple[GeneNetwork, Array, Array]:
    """Return networks, misfit of all measurements, and how far from rest the steady states are."""

    def one(unknowns: Unknowns, lane: Lane) -> tuple[GeneNetwork, Array, Array]:
        network = unknowns.network(task.base, lane.log_decay, lane.log_turnover)
        states, residual = equilibrium(network, task.made)
        steady, courses, _ = task.residuals(network, unknowns.push, states, jnp.zeros_like(states))
        return network, jnp.sum(huber(steady)) + jnp.sum(huber(courses)), jnp.max(residual)

    return jax.vmap(one)(unknowns, lane)
