"""Bringing a state onto its constraints without changing what the differential equations carry."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hybridcell.simulate.kinetics.compiled.field import Field, algebraic_rows

_ITERATIONS = 50


def onto_constraints(field: Field, t: Float[Array, " c"], x: Float[Array, "c n"]) -> Float[Array, "c n"]:
    """Return the state z with g(t, z) = 0 and L z = L x, by Newton's method from x.

    The last iteration is differentiable, which by the implicit function theorem makes the whole so.
    """
    mass = field.system.mass
    assert mass is not None
    algebraic = algebraic_rows(mass)

    def correction(z: Array, x: Array, matrix: Array | None) -> Array:
        f, jacobian, _ = field.linearized(t, z)
        wrong = jnp.where(algebraic, f, (z - x) @ mass.T)
        matrix = mass + algebraic[:, None] * jacobian if matrix is None else matrix
        return jnp.linalg.solve(jax.lax.stop_gradient(matrix), wrong[..., None])[..., 0]

    def improve(carry: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        z, _, count = carry
        step = correction(z, anchor, None)
        size = jnp.max(
            jnp.abs(step) / (jnp.abs(z) + jnp.max(jnp.abs(z), axis=-1, keepdims=True) * 1e-6 + 1e-300)
        )
        return z - step, size, count + 1

    def going(carry: tuple[Array, Array, Array]) -> Array:
        return (carry[1] > 1e-13) & (carry[2] < _ITERATIONS)

    anchor = jax.lax.stop_gradient(x)
    still = jax.lax.stop_gradient
    found, _, _ = jax.lax.while_loop(going, improve, (anchor, jnp.asarray(jnp.inf, x.dtype), jnp.asarray(0)))
    return still(found) - correction(still(found), x, None)
