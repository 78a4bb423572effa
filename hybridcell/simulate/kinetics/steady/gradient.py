"""Derivatives of steady states, whichever way they were found, by the implicit function theorem."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hybridcell.mechanisms.program.system import System
from hybridcell.simulate.kinetics.steady.terms import Terms


def differentiable_steady_state(
    system: System, terms: Terms, p: Float[Array, "c m"], x: Float[Array, "c n"], *, t: float = 0.0
) -> Float[Array, "c n"]:
    """Give steady states their derivatives with respect to the constants, forward and reverse.

    Parameters
    ----------
    system, terms
        Of the network; the conserved sums of `terms` hold the state to the totals it starts with, which is
        how initial values act on it.
    p : Array, shape (C, m)
        Constants. Derivatives flow through them.
    x : Array, shape (C, n)
        Steady states, as from `solve_network_steady_state`; their own derivative is cut.
    t : float
        When rates that read the time are taken.

    Notes
    -----
    One Newton step whose matrix and starting point are held fixed moves a root by nothing and has the
    derivative of the root. Not a number where the root is not isolated: a singular linearization.
    """
    x = jax.lax.stop_gradient(jnp.asarray(x))
    n, laws, dependent = x.shape[1], jnp.asarray(terms.laws), terms.dependent
    time = jnp.asarray(t, x.dtype)

    def correction(x: Array, p: Array) -> Array:
        p = system.pad_constants(p)
        padded = jnp.pad(x, (0, system.n - n))
        f, jacobian, _ = system.linearized(time, padded, jax.lax.stop_gradient(p))
        matrix = jacobian[:n, :n].at[dependent].set(laws)
        f = system.rhs(time, padded, p)[:n]
        f = f.at[dependent].set(laws @ (x - system.initial(time, p)[:n]))
        rows = jnp.max(jnp.abs(matrix), axis=1)
        rows = jnp.where(rows > 0, rows, 1.0)
        return jnp.linalg.solve(
            jax.lax.stop_gradient(matrix / rows[:, None]), f / jax.lax.stop_gradient(rows)
        )

    moved = jax.vmap(correction)(x, p)
    return x - (moved - jax.lax.stop_gradient(moved))
