"""Steady states by damped fixed-point iteration, with implicit differentiation.

A steady state of dx/dt = f(x, u) is a fixed point of F(x) = x + f(x, u) / alpha. The iteration
x <- x + damping (F(x) - x) needs no Jacobian: one product of the state matrix with the weights a step. Where
it converges, the relaxed linearization (J / alpha) has its eigenvalues left of the imaginary axis; J itself
has too, save for networks with loops through nodes of very unequal alpha.
The gradient does not unroll the iteration; by the implicit function theorem it solves one adjoint
equation at the solution, by the same kind of iteration.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from hybridcell._core.model import AbstractField

DAMPING = 0.8


def relaxed_rate(field: AbstractField, x: Float[Array, "c n"], u: Float[Array, "c n"]) -> Float[Array, "c n"]:
    """Return f(x, u) / alpha: how far the fixed-point map would move each state."""
    return field(0.0, x, u) / field.relaxation


def residual_norm(field: AbstractField, x: Float[Array, "c n"], u: Float[Array, "c n"]) -> Float[Array, " c"]:
    """Return the largest |dx/dt| / alpha of each condition."""
    return jnp.max(jnp.abs(relaxed_rate(field, x, u)), axis=-1)


def _largest(rate: Float[Array, "c n"]) -> Float[Array, ""]:
    """Return the largest absolute value; asked for in every iteration, so it must cost little.

    Maxima over the conditions first are made in vector registers; the barrier keeps the compiler from
    merging the two steps to one, which runs number by number and costs a third of an iteration.
    """
    return jnp.max(jax.lax.optimization_barrier(jnp.max(jnp.abs(rate), axis=0)))


def iterate(
    field: AbstractField,
    u: Float[Array, "c n"],
    x0: Float[Array, "c n"],
    *,
    n_iterations: int,
    tol: float | Array = 0.0,
    damping: float = DAMPING,
) -> Float[Array, "c n"]:
    """Return the state after at most n_iterations, fewer when every residual is below tol; no gradient."""

    def unsettled(carry: tuple[Array, Array, Array]) -> Bool[Array, ""]:
        k, _, moved = carry
        return (k < n_iterations) & ~(moved <= tol)  # also while one condition is not a number

    def step(carry: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        k, x, _ = carry
        rate = relaxed_rate(field, x, u)
        return k + 1, x + damping * rate, _largest(rate)

    start = (jnp.asarray(0), x0, jnp.asarray(jnp.inf, x0.dtype))
    return jax.lax.while_loop(unsettled, step, start)[1]


@partial(jax.custom_vjp, nondiff_argnums=(0, 5, 6))
def _attach(static: Any, dynamic: Any, u: Array, x: Array, lam0: Array, n_adjoint: int, tol: float) -> Array:
    """Return x, a root of f, as a differentiable function of the field's arrays and of u."""
    return x


def _attach_forward(
    static: Any, dynamic: Any, u: Array, x: Array, lam0: Array, n_adjoint: int, tol: float
) -> Any:
    return x, (dynamic, u, x, lam0)


def _attach_backward(static: Any, n_adjoint: int, tol: float, saved: Any, cotangent: Array) -> Any:
    dynamic, u, x, lam0 = saved

    def rate(dynamic: Any, u: Array, x: Array) -> Array:
        return relaxed_rate(eqx.combine(dynamic, static), x, u)

    _, pull_x = jax.vjp(lambda y: rate(dynamic, u, y), x)
    small = tol * jnp.max(jnp.abs(cotangent))

    # Solve (d rate / d x)^T lam = -cotangent with the damped iteration that found x.
    def unsettled(carry: tuple[Array, Array, Array]) -> Array:
        k, _, moved = carry
        return (k < n_adjoint) & (moved > small)

    def step(carry: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        k, lam, _ = carry
        change = pull_x(lam)[0] + cotangent
        return k + 1, lam + DAMPING * change, _largest(change)

    start = (jnp.asarray(0), lam0, jnp.asarray(jnp.inf, x.dtype))
    _, lam, _ = jax.lax.while_loop(unsettled, step, start)
    _, pull = jax.vjp(lambda d, v: rate(d, v, x), dynamic, u)
    grad_dynamic, grad_u = pull(lam)
    return grad_dynamic, grad_u, jnp.zeros_like(x), lam


_attach.defvjp(_attach_forward, _attach_backward)


def differentiable_root(
    field: AbstractField,
    u: Float[Array, "c n"],
    x: Float[Array, "c n"],
    *,
    lam0: Float[Array, "c n"] | None = None,
    n_adjoint: int = 500,
    tol: float = 1e-12,
) -> Float[Array, "c n"]:
    """Give a root that was found by any method its gradient with respect to the field and u.

    Parameters
    ----------
    field, u
        What x is a root of.
    x : Array, shape (C, n)
        Steady states; their own gradient is cut.
    lam0 : Array, shape (C, n), optional
        Where the adjoint iteration starts. The "gradient" with respect to it is no derivative but the
        adjoint that was found: a training loop takes it up as the next start, and needs few iterations.
    n_adjoint, tol
        Most iterations of the adjoint equation, and the relative change at which it stops.

    References
    ----------
    Bai, Kolter, Koltun, Deep equilibrium models, NeurIPS 2019; the implicit function theorem.
    """
    dynamic, static = eqx.partition(field, eqx.is_array)
    lam0 = jnp.zeros_like(x) if lam0 is None else lam0
    return _attach(static, dynamic, u, jax.lax.stop_gradient(x), lam0, n_adjoint, tol)


def implicit_steady_state(
    field: AbstractField,
    u: Float[Array, "c n"],
    x0: Float[Array, "c n"],
    *,
    n_iterations: int = 500,
    n_adjoint: int = 500,
    tol: float = 1e-12,
) -> Float[Array, "c n"]:
    """Return steady states by damped fixed-point iteration from x0, differentiable in the field and u."""
    dynamic, static = eqx.partition((field, u, x0), eqx.is_inexact_array)
    stopped = eqx.combine(jax.lax.stop_gradient(dynamic), static)
    x = iterate(*stopped, n_iterations=n_iterations, tol=tol)
    return differentiable_root(field, u, x, n_adjoint=n_adjoint, tol=tol)
