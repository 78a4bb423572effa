"""Reading places of a vector, and what that means in reverse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int

_walking: ContextVar[bool] = ContextVar("walking", default=False)
_listing: ContextVar[bool] = ContextVar("listing", default=False)


@contextmanager
def undo_by_walking() -> Iterator[None]:
    """Trace gathers, inside, so that reverse mode adds cotangents one after the other, not by a scatter.

    A scatter splits the loop around it, which XLA could compile whole; in such a loop, walking is fast. What
    is traced so has no forward mode.
    """
    token = _walking.set(True)
    try:
        yield
    finally:
        _walking.reset(token)


def is_undone_by_walking() -> bool:
    """Tell whether what is traced now is for reverse mode in a loop that is compiled whole."""
    return _walking.get()


@contextmanager
def sum_by_walking() -> Iterator[None]:
    """Trace products with sparse matrices, inside, as sums of one entry after the other.

    Otherwise XLA computes what is multiplied again for each of its uses. For loops that are compiled whole;
    what is traced so is not to be mapped, as of a mapped assignment JAX makes a scatter.
    """
    token = _listing.set(True)
    try:
        yield
    finally:
        _listing.reset(token)


def is_summed_by_walking() -> bool:
    """Tell whether sparse matrices are to be walked through."""
    return _listing.get()


def at(vector: Array, place: Int[Array, ""]) -> Array:
    """Return one row, without a look at whether its place is negative."""
    return jax.lax.dynamic_index_in_dim(vector, place, keepdims=False)


def put(vector: Array, place: Int[Array, ""], value: Array) -> Array:
    """Set one row, by the operation of which XLA makes a plain assignment."""
    return jax.lax.dynamic_update_index_in_dim(vector, value, place, 0)


def read(vector: Array, index: Int[Array, ...]) -> Array:
    """Return `vector[index]` of places that are known to be there: a tenth less to compile."""
    return jnp.asarray(vector).at[index].get(mode="promise_in_bounds", wrap_negative_indices=False)


def gather(vector: Array, index: Int[Array, ...]) -> Array:
    """Return `vector[index]`, as `read` does; see `undo_by_walking`."""
    return _gather(vector, index) if _walking.get() and len(index) else read(vector, index)


@jax.custom_vjp
def _gather(vector: Array, index: Array) -> Array:
    return read(vector, index)


def _forward(vector: Array, index: Array) -> tuple[Array, tuple[Array, Array]]:
    return read(vector, index), (index, jnp.zeros_like(vector))


def _backward(kept: tuple[Array, Array], cotangent: Array) -> tuple[Array, None]:
    index, nothing = kept

    def add(i: Array, found: Array) -> Array:
        place = at(index, i)
        return put(found, place, at(found, place) + at(cotangent, i))

    return jax.lax.fori_loop(0, len(index), add, nothing), None


_gather.defvjp(_forward, _backward)
