"""Bringing a state onto its constraints without changing what the differential equations carry."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from hybridcell.simulate.kinetics.compiled.field import Field, algebraic_rows

_ITERATIONS = 50
#: Implicit Euler steps along fast reactions, and by how much each is longer than the one before.
_RELAXATIONS, _LONGER = 75, 1.5


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

    still = jax.lax.stop_gradient
    anchor = still(x)
    begun = _relaxed(still(field), still(t), anchor)
    found, _, _ = jax.lax.while_loop(going, improve, (begun, jnp.asarray(jnp.inf, x.dtype), jnp.asarray(0)))
    return still(found) - correction(still(found), x, None)


def _relaxed(field: Field, t: Float[Array, " c"], x: Float[Array, "c n"]) -> Float[Array, "c n"]:
    """Follow fast reactions to where they lead, by implicit Euler steps that grow until they are Newton's.

    Newton's iteration alone might end at another equilibrium, which these reactions leave.
    """
    mass, along = field.system.mass, field.system.along
    assert mass is not None
    assert along is not None
    algebraic = algebraic_rows(mass)
    f, jacobian, _ = field.linearized(t, x)
    slopes = jnp.where(algebraic[:, None], jnp.abs(jacobian), 0.0)
    off = algebraic & (jnp.abs(f) > 1e-12 * jnp.einsum("cij,cj->ci", slopes, jnp.abs(x)))
    wanted = jnp.any(off, axis=-1) & jnp.any(along != 0)
    steepest = jnp.max(slopes, axis=(1, 2))

    def follow(k: Array, z: Array) -> Array:
        f, jacobian, _ = field.linearized(t, z)
        wrong = jnp.where(algebraic, f, (z - x) @ mass.T)
        inverse = 10.0 * steepest * _LONGER ** -k.astype(x.dtype)
        matrix = mass + algebraic[:, None] * jacobian - inverse[:, None, None] * along
        moved = z - jnp.linalg.solve(matrix, wrong[..., None])[..., 0]
        usable = wanted & jnp.all(jnp.isfinite(moved), axis=-1)
        return jnp.where(usable[:, None], moved, z)

    return jax.lax.cond(jnp.any(wanted), lambda: jax.lax.fori_loop(0, _RELAXATIONS, follow, x), lambda: x)
