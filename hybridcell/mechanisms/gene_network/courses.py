"""Time courses of gene networks, by an exponential step that no decay rate can make unstable."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hybridcell.mechanisms.gene_network.two_state import GeneNetwork


def time_course(
    network: GeneNetwork,
    start: Float[Array, "s n"],
    times: Float[Array, "s t"],
    made: Float[Array, "s n"] | float = 1.0,
    push: Float[Array, "s n"] | float = 0.0,
    on: Float[Array, "s t"] | float = 1.0,
    *,
    substeps: int = 4,
) -> Float[Array, "s t n"]:
    """Return the mRNA levels of several courses at their times.

    Parameters
    ----------
    network
        The network.
    start : Array, shape (s, n)
        Levels at the first time, mRNA and protein alike: a steady state.
    times : Array, shape (s, t)
        Rising times of each course; a time that is repeated repeats the level.
    made, push
        As for `GeneNetwork.production`, constant over the course.
    on : Array, shape (s, t)
        Share of `push` that acts from each time to the next; the last column is not read.
    substeps
        Steps between two times. Between steps the production is taken as constant, which is of first order.

    Examples
    --------
    >>> import numpy as np
    >>> net = GeneNetwork.build(np.zeros((1, 1)), reference=np.array([0.5]))
    >>> course = time_course(net, np.array([[0.0]]), np.array([[0.0, 1.0, 50.0]]))
    >>> course[0, :, 0].round(3).tolist()
    [0.0, 0.316, 0.5]
    """
    start, times = jnp.asarray(start, float), jnp.asarray(times, float)
    on = jnp.broadcast_to(jnp.asarray(on, float), times.shape)
    decay, turnover = jnp.exp(network.log_decay), jnp.exp(network.log_turnover)

    def step(state: tuple[Array, Array], given: tuple[Array, Array]) -> tuple[tuple[Array, Array], Array]:
        x, y = state
        span, share = given[0][:, None], given[1][:, None]
        aim = network.production(y, made, share * push)
        x_new = aim + (x - aim) * jnp.exp(-decay * span)
        middle = 0.5 * (x + x_new)
        return (x_new, middle + (y - middle) * jnp.exp(-turnover * span)), x_new

    spans = jnp.repeat(jnp.diff(times, axis=1).T / substeps, substeps, axis=0)
    shares = jnp.repeat(on[:, :-1].T, substeps, axis=0)
    _, path = jax.lax.scan(step, (start, start), (spans, shares))
    return jnp.concatenate([start[None], path[substeps - 1 :: substeps]]).swapaxes(0, 1)
