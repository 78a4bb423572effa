"""Functions of one condition, applied to all conditions ("lanes") of a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from hybridcell._core.compiler import loops_are_whole


def over_lanes(function: Callable[..., Any]) -> Callable[..., Any]:
    """Map a function over the first axis of all arguments; a single lane runs without it, which is faster."""

    def call(*args: Any) -> Any:
        if jax.tree.leaves(args)[0].shape[0] > 1:
            return jax.vmap(function)(*args)
        out = function(*jax.tree.map(lambda a: a[0], args))
        return jax.tree.map(lambda a: a[None], out)

    return call


def by_state(rows: Array) -> Array:
    """Turn rows by lane (c, n) into columns by lane (n, c); a single lane is left without its axis."""
    return rows[0] if len(rows) == 1 else rows.T


def by_lane(columns: Array, lanes: int) -> Array:
    """Turn it back, in the last axes of (..., n, *c)."""
    return columns[..., None, :] if lanes == 1 else jnp.swapaxes(columns, -1, -2)


def choose(mask: Array, yes: Any, no: Any) -> Any:
    """Take the lanes of `yes` where the mask holds, else those of `no`, in every leaf."""

    def pick(a: Array, b: Array) -> Array:
        return jnp.where(mask.reshape(mask.shape + (1,) * (a.ndim - 1)), a, b)

    return jax.tree.map(pick, yes, no)


def put(table: Array, keep: Array, place: Array, values: Array) -> Array:
    """Write `values` (c, ...) into `table` (c, size, ...) at one place of each lane that keeps them."""
    return put_rows(table, keep[:, None], place, values[:, None])


def put_rows(table: Array, keep: Array, place: Array, values: Array) -> Array:
    """Write rows `values` (c, r, ...) into `table` (c, size, ...), from one place on of each lane, where the
    flags `keep` (c, r) hold. The rows must fit in.
    """

    def one(table: Array, keep: Array, place: Array, values: Array) -> Array:
        at = (place, *(0,) * (table.ndim - 1))
        old = jax.lax.dynamic_slice(table, at, values.shape)
        kept = keep.reshape(-1, *(1,) * (values.ndim - 1))
        return jax.lax.dynamic_update_slice(table, jnp.where(kept, values, old), at)

    def write(lane: Any, table: Array) -> Array:
        at = (lane, place[lane], *(0,) * (table.ndim - 2))
        old = jax.lax.dynamic_slice(table, at, (1, *values.shape[1:]))
        kept = keep[lane].reshape(1, -1, *(1,) * (values.ndim - 2))
        return jax.lax.dynamic_update_slice(table, jnp.where(kept, values[lane], old), at)

    if len(table) == 1:
        return one(table[0], keep[0], place[0], values[0])[None]
    if not loops_are_whole():
        return jax.vmap(one)(table, keep, place, values)
    # lane after lane: all at once would be a scatter, which splits the loop around it
    return jax.lax.fori_loop(0, len(table), write, table)
