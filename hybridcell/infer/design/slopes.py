"""Derivatives of a screen model's predictions with respect to its free numbers."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, Int

from hybridcell._core.model import AbstractModel
from hybridcell._core.parameter import trainable_filter
from hybridcell.fit.losses import mechanism_of, penalty
from hybridcell.mechanisms.cellbox import CellBox
from hybridcell.simulate.adaptive import integrate
from hybridcell.simulate.steady.fixed_point import relaxed_rate

_MAX_STEPS = 4096


def movable(model: AbstractModel, *, steady: bool) -> Any:
    """Return True on the leaves that a fit moves; of steady states, alpha is none of them."""
    spec = trainable_filter(model)
    mechanism = mechanism_of(model)
    if not (steady and isinstance(mechanism, CellBox)):
        return spec
    inner = (lambda m: m._alpha.raw) if mechanism is model else (lambda m: m.mechanism._alpha.raw)
    return eqx.tree_at(inner, spec, replace=False)


def condition_slopes(
    free: Any, frame: Any, u: Float[Array, " n"], x: Float[Array, " n"], columns: Int[Array, " r"]
) -> Float[Array, "r q"]:
    """Return derivatives of one steady state at `columns`, by the implicit function theorem.

    Costs one factorization of the Jacobian and a backward pass for each readout.
    """

    def rate(free: Any, x: Array) -> Array:
        return relaxed_rate(eqx.combine(free, frame).field(), x[None], u[None])[0]

    jacobian = jax.jacfwd(lambda y: rate(free, y))(x)
    wanted = jnp.eye(len(x), dtype=x.dtype)[columns]
    adjoint = jnp.linalg.solve(jacobian.T, -wanted.T).T
    _, pull = jax.vjp(lambda f: rate(f, x), free)
    return jax.vmap(lambda row: ravel_pytree(pull(row)[0])[0])(adjoint)


@eqx.filter_jit
def steady_slopes(
    free: Any, frame: Any, u: Float[Array, "c n"], x: Float[Array, "c n"], columns: Int[Array, " r"]
) -> Float[Array, "c r q"]:
    """Return derivatives of steady states x of all conditions."""
    return jax.lax.map(lambda pair: condition_slopes(free, frame, pair[0], pair[1], columns), (u, x))


@eqx.filter_jit
def timed_slopes(
    free: Any,
    frame: Any,
    u: Float[Array, "c n"],
    when: Int[Array, " c"],
    ts: Float[Array, " t"],
    columns: Int[Array, " r"],
    method: str,
    rtol: Any,
    atol: Any,
) -> Float[Array, "c r q"]:
    """Return derivatives of the states that conditions have at their times ``ts[when]``."""

    def one(pair: tuple[Array, Array]) -> Array:
        u, when = pair

        def seen(flat: Array) -> Array:
            model = eqx.combine(unravel(flat), frame)
            x0 = model.initial_state(u[None])
            ys, _ = integrate(
                model.field(), x0, u[None], t0=0.0, ts=ts, method=method, rtol=rtol, atol=atol,
                max_steps=_MAX_STEPS,
            )  # fmt: skip
            return ys[when, 0][columns]

        return jax.jacrev(seen)(flat)

    flat, unravel = ravel_pytree(free)
    return jax.lax.map(one, (u, when))


@eqx.filter_jit
def ridge_curvature(free: Any, frame: Any, strength: dict[str, Array]) -> Float[Array, " q"]:
    """Return half the curvature of the penalties, by number: the strength of the ridge on each of them."""

    def total(free: Any) -> Array:
        model = eqx.combine(free, frame)
        nothing = jnp.zeros((1, model.n))
        return penalty(model, model.field(), nothing, nothing, strength)

    # penalties are sums over numbers, so that the Hessian times ones is its diagonal
    ones = jax.tree.map(jnp.ones_like, free)
    _, curvature = jax.jvp(jax.grad(total), (free,), (ones,))
    return 0.5 * ravel_pytree(curvature)[0]
