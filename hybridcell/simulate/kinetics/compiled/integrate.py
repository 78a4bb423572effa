"""The door to compiled integration: any number of conditions, in tiles, differentiable in the constants."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, ArrayLike, Float, Int

from hybridcell._core import known_programs
from hybridcell._core.arrays import empty_for_jax
from hybridcell._core.compiler import is_outermost, jit_kinetics, kinetics_options
from hybridcell._core.errors import InvalidValueError
from hybridcell.mechanisms.program.system import System
from hybridcell.simulate.kinetics.compiled.adjoint import room_for_steps, solve_adjoint
from hybridcell.simulate.kinetics.compiled.methods import choose_method
from hybridcell.simulate.kinetics.compiled.sensitivity import choose_sensitivity, solve_with_sensitivities
from hybridcell.simulate.kinetics.compiled.solution import Task, solve_forward
from hybridcell.simulate.solve import Solve

#: Conditions that run side by side: on a CPU enough to fill its lanes and few enough to stay in its cache.
#: Twice as many of a small network, if no steps are kept for a gradient.
_TILE, _TILE_ELSEWHERE = 64, 4096
_SMALL = 32


def integrate_compiled(
    system: System,
    p: Float[ArrayLike, "c m"],
    *,
    t0: float,
    ts: ArrayLike,
    solve: Solve,
    key: Array | None = None,
) -> tuple[Float[Array, "c t n"], Float[Array, "c t k"], Int[Array, " c"]]:
    """Integrate a network for every condition.

    Parameters
    ----------
    system : System
    p : (c, m)
        Constants of each condition, as `equations.constants`. Derivatives flow through them.
    t0 : float
    ts : (t,)
        Ascending times, from t0 on.
    solve : Solve
    key : PRNG key, optional
        Draws the order of simultaneous events of equal priority; None is ``jax.random.key(0)``.

    Returns
    -------
    x : (c, t, n)
        States at `ts`, NaN from where a condition failed; at the time of an event, those after it.
    delayed : (c, t, k)
        Values of the delay nodes. Derivatives flow through them in forward mode only.
    code : (c,)
        0, or why not: see `results.MESSAGES`.

    Raises
    ------
    InvalidValueError
        On a method that cannot integrate this system, or on single precision.
    """
    p = p if isinstance(p, np.ndarray) else jnp.asarray(p)
    dtype = jax.dtypes.canonicalize_dtype(p.dtype)
    if dtype != jnp.float64:
        raise InvalidValueError(
            f"The constants are {dtype}; reaction networks are integrated in double precision only. Set "
            "hc.config.precision = 'float64' (and JAX_ENABLE_X64=1)."
        )
    method = choose_method(solve)
    way = "plain"
    if isinstance(p, Tracer):
        way = choose_sensitivity(solve.sensitivity, p.shape[1], has_delays=system.k > 0)
    padded, count = _bucket(np.asarray(ts, float))
    absolute = np.nan if solve.atol is None else solve.atol
    numbers = (np.asarray(t0, float), padded, np.asarray(solve.rtol), np.asarray(absolute))
    lanes = len(p)
    tile = _tile(lanes, 2 * _TILE if system.n <= _SMALL and way == "plain" else _TILE)
    # here and not in the compiled program, whose shape the number of constants would be part of
    padded_p, active = _pad_lanes(system.pad_constants(p), tile)
    numbers = (*numbers, np.asarray(solve.max_steps))
    if way == "plain" and key is None:
        by_numpy = isinstance(padded_p, np.ndarray) and jax.default_backend() == "cpu" and is_outermost()
        if by_numpy and len(active) > tile:
            return _tile_after_tile(system, padded_p, active, numbers, method, tile, (lanes, count))
        found = _call_plainly(system, padded_p, active, numbers, method, tile)
    else:
        room = room_for_steps(solve.rtol) if way == "adjoint" else 0
        found = _integrate(system, padded_p, active, key, numbers, method, way, tile, room)
    x, delayed, code = found
    return _cut(x, lanes, count), _cut(delayed, lanes, count), _cut(code, lanes)


def _cut(array: Array, *sizes: int) -> Array:
    """Return the first entries along the first axes; what has these sizes is left alone, which is faster."""
    sizes += array.shape[len(sizes) :]
    if array.shape == sizes:
        return array
    if isinstance(array, Tracer) or jax.default_backend() != "cpu":
        return jax.lax.slice(array, (0,) * array.ndim, sizes)
    # where JAX would compile a program of its own for each size
    cut = empty_for_jax(sizes, array.dtype)
    cut[...] = np.asarray(array)[tuple(map(slice, sizes))]
    return jax.device_put(cut)


def _bucket(ts: np.ndarray) -> tuple[np.ndarray, int]:
    """Pad the times with infinity to one of few lengths: another number of times is no other program."""
    size = max(64, int(4 ** np.ceil(np.log2(max(len(ts), 1)) / 2)))
    return np.concatenate([ts, np.full(size - len(ts), np.inf)]), len(ts)


def _tile(lanes: int, most: int = _TILE) -> int:
    """Return how many lanes run side by side, at most so many on a CPU."""
    most = most if jax.default_backend() == "cpu" else _TILE_ELSEWHERE
    return min(most, int(2 ** np.ceil(np.log2(max(lanes, 1)))))


def _pad_lanes(p: Any, tile: int) -> tuple[Any, np.ndarray]:
    """Fill the last tile with conditions that take no part."""
    missing = -len(p) % tile
    if missing == 0:
        return p, np.ones(len(p), bool)
    pad = np.pad if isinstance(p, np.ndarray) else jnp.pad
    return pad(p, ((0, missing), (0, 0)), mode="edge"), np.arange(len(p) + missing) < len(p)


def _call_plainly(
    system: System, p: Any, active: np.ndarray, numbers: Any, method: str, tile: int, first: int = 0
) -> tuple[Array, Array, Array]:
    tree = (system, p, active, np.arange(first, first + len(active), dtype=np.uint32), numbers)
    return known_programs.call(_integrate_plainly, tree, (method, tile), kinetics_options(tile))


def _tile_after_tile(
    system: System,
    p: np.ndarray,
    active: np.ndarray,
    numbers: tuple[Any, ...],
    method: str,
    tile: int,
    wanted: tuple[int, int],
) -> tuple[Array, Array, Array]:
    """Copy what each tile leaves to where it belongs, while the next one runs: one program for any number."""

    def begin(first: int) -> tuple[Array, Array, Array]:
        own = slice(first, first + tile)
        return _call_plainly(system, p[own], active[own], numbers, method, tile, first)

    running, found = begin(0), []
    for first in range(0, len(p), tile):
        done = running
        if first + tile < len(p):
            running = begin(first + tile)
        parts = [np.asarray(a) for a in done]
        found = found or [empty_for_jax((*wanted, *a.shape[2:])[: a.ndim], a.dtype) for a in parts]
        for whole, part in zip(found, parts, strict=True):
            own = whole[first : first + tile]
            own[...] = part[tuple(map(slice, own.shape))]
    x, delayed, code = jax.device_put(found)
    return x, delayed, code


def _integrate_plainly(tree: Any, method: str, tile: int) -> tuple[Array, Array, Array]:
    system, p, active, lane, numbers = tree
    keys = jax.vmap(partial(jax.random.fold_in, jax.random.key(0)))(lane)
    return _integrate_tiles(system, p, active, keys, numbers, method, "plain", tile, 0)


@jit_kinetics
def _integrate(
    system: System,
    p: Array,
    active: ArrayLike,
    key: Array | None,
    numbers: tuple[Any, ...],
    method: str,
    way: str,
    tile: int,
    room: int,
) -> tuple[Array, Array, Array]:
    keys = jax.random.split(jax.random.key(0) if key is None else key, len(p))
    return _integrate_tiles(system, p, active, keys, numbers, method, way, tile, room)


def _integrate_tiles(
    system: System,
    p: Array,
    active: ArrayLike,
    keys: Array,
    numbers: tuple[Any, ...],
    method: str,
    way: str,
    tile: int,
    room: int,
) -> tuple[Array, Array, Array]:
    t0, ts, relative, absolute, max_steps = numbers

    def one_tile(part: tuple[Array, Array, Array]) -> Any:
        p, active, keys = part
        task = Task(t0, ts, relative, absolute, max_steps, active, keys)
        if way == "adjoint":
            return solve_adjoint(system, p, task, method, room)[:3]
        solver = solve_with_sensitivities if way == "forward" else solve_forward
        return solver(system, p, task, method)[:3]

    parts = jax.tree.map(
        lambda a: a.reshape(len(p) // tile, tile, *a.shape[1:]), (p, jnp.asarray(active), keys)
    )
    if len(p) == tile:
        return one_tile(jax.tree.map(lambda a: a[0], parts))
    found = jax.lax.map(one_tile, parts)
    return jax.tree.map(lambda a: a.reshape(len(p), *a.shape[2:]), found)
