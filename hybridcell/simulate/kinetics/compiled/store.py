"""What a run leaves for reverse-mode differentiation: a list of records per lane, in arrays of fixed size."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from hybridcell.simulate.kinetics.compiled.lanes import put
from hybridcell.simulate.kinetics.compiled.moments import Decision, Moment
from hybridcell.simulate.rodas5p.step import Kept


class StepRecord(NamedTuple):
    """A step that was taken: where it began, the rows (from, to) it wrote, how many rounds came before, and
    what it is undone with, where that is kept.
    """

    t: Float[Array, " c"]
    h: Float[Array, " c"]
    x: Float[Array, "c n"]
    rows: tuple[Int[Array, " c"], Int[Array, " c"]]
    rounds: Int[Array, " c"]
    kept: Kept | None


class RoundRecord(NamedTuple):
    """A round at a stop: the moment before it, all that was decided, whether constraints were solved again,
    the number of steps before it, the rows (from, to) that show the state before it.
    """

    moment: Moment
    decision: Decision
    solved: Bool[Array, " c"]
    steps: Int[Array, " c"]
    rows: tuple[Int[Array, " c"], Int[Array, " c"]]


class Store(NamedTuple):
    """Records (a tree with leaves (c, size, ...)) and how many each lane has.

    A leaf may have a smaller size than the first one: it is known of the first records only.
    """

    records: Any
    filled: Int[Array, " c"]

    @property
    def size(self) -> int:
        """Room per lane."""
        return jax.tree.leaves(self.records)[0].shape[1]


def begin_store(record: Any, size: int) -> Store:
    """Return an empty store for records like this one, whose leaves are (c, ...)."""
    lanes = jax.tree.leaves(record)[0].shape[0]
    records = jax.tree.map(lambda a: jnp.zeros((lanes, size, *a.shape[1:]), a.dtype), record)
    return Store(records, jnp.zeros(lanes, int))


def append(store: Store, keep: Array, record: Any) -> Store:
    """Add a record to the lanes that keep it; a full lane counts on and keeps nothing."""

    def write(all_: Array, one: Array) -> Array:
        return put(all_, keep & (store.filled < all_.shape[1]), store.filled, one)

    return Store(jax.tree.map(write, store.records, record), store.filled + keep)


def take(store: Store, place: Int[Array, " c"]) -> Any:
    """Return one record of each lane."""
    if len(place) == 1:
        # one slice; in general, numbers are looked up one by one
        return jax.tree.map(
            lambda all_: jax.lax.dynamic_index_in_dim(all_[0], jnp.maximum(place[0], 0)), store.records
        )
    lane = jnp.arange(len(place))
    return jax.tree.map(lambda all_: all_[lane, jnp.clip(place, 0, store.size - 1)], store.records)


def with_kept(store: Store, kept: Kept | None) -> Store:
    """Return a store of steps in which the first ones, (c, kept, ...), have what they are undone with."""
    return store._replace(records=store.records._replace(kept=kept))
