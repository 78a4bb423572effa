"""Explicit methods with one step size, on one state matrix for all conditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from hybridcell._core.model import AbstractField

Rate = Callable[[Any, Any], Any]


def step_euler(f: Rate, t: Any, x: Any, dt: Any) -> Any:
    """One step of Euler's method."""
    return x + dt * f(t, x)


def step_midpoint(f: Rate, t: Any, x: Any, dt: Any) -> Any:
    """One step of the explicit midpoint method."""
    return x + dt * f(t + dt / 2, x + dt / 2 * f(t, x))


def step_heun(f: Rate, t: Any, x: Any, dt: Any) -> Any:
    """One step of Heun's method (explicit trapezoid)."""
    k1 = f(t, x)
    return x + dt / 2 * (k1 + f(t + dt, x + dt * k1))


def step_rk4(f: Rate, t: Any, x: Any, dt: Any) -> Any:
    """One step of the classical Runge-Kutta method."""
    k1 = f(t, x)
    k2 = f(t + dt / 2, x + dt / 2 * k1)
    k3 = f(t + dt / 2, x + dt / 2 * k2)
    k4 = f(t + dt, x + dt * k3)
    return x + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


STEPPERS = {"euler": step_euler, "midpoint": step_midpoint, "heun": step_heun, "rk4": step_rk4}
#: How often a step of each method evaluates the right-hand side.
_STAGES = {"euler": 1, "midpoint": 2, "heun": 2, "rk4": 4}

#: Steps written out in one turn of the loop, so that the compiler sees several at once.
_UNROLLED = 5
#: Bytes that reverse mode may fill with products of states and weights, which need not be made again then.
_ROOM = 64e6
#: Steps between stored states where the products take more: about the square root of the usual 400 steps.
_BLOCK = 20


def final_state(
    field: AbstractField,
    x0: Float[Array, "c n"],
    u: Float[Array, "c n"],
    *,
    n_steps: int,
    dt: float,
    method: str = "heun",
) -> Float[Array, "c n"]:
    """Return the state after n_steps, differentiable in little memory.

    For the gradient the matrix products of all steps are kept where they take 64 MB at most (in single
    precision, what tanh makes of them); everything else, or all but the state of every 20th step, is computed
    again on the way back.
    """
    stepper = STEPPERS[method]
    fits = n_steps * _STAGES[method] * x0.size * x0.dtype.itemsize <= _ROOM
    length = _UNROLLED if fits else _BLOCK

    def one(x: Array, k: Array) -> tuple[Array, None]:
        return stepper(lambda t, y: field(t, y, u), k * dt, x, dt), None

    def steps(x: Array, ks: Array) -> tuple[Array, None]:
        return jax.lax.scan(one, x, ks, unroll=_UNROLLED)

    block = jax.checkpoint(steps, policy=_kept(x0.dtype) if fits else None)
    n_blocks, rest = divmod(n_steps, length)
    ks = jnp.arange(n_steps)
    x, _ = jax.lax.scan(block, x0, ks[: n_blocks * length].reshape(n_blocks, length))
    if rest:
        x, _ = block(x, ks[n_blocks * length :])
    return x


def _kept(dtype: Any) -> Callable[..., bool]:
    """Return which operations' results reverse mode keeps.

    Behind a tanh the product itself is not asked for any more, so that keeping the tanh takes no more memory.
    In double precision making it again is faster than keeping it, in single precision slower.
    """
    kept = {jax.lax.dot_general_p} | ({jax.lax.tanh_p} if dtype == jnp.float32 else set())
    return lambda operation, *_, **__: operation in kept


def count_steps(t0: float, t1: float, dt: float) -> int:
    """Return how many steps of size dt lead from t0 to t1 (or just beyond)."""
    return int(np.ceil((t1 - t0) / dt - 1e-6))


def grid_places(ts: np.ndarray, t0: float, dt: float) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each time, the last grid point not after it, and the share of a step from there."""
    place = (ts - t0) / dt
    on_grid = np.abs(place - np.round(place)) < 1e-6
    left = np.where(on_grid, np.round(place), np.floor(place)).astype(int)
    return left, np.where(on_grid, 0.0, place - left)


def hermite(x0: Any, x1: Any, f0: Any, f1: Any, dt: Any, s: Any) -> Any:
    """Return the cubic through both ends of a step and their slopes, at the share s of the step."""
    h00, h10 = 2 * s**3 - 3 * s**2 + 1, s**3 - 2 * s**2 + s
    return h00 * x0 + h10 * dt * f0 + (1 - h00) * x1 + (s**3 - s**2) * dt * f1


def fixed_step_trajectory(
    field: AbstractField, x0: ArrayLike, u: ArrayLike, *, t0: float, ts: np.ndarray, dt: float, method: str
) -> Array:
    """Return states at `ts`, shape (T, C, n); only these are stored.

    Times on the grid t0 + k dt are the method's own states; between them the cubic Hermite polynomial
    through both ends and their slopes is used.
    """
    left, share = grid_places(ts, t0, dt)
    return _march(field, x0, u, np.asarray(t0), np.asarray(dt), left, share, method)


@eqx.filter_jit
def _march(
    field: AbstractField, x0: Any, u: Any, t0: Any, dt: Any, left: Any, share: Any, method: str
) -> Array:
    stepper = STEPPERS[method]

    def rate(t: Any, x: Array) -> Array:
        return field(t, x, u)

    def advance(k: Array, x: Array) -> Array:
        return stepper(rate, t0 + k * dt, x, dt)

    def between(x: Array, k: Array, s: Array) -> Array:
        after = advance(k, x)
        return hermite(x, after, rate(t0 + k * dt, x), rate(t0 + (k + 1) * dt, after), dt, s)

    def report(carry: tuple[Array, Array], place: tuple[Array, Array]) -> tuple[tuple[Array, Array], Array]:
        (x, done), (k, s) = carry, place
        x = jax.lax.fori_loop(done, k, advance, x)
        return (x, k), jax.lax.cond(s > 0, between, lambda x, k, s: x, x, k, s)

    return jax.lax.scan(report, (x0, jnp.zeros_like(left[0])), (left, share))[1]
