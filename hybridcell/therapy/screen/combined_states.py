"""Steady states of combinations, started from those of their drugs alone: one matrix product a step.

A CellBox network settles where s = (m phi(s)) A + c, with s what reaches each envelope, x = m phi(s) + b the
state, m the saturation levels (0 at nodes that are held), A the weights, and b and c linear in the inputs.
The chord iteration with slopes d of the envelope, N = 1 - diag(m d) A,

    s <- s + ((m phi(s)) A + c - s) / N  =  c / N + (m phi(s) - m d s) (A / N),

needs one product where the same iteration in x needs two. What is linear in the inputs is the sum of the
drugs alone, and so is the state that the iteration starts from, to first order.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from hybridcell._core.devices import map_shared
from hybridcell.mechanisms.cellbox.envelope import apply_envelope
from hybridcell.mechanisms.cellbox.field import CellBoxField

_STEPS = 40
#: Largest step, in units of the tolerance, after which the residual is computed for the first time: the
#: next step, which it tells of, is mostly far smaller.
_LOOSE = 10.0
#: Every so many rows, slopes are averaged.
_SAMPLE = 16


class _Parts(eqx.Module):
    """The network as above, and the drugs alone: arrays of shape (1 + S, n), the control first."""

    levels: Float[Array, " n"]  # m
    weights: Float[Array, "n n"]  # A
    constant: Float[Array, "s n"]  # c of each drug alone
    start: Float[Array, "s n"]  # s of each drug alone, less that of the control
    control: Float[Array, " n"]  # s of the control
    direct: Float[Array, " s"]  # b at the readout


def _split(field: CellBoxField, u: Array, x: Array, readout: int) -> _Parts:
    weights = field.weights.T
    if field.degree == 2:
        weights = weights + jnp.diag(field.weights.sum(axis=1))
    gain = field.epsilon / field.alpha
    inside, direct = (u, jnp.zeros_like(u)) if field.input == "inside" else (jnp.zeros_like(u), gain * u)
    if field.input == "scaled":
        direct = field.psi / field.alpha * u
    if field.clamp:
        direct = jnp.where(field.held, u, direct)
        gain = jnp.where(field.held, 0.0, gain)
    reaching = x @ weights + inside
    return _Parts(
        levels=gain,
        weights=weights,
        constant=direct @ weights + inside,
        start=reaching - reaching[0],
        control=reaching[0],
        direct=direct[:, readout],
    )


@eqx.filter_jit
def combined_states(
    field: CellBoxField,
    u: Float[Array, "s n"],
    x: Float[Array, "s n"],
    parts: Int[Array, "t r k"],
    readout: int,
    tol: Array,
) -> tuple[Float[Array, "t r"], Float[Array, "t r"]]:
    """Return the readout and the residual of tiles of combinations.

    Parameters
    ----------
    u, x
        Inputs and steady states of the control and the drugs alone.
    parts
        For each combination its drugs alone, by row of u and x; 0 for none.
    readout
        Position of the node that is read.
    tol
        Largest |dx/dt| / alpha at which the iteration stops.
    """
    network = _split(field, u, x, readout)
    phi = partial(apply_envelope, field.envelope, field.power)

    def added(table: Array, rows: Array) -> Array:
        return sum((table[rows[..., k]] for k in range(1, rows.shape[-1])), table[rows[..., 0]])

    sampled = network.control + added(network.start, parts[:, ::_SAMPLE])
    slope = jax.jvp(phi, (sampled,), (jnp.ones_like(sampled),))[1]
    slope = network.levels * jnp.mean(slope, axis=(0, 1))
    inverse = jnp.linalg.inv(jnp.eye(len(slope), dtype=slope.dtype) - slope[:, None] * network.weights)
    product, constant = network.weights @ inverse, network.constant @ inverse

    def tile(rows: Array) -> tuple[Array, Array]:
        fixed, plain = added(constant, rows), added(network.constant, rows)

        def moving(carry: tuple[Any, ...]) -> Array:
            k, _, moved, limit = carry
            return (k < _STEPS) & (moved > limit)

        def step(carry: tuple[Any, ...]) -> tuple[Any, ...]:
            k, s, _, limit = carry
            new = fixed + (network.levels * phi(s) - slope * s) @ product
            return k + 1, new, jnp.max(jnp.abs(new - s)), limit

        def unsettled(carry: tuple[Any, ...]) -> Array:
            k, _, residual, _ = carry
            return (k < _STEPS) & (jnp.max(residual) > tol)

        def settle(carry: tuple[Any, ...]) -> tuple[Any, ...]:
            # the last step bounds the residual but for a factor; where that is large, on with a smaller limit
            k, s, _, limit = carry
            k, s, *_ = jax.lax.while_loop(moving, step, (k, s, jnp.full((), jnp.inf, s.dtype), limit))
            made = network.levels * phi(s)
            change = network.levels * phi(made @ network.weights + plain) - made
            return k, s, jnp.max(jnp.abs(change), axis=-1), 0.1 * limit

        start = network.control + added(network.start, rows)
        endless = jnp.full(rows.shape[:1], jnp.inf, start.dtype)
        begin = (jnp.asarray(0), start, endless, jnp.asarray(_LOOSE * tol, start.dtype))
        _, s, residual, _ = jax.lax.while_loop(unsettled, settle, begin)
        value = network.levels[readout] * phi(s[:, readout]) + added(network.direct, rows)
        return value, residual

    return map_shared(tile, parts)
