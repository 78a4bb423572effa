"""Jacobians of the relaxed rate, and the methods that use them: chord and Newton iteration."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from hybridcell._core.model import AbstractField
from hybridcell.simulate.steady.fixed_point import relaxed_rate

#: What rounding may make of an eigenvalue of 0, as a share of the largest entry of its matrix.
_ROUNDING = 1e-12


@eqx.filter_jit
def relaxed_jacobians(
    field: AbstractField, x: Float[Array, "c n"], u: Float[Array, "c n"]
) -> Float[Array, "c n n"]:
    """Return d(f / alpha) / dx of each condition."""

    def of_one(xc: Array, uc: Array) -> Array:
        return jax.jacfwd(lambda y: relaxed_rate(field, y[None], uc[None])[0])(xc)

    return jax.lax.map(lambda pair: of_one(*pair), (x, u), batch_size=16)


@eqx.filter_jit
def chord(
    field: AbstractField,
    u: Float[Array, "c n"],
    x0: Float[Array, "c n"],
    center: Float[Array, " n"],
    u_center: Float[Array, " n"],
    n_iterations: int,
    tol: float | Array,
) -> Float[Array, "c n"]:
    """Iterate x <- x - J^-1 f(x)/alpha with one inverse, taken at `center`, shared by all conditions.

    Costs one matrix product more than a fixed-point step and converges far faster where the conditions
    lie near the center, also where the fixed-point iteration does not converge at all.
    """
    jacobian = jax.jacfwd(lambda y: relaxed_rate(field, y[None], u_center[None])[0])(center)
    inverse = jnp.linalg.inv(jacobian)

    def unsettled(carry: tuple[Array, Array, Array]) -> Array:
        k, _, moved = carry
        return (k < n_iterations) & ~(moved <= tol)  # also while one condition is not a number

    def step(carry: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        k, x, _ = carry
        rate = relaxed_rate(field, x, u)
        return k + 1, x - rate @ inverse.T, jnp.max(jnp.abs(rate))

    start = (jnp.asarray(0), x0, jnp.asarray(jnp.inf, x0.dtype))
    return jax.lax.while_loop(unsettled, step, start)[1]


@eqx.filter_jit
def newton(
    field: AbstractField,
    u: Float[Array, "c n"],
    x0: Float[Array, "c n"],
    n_iterations: int,
) -> Float[Array, "c n"]:
    """Newton iteration, each condition with its own Jacobian; steps are kept below 1 in each state."""
    eye = jnp.eye(x0.shape[-1], dtype=x0.dtype)

    def step(x: Array, _: None) -> tuple[Array, None]:
        jacobian = relaxed_jacobians(field, x, u)
        # the tiny shift keeps a singular Jacobian (a fold) from giving infinite steps
        move = jnp.linalg.solve(jacobian - 1e-12 * eye, relaxed_rate(field, x, u)[..., None])[..., 0]
        size = jnp.max(jnp.abs(move), axis=-1, keepdims=True)
        return x - move / jnp.maximum(size, 1.0), None

    return jax.lax.scan(step, x0, None, length=n_iterations)[0]


def are_stable(
    jacobians: Float[np.ndarray, "c n n"], relaxation: Float[np.ndarray, " n"]
) -> Bool[np.ndarray, " c"]:
    """Tell whether each state is asymptotically stable: small deviations of every direction die out.

    All eigenvalues of the Jacobian of dx/dt have real parts below 0 by more than what rounding makes of 0,
    1e-12 of its largest entry. At a fold, in a line of steady states or around a center some have 0, and the
    state is not stable. Interaction networks have no sums that their rates conserve, as each state decays at
    its own rate alpha and held nodes go to their input; so an eigenvalue of 0 is never one that no deviation
    can follow.

    `jacobians` are relaxed (divided by alpha per row). Where every disk of Gershgorin lies left already,
    no eigenvalue is computed.
    """
    finite = np.isfinite(jacobians).all(axis=(1, 2))
    diagonal = np.diagonal(jacobians, axis1=1, axis2=2)
    sizes = np.abs(jacobians).sum(axis=2)
    disks = diagonal + sizes - np.abs(diagonal)
    stable = finite & (disks < -_ROUNDING * sizes).all(axis=1)
    rows = np.flatnonzero(finite & ~stable)
    if rows.size:
        full = jacobians[rows] * relaxation[:, None]
        scale = np.abs(full).max(axis=(1, 2))
        stable[rows] = np.linalg.eigvals(full).real.max(axis=1) < -_ROUNDING * scale
    return stable
