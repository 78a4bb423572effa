"""Small problems side by side: Newton's method within bounds, from many starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from scipy.stats import qmc

#: Points at which all groups are evaluated, of which the best few are starts.
_POINTS, _STARTS = 128, 3
#: Most iterations, the longest step, and the decrease that is none.
_MOST, _LONGEST, _NONE = 100, 2.0, 1e-13


class _State(NamedTuple):
    y: Float[Array, "g c"]
    value: Float[Array, " g"]
    damping: Float[Array, " g"]
    expected: Float[Array, " g"]
    turns: Array


def minimize_groups(
    function: Callable[[Float[Array, "g c"]], Float[Array, " g"]],
    lower: Float[np.ndarray, "g c"],
    upper: Float[np.ndarray, "g c"],
) -> Float[Array, "g c"]:
    """Return the least minima found of functions of few parameters each.

    Parameters
    ----------
    function : callable
        All functions at once: each of its own row.
    lower, upper : ndarray
        Finite bounds; equal ones for what a function does not have.
    """
    c = lower.shape[1]
    unit = qmc.Halton(c, scramble=False).random(_POINTS + 1)[1:]
    points = jnp.asarray(lower + unit[:, None, :] * (upper - lower))
    values = jax.lax.map(function, points)
    values = jnp.where(jnp.isnan(values), jnp.inf, values)
    order = jnp.argsort(values, axis=0)[:_STARTS]
    starts = jnp.take_along_axis(points, order[..., None], axis=0)
    found, least = jax.vmap(lambda y: _descend(function, y, jnp.asarray(lower), jnp.asarray(upper)))(starts)
    best = jnp.argmin(jnp.where(jnp.isnan(least), jnp.inf, least), axis=0)
    return jnp.take_along_axis(found, best[None, :, None], axis=0)[0]


def _descend(
    function: Callable[[Array], Array], start: Array, lower: Array, upper: Array
) -> tuple[Array, Array]:
    g, c = start.shape
    unit = jnp.eye(c)

    def slope(y: Array) -> Array:
        """Return gradients: the same component of all groups moves at a time."""
        along = lambda e: jax.jvp(function, (y,), (jnp.broadcast_to(e, y.shape),))[1]  # noqa: E731
        return jax.vmap(along, out_axes=1)(unit)

    def curvature(y: Array) -> Array:
        along = lambda e: jax.jvp(slope, (y,), (jnp.broadcast_to(e, y.shape),))[1]  # noqa: E731
        return jax.vmap(along, out_axes=2)(unit)

    def step(state: _State) -> _State:
        gradient, hessian = slope(state.y), curvature(state.y)
        held = ((state.y <= lower) & (gradient > 0)) | ((state.y >= upper) & (gradient < 0))
        free = (~held).astype(float)
        hessian = hessian * free[:, :, None] * free[:, None, :]
        fine = jnp.isfinite(hessian).all((1, 2)) & jnp.isfinite(gradient).all(1)
        hessian = jnp.where(fine[:, None, None], (hessian + hessian.swapaxes(1, 2)) / 2, jnp.eye(c))
        gradient = jnp.where(fine[:, None], gradient * free, 0.0)
        size, basis = jnp.linalg.eigh(hessian)
        size = jnp.maximum(jnp.abs(size), 1e-10) + state.damping[:, None]
        inner = jnp.einsum("gij,gi->gj", basis, gradient)
        move = -jnp.einsum("gij,gj->gi", basis, inner / size) * free
        expected = jnp.sum(inner**2 / size, axis=1)
        length = jnp.sqrt(jnp.sum(move**2, axis=1, keepdims=True))
        move = move * jnp.minimum(1.0, _LONGEST / jnp.maximum(length, 1e-300))
        y = jnp.clip(state.y + move, lower, upper)
        value = function(y)
        # near the end, differences are rounding
        room = 1e-14 * jnp.abs(state.value)
        better = (value < state.value) | ((value <= state.value + room) & (expected < 1e-8))
        damping = jnp.where(better, state.damping / 10, jnp.maximum(10 * state.damping, 1e-3))
        return _State(
            jnp.where(better[:, None], y, state.y),
            jnp.where(better, value, state.value),
            jnp.where(damping < 1e-8, 0.0, damping),
            expected,
            state.turns + 1,
        )

    def going(state: _State) -> Array:
        return (state.turns < _MOST) & jnp.any((state.expected > _NONE) & (state.damping < 1e12))

    begun = _State(start, function(start), jnp.full(g, 1e-3), jnp.full(g, jnp.inf), jnp.asarray(0))
    end = jax.lax.while_loop(going, step, begun)
    return end.y, end.value
