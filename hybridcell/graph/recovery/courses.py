"""Time courses of the recovered networks at any time: what was measured goes on, by the equations."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell.fit.gene_network import NetworkExperiments, NetworkFits
from hybridcell.mechanisms.gene_network import GeneNetwork, equilibrium, time_course


def predicted_courses(
    data: NetworkExperiments, fits: NetworkFits, times: Float[np.ndarray, " k"]
) -> Float[np.ndarray, "s k n"]:
    """Return the levels of every course at these times, the mean over the members, in the unit of the data.

    A course begins at its first measured time at the steady state of the network. Its stimulus acts as it
    does in the data, and after the last time of the data as at that time.

    Parameters
    ----------
    data, fits
        The experiments and the members.
    times
        Rising, none before the first time of a course.
    """
    found = np.empty((len(data.times), len(times), data.n))
    for s, measured in enumerate(data.times):
        known, first = np.unique(measured, return_index=True)
        grid = np.union1d(known, times)
        at = np.clip(np.searchsorted(known, grid, side="right") - 1, 0, None)
        path = _course(
            fits.networks,
            jnp.asarray(fits.push[:, s]),
            jnp.asarray(data.course_made[s]),
            jnp.asarray(grid),
            jnp.asarray(data.on[s, first][at]),
        )
        found[s] = np.asarray(path)[:, np.searchsorted(grid, times)].mean(axis=0)
    return found


@eqx.filter_jit
def _course(networks: GeneNetwork, push: Array, made: Array, times: Array, on: Array) -> Array:
    """Return one course by all members, shape (members, times, genes)."""

    def one(network: GeneNetwork, push: Array) -> Array:
        begin, _ = equilibrium(network, made[None])
        return time_course(network, begin, times[None], made[None], push[None], on[None])[0]

    return jax.vmap(one)(networks, push)
