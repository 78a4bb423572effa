"""Steady states of gene networks by damped iteration, with the gradient of the implicit function theorem.

The steady state solves x = production(x). The iteration x <- x + damping (production(x) - x) is one product
with the weights a step for all conditions, and so is its adjoint. A fit that moves the weights a little at a
time starts both from where they ended the step before, and a few iterations are enough.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hybridcell.mechanisms.gene_network.two_state import GeneNetwork

#: Converges where every loop of the network has a gain above -3; feedback in promoters is weaker.
DAMPING = 0.5


@partial(jax.custom_vjp, nondiff_argnums=(4,))
def _attach(network: GeneNetwork, made: Array, x: Array, adjoint: Array, n_steps: int) -> Array:
    """Return x, a steady state, as a function of the network."""
    return x


def _attach_forward(network: GeneNetwork, made: Array, x: Array, adjoint: Array, n_steps: int):
    return x, (network, made, x, adjoint)


def _attach_backward(n_steps: int, saved: tuple[GeneNetwork, Array, Array, Array], cotangent: Array):
    network, made, x, adjoint = saved
    _, pull_state = jax.vjp(lambda level: network.production(level, made), x)

    def step(lam: Array, _: None) -> tuple[Array, None]:
        return lam + DAMPING * (pull_state(lam)[0] + cotangent - lam), None

    lam, _ = jax.lax.scan(step, adjoint, None, length=n_steps)
    _, pull_network = jax.vjp(lambda net: net.production(x, made), network)
    # the slot of the adjoint hands back the adjoint itself, for the next step to start from
    return pull_network(lam)[0], jnp.zeros_like(made), jnp.zeros_like(x), lam


_attach.defvjp(_attach_forward, _attach_backward)


def warm_equilibrium(
    network: GeneNetwork,
    made: Float[Array, "c n"],
    start: Float[Array, "c n"],
    adjoint: Float[Array, "c n"],
    *,
    n_steps: int = 6,
) -> Float[Array, "c n"]:
    """Return steady states after a few steps from `start`, differentiable in the network.

    Parameters
    ----------
    network
        The network.
    made : Array, shape (c, n)
        Share of each gene's production that is left in each condition.
    start, adjoint : Array, shape (c, n)
        Where the iterations begin. The "gradient" with respect to `adjoint` is no derivative but the adjoint
        that was found.
    n_steps
        Iterations, the same number forth and back.
    """
    fixed = jax.lax.stop_gradient(network)

    def step(x: Array, _: None) -> tuple[Array, None]:
        return x + DAMPING * (fixed.production(x, made) - x), None

    x, _ = jax.lax.scan(step, jax.lax.stop_gradient(start), None, length=n_steps)
    return _attach(network, made, jax.lax.stop_gradient(x), adjoint, n_steps)


def equilibrium(
    network: GeneNetwork, made: Float[Array, "c n"], *, n_steps: int = 400
) -> tuple[Float[Array, "c n"], Float[Array, " c"]]:
    """Return steady states that are reached from the untouched cell, and how far each is from rest.

    Parameters
    ----------
    network
        The network.
    made : Array, shape (c, n)
        Share of each gene's production that is left in each condition.
    n_steps
        Iterations. The distance says whether they were enough.

    Returns
    -------
    x : Array, shape (c, n)
        Levels; where the iteration circles, the mean of its second half.
    residual : Array, shape (c,)
        Largest \\|production - x\\| over the genes, in the unit of the levels.

    Examples
    --------
    >>> import numpy as np
    >>> net = GeneNetwork.build(np.array([[0.0, 0.0], [3.0, 0.0]]), reference=np.array([0.8, 0.5]))
    >>> x, residual = equilibrium(net, np.array([[1.0, 1.0], [0.0, 1.0]]))
    >>> x.round(3).tolist(), bool(residual.max() < 1e-9)
    ([[0.8, 0.5], [0.0, 0.182]], True)
    """

    def step(carry: tuple[Array, Array], late: Array) -> tuple[tuple[Array, Array], None]:
        x, total = carry
        x = x + DAMPING * (network.production(x, made) - x)
        return (x, total + late * x), None

    made = jnp.asarray(made, float)
    late = (jnp.arange(n_steps) >= n_steps // 2).astype(float)
    begin = made * network.reference
    (x, total), _ = jax.lax.scan(step, (begin, jnp.zeros_like(begin)), late)
    residual = jnp.max(jnp.abs(network.production(x, made) - x), axis=-1)
    circles = residual > 1e-3 * jnp.exp(network.log_capacity)
    return jnp.where(circles[:, None], total / jnp.sum(late), x), residual
