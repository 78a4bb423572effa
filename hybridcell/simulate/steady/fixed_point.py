"""Steady states by damped fixed-point iteration, with implicit differentiation.

A steady state of dx/dt = f(x, u) is a fixed point of F(x) = x + f(x, u) / alpha. The iteration
x <- x + length (F(x) - x) needs no Jacobian: one product of the state matrix with the weights a step. Steps
go all the way to F(x) as long as that brings every condition nearer by a fifth; from then on they are damped,
which converges with stronger negative feedback, too, and else takes a seventh more steps. Where either
converges, the relaxed linearization (J / alpha) has its eigenvalues left of the imaginary axis; J itself has
too, save for networks with loops through nodes of very unequal alpha.
The gradient does not unroll the iteration; by the implicit function theorem it solves one adjoint
equation at the solution, by the same kind of iteration.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from hybridcell._core.model import AbstractField

#: Length of a step once whole ones have failed.
DAMPING = 0.8
#: What two whole steps leave of the largest rate, at most. Where they leave more, damped ones leave hardly
#: more under positive feedback, and far less under negative.
_FAST = 0.64


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


class _Carry(NamedTuple):
    """Where an iteration stands: pairs of steps, states, the largest rate seen last, the length of a step."""

    pairs: Array
    x: Float[Array, "c n"]
    moved: Float[Array, ""]
    length: Float[Array, ""]

    @classmethod
    def start(cls, x: Array, length: float) -> _Carry:
        """Return the state before the first step."""
        return cls(jnp.asarray(0), x, jnp.asarray(jnp.inf, x.dtype), jnp.asarray(length, x.dtype))

    def step(self, rate: Callable[[Array], Array]) -> _Carry:
        """Go two steps along the rates: all the way, until that brings little for the first time.

        Only the second is looked at, as the largest of all rates takes a tenth of a step to find.
        """
        x = self.x + self.length * rate(self.x)
        rates = rate(x)
        moved = _largest(rates)
        length = jnp.where(moved < _FAST * self.moved, self.length, jnp.asarray(DAMPING, x.dtype))
        return _Carry(self.pairs + 1, x + length * rates, moved, length)


def iterate(
    field: AbstractField,
    u: Float[Array, "c n"],
    x0: Float[Array, "c n"],
    *,
    n_iterations: int,
    tol: float | Array = 0.0,
    length: float = 1.0,
) -> Float[Array, "c n"]:
    """Return the state after at most n_iterations, fewer when every residual is below tol; no gradient.

    They go in pairs, of which the second is looked at: an odd number is one more. `length` is that of the
    first steps: few, again and again from where the last ones ended, are too few to see whole ones fail.
    """

    def unsettled(carry: _Carry) -> Bool[Array, ""]:
        # also while one condition is not a number
        return (2 * carry.pairs < n_iterations) & ~(carry.moved <= tol)

    def step(carry: _Carry) -> _Carry:
        return carry.step(lambda x: relaxed_rate(field, x, u))

    return jax.lax.while_loop(unsettled, step, _Carry.start(x0, length)).x


@partial(jax.custom_vjp, nondiff_argnums=(0, 5, 6, 7))
def _attach(
    static: Any, dynamic: Any, u: Array, x: Array, lam0: Array, n_adjoint: int, tol: float, length: float
) -> Array:
    """Return x, a root of f, as a differentiable function of the field's arrays and of u."""
    return x


def _attach_forward(
    static: Any, dynamic: Any, u: Array, x: Array, lam0: Array, n_adjoint: int, tol: float, length: float
) -> Any:
    return x, (dynamic, u, x, lam0)


def _attach_backward(
    static: Any, n_adjoint: int, tol: float, length: float, saved: Any, cotangent: Array
) -> Any:
    dynamic, u, x, lam0 = saved

    def rate(dynamic: Any, u: Array, x: Array) -> Array:
        return relaxed_rate(eqx.combine(dynamic, static), x, u)

    _, pull_x = jax.vjp(lambda y: rate(dynamic, u, y), x)
    small = tol * jnp.max(jnp.abs(cotangent))

    # Solve (d rate / d x)^T lam = -cotangent with the kind of iteration that found x.
    def unsettled(carry: _Carry) -> Array:
        return (2 * carry.pairs < n_adjoint) & (carry.moved > small)

    def step(carry: _Carry) -> _Carry:
        return carry.step(lambda lam: pull_x(lam)[0] + cotangent)

    lam = jax.lax.while_loop(unsettled, step, _Carry.start(lam0, length)).x
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
    length: float = 1.0,
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
        Most iterations of the adjoint equation, in pairs, and the relative change at which it stops.
    length
        Of the first steps, as of `iterate`.

    References
    ----------
    Bai, Kolter, Koltun, Deep equilibrium models, NeurIPS 2019; the implicit function theorem.
    """
    dynamic, static = eqx.partition(field, eqx.is_array)
    lam0 = jnp.zeros_like(x) if lam0 is None else lam0
    return _attach(static, dynamic, u, jax.lax.stop_gradient(x), lam0, n_adjoint, tol, length)


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
