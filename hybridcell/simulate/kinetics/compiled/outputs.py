"""Writing the states at the wanted times, a few rows at once, as steps pass them."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from hybridcell._core.compiler import loops_are_whole
from hybridcell.simulate.kinetics.compiled.lanes import by_lane, put_rows
from hybridcell.simulate.rodas5p.step import interpolate

#: Rows that are computed together; of a longer stretch, chunk after chunk.
_CHUNK = 8


class Rows(NamedTuple):
    """States at the wanted times.

    Attributes
    ----------
    times : (T,)
        Ascending; padded with infinity by at least a chunk.
    values : (c, T, n)
    next : (c,)
        First row that is not final.
    """

    times: Float[Array, " T"]
    values: Float[Array, "c T n"]
    next: Int[Array, " c"]


def begin_rows(ts: Float[Array, " t"], lanes: int, n: int) -> Rows:
    """Return empty rows."""
    times = jnp.concatenate([ts, jnp.full(_CHUNK, jnp.inf, ts.dtype)])
    return Rows(times, jnp.zeros((lanes, len(times), n), ts.dtype), jnp.zeros(lanes, int))


def _places(row: Array) -> Array:
    """Return the numbers of a chunk of rows from here on, (c, chunk)."""
    return row[:, None] + jnp.arange(_CHUNK)


def _share(times: Array, places: Array, inside: Array, t: Array, h: Array) -> Array:
    """Return where in the step from t to t + h the rows inside it lie, (c, chunk)."""
    at = jnp.take(times, places, mode="clip")
    share = jnp.where(inside, (at - t[:, None]) / h[:, None], 0.0)
    return jnp.clip(share, 0.0, 1.0)


def write_rows(
    rows: Rows,
    wanted: Bool[Array, " c"],
    t: Array,
    h: Array,
    until: Array,
    x0: Array,
    x1: Array,
    dense: Array,
) -> Rows:
    """Fill the rows from t up to, not including, `until`, by the step's interpolant, in the wanted lanes.

    What it is made of, x0, x1 (n, *c) and dense (3, n, *c), stands by state.
    """
    if len(t) > 1 and loops_are_whole():
        return _write_lane_by_lane(rows, wanted, t, h, until, x0, x1, dense)
    x0, x1, dense = (by_lane(part, len(t)) for part in (x0, x1, dense))

    def waiting(carry: tuple[Array, Array]) -> Array:
        return jnp.any(wanted & (jnp.take(rows.times, carry[1], mode="clip") < until))

    def fill(carry: tuple[Array, Array]) -> tuple[Array, Array]:
        values, row = carry
        places = _places(row)
        at = jnp.take(rows.times, places, mode="fill", fill_value=jnp.inf)
        inside = (at < until[:, None]) & wanted[:, None]
        share = _share(rows.times, places, inside, t, h)
        states = interpolate(x0[:, None], x1[:, None], dense[:, :, None], share[..., None])
        return put_rows(values, inside, row, states), row + jnp.sum(inside, axis=1)

    values, row = jax.lax.while_loop(waiting, fill, (rows.values, rows.next))
    return rows._replace(values=values, next=row)


def _write_lane_by_lane(
    rows: Rows, wanted: Array, t: Array, h: Array, until: Array, x0: Array, x1: Array, dense: Array
) -> Rows:
    """Fill one row after the other: all lanes at once would wait for the one that has most rows to fill."""

    def lane(i: Array, carry: tuple[Array, Array]) -> tuple[Array, Array]:
        def waiting(carry: tuple[Array, Array]) -> Array:
            return wanted[i] & (jnp.take(rows.times, carry[1], mode="clip") < until[i])

        def fill_all(carry: tuple[Array, Array]) -> tuple[Array, Array]:
            # read once, from far apart
            begin, end, between = x0[:, i], x1[:, i], dense[..., i]

            def fill(carry: tuple[Array, Array]) -> tuple[Array, Array]:
                values, row = carry
                share = jnp.clip((rows.times[row] - t[i]) / h[i], 0.0, 1.0)
                state = interpolate(begin, end, between, share)
                return jax.lax.dynamic_update_slice(values, state[None, None], (i, row, 0)), row + 1

            return jax.lax.while_loop(waiting, fill, carry)

        values, next_rows = carry
        here = (values, next_rows[i])
        values, row = jax.lax.cond(waiting(here), fill_all, lambda here: here, here)
        return values, jax.lax.dynamic_update_index_in_dim(next_rows, row, i, 0)

    values, row = jax.lax.fori_loop(0, len(t), lane, (rows.values, rows.next))
    return rows._replace(values=values, next=row)


def gather_cotangents(
    rows: Rows, span: tuple[Int[Array, " c"], Int[Array, " c"]], wanted: Bool[Array, " c"], t: Array, h: Array
) -> tuple[Array, Array, Array]:
    """Transpose `write_rows`: `rows.values` holds cotangents; give those of x0, x1 and dense.

    `span` is the first row of the step and the first row after it.
    """
    if loops_are_whole():
        return _gather_row_by_row(rows, span, wanted, t, h)
    lane, (lanes, last, n) = jnp.arange(len(t)), rows.values.shape
    first, end = span

    def waiting(carry: tuple[Array, ...]) -> Array:
        return jnp.any(wanted & (carry[-1] < end))

    def add(carry: tuple[Array, ...]) -> tuple[Array, ...]:
        x0, x1, dense, row = carry
        places = _places(row)
        inside = (places < end[:, None]) & wanted[:, None]
        s = _share(rows.times, places, inside, t, h)
        states = rows.values[lane[:, None], jnp.minimum(places, last - 1)]
        states = jnp.where(inside[..., None], states, 0.0)
        inner = s * (1 - s)
        weights = jnp.stack([1 - s, s, inner, inner * s, inner * s * s])
        more = jnp.sum(weights[..., None] * states, axis=2)
        return x0 + more[0], x1 + more[1], dense + more[2:], row + jnp.sum(inside, axis=1)

    zero = jnp.zeros((lanes, n), rows.values.dtype)
    start = (zero, zero, jnp.zeros((3, lanes, n), zero.dtype), first)
    to_x0, to_x1, to_dense, _ = jax.lax.while_loop(waiting, add, start)
    return to_x0, to_x1, to_dense


def _gather_row_by_row(
    rows: Rows, span: tuple[Int[Array, " c"], Int[Array, " c"]], wanted: Array, t: Array, h: Array
) -> tuple[Array, Array, Array]:
    """Read no more rows than there are: most steps have none, in most lanes."""
    first, end = span[0], jnp.where(wanted, span[1], span[0])
    lanes, _, n = rows.values.shape

    def lane(i: Array, found: Array) -> Array:
        def add(row: Array, found: Array) -> Array:
            s = jnp.clip((rows.times[row] - t[i]) / h[i], 0.0, 1.0)
            inner = s * (1 - s)
            weights = jnp.stack([1 - s, s, inner, inner * s, inner * s * s])
            state = jax.lax.dynamic_slice(rows.values, (i, row, 0), (1, 1, n))
            more = jax.lax.dynamic_slice(found, (0, i, 0), (5, 1, n)) + weights[:, None, None] * state
            return jax.lax.dynamic_update_slice(found, more, (0, i, 0))

        return jax.lax.fori_loop(first[i], end[i], add, found)

    found = jax.lax.fori_loop(0, lanes, lane, jnp.zeros((5, lanes, n), rows.values.dtype))
    return found[0], found[1], found[2:]


def write_state(rows: Rows, wanted: Bool[Array, " c"], until: Array, x: Array) -> Rows:
    """Fill all rows up to and including `until` with the state x, in the wanted lanes."""
    here = rows_between(rows, wanted, until)
    values = jnp.where(here[..., None], x[:, None], rows.values)
    return rows._replace(values=values, next=rows.next + jnp.sum(here, axis=1))


def rows_between(rows: Rows, wanted: Array, until: Array) -> Bool[Array, "c T"]:
    """Return which rows from `next` on have a time up to and including `until`, in the wanted lanes."""
    number = jnp.arange(rows.values.shape[1])
    return wanted[:, None] & (number >= rows.next[:, None]) & (rows.times <= until[:, None])
