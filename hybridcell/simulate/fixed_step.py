"""Explicit methods with one step size, on one state matrix for all conditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from hybridcell._core.model import AbstractField

Rate = Callable[[Any, Any], Any]


def step_euler(f: Rate, t: Any, x: Any, dt: float) -> Any:
    """One step of Euler's method."""
    return x + dt * f(t, x)


def step_midpoint(f: Rate, t: Any, x: Any, dt: float) -> Any:
    """One step of the explicit midpoint method."""
    return x + dt * f(t + dt / 2, x + dt / 2 * f(t, x))


def step_heun(f: Rate, t: Any, x: Any, dt: float) -> Any:
    """One step of Heun's method (explicit trapezoid)."""
    k1 = f(t, x)
    return x + dt / 2 * (k1 + f(t + dt, x + dt * k1))


def step_rk4(f: Rate, t: Any, x: Any, dt: float) -> Any:
    """One step of the classical Runge-Kutta method."""
    k1 = f(t, x)
    k2 = f(t + dt / 2, x + dt / 2 * k1)
    k3 = f(t + dt / 2, x + dt / 2 * k2)
    k4 = f(t + dt, x + dt * k3)
    return x + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


STEPPERS = {"euler": step_euler, "midpoint": step_midpoint, "heun": step_heun, "rk4": step_rk4}

#: Steps between stored states in reverse mode: about the square root of the usual 400 steps.
_BLOCK = 20


@eqx.filter_jit
def _march(field: AbstractField, x0: Array, u: Array, t0: Any, dt: Any, n_steps: int, method: str) -> Array:
    """Return all states, shape (n_steps + 1, C, n)."""
    stepper = STEPPERS[method]

    def one(x: Array, k: Array) -> tuple[Array, Array]:
        new = stepper(lambda t, y: field(t, y, u), t0 + k * dt, x, dt)
        return new, new

    _, states = jax.lax.scan(one, x0, jnp.arange(n_steps))
    return jnp.concatenate([x0[None], states])


def final_state(
    field: AbstractField,
    x0: Float[Array, "c n"],
    u: Float[Array, "c n"],
    *,
    n_steps: int,
    dt: float,
    method: str = "heun",
) -> Float[Array, "c n"]:
    """Return the state after n_steps, differentiable in little memory (states are stored every 20 steps)."""
    stepper = STEPPERS[method]

    def one(x: Array, k: Array) -> tuple[Array, None]:
        return stepper(lambda t, y: field(t, y, u), k * dt, x, dt), None

    @jax.checkpoint
    def block(x: Array, ks: Array) -> tuple[Array, None]:
        return jax.lax.scan(one, x, ks)

    n_blocks, rest = divmod(n_steps, _BLOCK)
    ks = jnp.arange(n_steps)
    x, _ = jax.lax.scan(block, x0, ks[: n_blocks * _BLOCK].reshape(n_blocks, _BLOCK))
    if rest:
        x, _ = block(x, ks[n_blocks * _BLOCK :])
    return x


def fixed_step_trajectory(
    field: AbstractField, x0: Array, u: Array, *, t0: float, ts: np.ndarray, dt: float, method: str
) -> Array:
    """Return states at `ts`, shape (T, C, n).

    Times on the grid t0 + k dt are the method's own states; between them the cubic Hermite polynomial
    through both ends and their slopes is used.
    """
    n_steps = max(int(np.ceil((ts[-1] - t0) / dt - 1e-9)), 1)
    states = _march(field, x0, u, t0, dt, n_steps, method)
    place = (ts - t0) / dt
    left = np.clip(np.floor(place + 1e-9).astype(int), 0, n_steps - 1)
    share = place - left
    on_grid = np.abs(place - np.round(place)) < 1e-6
    if on_grid.all():
        return states[np.round(place).astype(int)]
    return _hermite(field, states, u, t0, dt, jnp.asarray(left), jnp.asarray(np.where(on_grid, np.round(share), share)))


@eqx.filter_jit
def _hermite(field: AbstractField, states: Array, u: Array, t0: Any, dt: Any, left: Array, share: Array) -> Array:
    def at(k: Array, s: Array) -> Array:
        x0, x1 = states[k], states[k + 1]
        f0, f1 = field(t0 + k * dt, x0, u), field(t0 + (k + 1) * dt, x1, u)
        h00, h10 = 2 * s**3 - 3 * s**2 + 1, s**3 - 2 * s**2 + s
        return h00 * x0 + h10 * dt * f0 + (1 - h00) * x1 + (s**3 - s**2) * dt * f1

    return jax.lax.map(lambda pair: at(*pair), (left, share))
