"""Sums that are one matrix times the same vector: the layers of neural networks, and of networks W x.

Term by term, such a layer costs an index for every weight and, in its derivative, one for every weight and
column. As a matrix it is a few loops over numbers that stand side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from hybridcell._core.expressions import Expression
from hybridcell.mechanisms.program.cuts import Cuts
from hybridcell.mechanisms.program.gather import gather, is_undone_by_walking

#: A matrix has so many rows, columns and entries at least; smaller ones are no faster.
_FEWEST, _FEWEST_ENTRIES = 4, 64
#: Columns of a matrix that are multiplied in one pass over the result: four times as fast as one by one.
_AT_ONCE = 8


@dataclass(frozen=True, eq=False)
class Block:
    """Rows sums[j] = sum over i of weights[j][i] values[i], plus constants rest[j]."""

    sums: tuple[Expression, ...]
    values: tuple[Expression, ...]
    weights: tuple[tuple[Expression, ...], ...]
    rest: tuple[tuple[Expression, ...], ...]


def find_blocks(cuts: Cuts, positions: Mapping[Expression, int]) -> list[Block]:
    """Take blocks out of the long sums: their products are no longer cut, their values are.

    Rows and values are ordered as the weights stand among the operands, side by side if possible.
    """
    found: dict[
        tuple[Expression, ...], list[tuple[Expression, tuple[Expression, ...], tuple[Expression, ...]]]
    ] = {}
    for node, terms in cuts.sums.items():
        split = _split(terms, positions)
        if split is not None:
            values, weights, rest = split
            found.setdefault(values, []).append((node, weights, rest))
    blocks = []
    for values, rows in found.items():
        if min(len(rows), len(values)) < _FEWEST or len(rows) * len(values) < _FEWEST_ENTRIES:
            continue
        sums, weights, rest = zip(*sorted(rows, key=lambda row: positions[row[1][0]]), strict=True)
        blocks.append(Block(sums=sums, values=values, weights=weights, rest=rest))
    for block in blocks:
        for node in block.sums:
            for _, term in cuts.sums.pop(node):
                cuts.nodes.discard(term)
        cuts.nodes.update(value for value in block.values if value not in positions)
    return blocks


def _split(
    terms: list[tuple[float, Expression]], positions: Mapping[Expression, int]
) -> tuple[tuple[Expression, ...], tuple[Expression, ...], tuple[Expression, ...]] | None:
    """Return values, weights and constants of a sum of products; None for any other sum."""
    values, weights, rest = [], [], []
    for sign, term in terms:
        if sign != 1.0:
            return None
        if term.op == "constant":
            rest.append(term)
        elif term.op == "mul" and term.args[0].op == "constant" and term.args[1].op != "constant":
            weights.append(term.args[0])
            values.append(term.args[1])
        else:
            return None
    if len(set(values)) < len(values):
        return None
    order = sorted(range(len(weights)), key=lambda i: positions[weights[i]])
    return tuple(values[i] for i in order), tuple(weights[i] for i in order), tuple(rest)


class Product(eqx.Module):
    """A block as arrays.

    Attributes
    ----------
    first : int or None
        Where the weights begin, if they stand side by side, column by column.
    places : (i, j) int or None
        Where they stand otherwise.
    operands : (i,) int
        Places of the values.
    rest : (j, e) int
        Places of the constants, with `rest_mask`.
    inner : (i, k) int, inner_mask : (i, k)
        Entries of the derivatives of the values; of no columns where nothing depends on x or t.
    diagonal : bool
        Value i moves with column i only, as inputs do.
    shape : (i, j)
    """

    first: int | None = eqx.field(static=True)
    places: Int[Array, "i j"] | None
    operands: Int[Array, " i"]
    rest: Int[Array, "j e"]
    rest_mask: Float[Array, "j e"]
    inner: Int[Array, "i k"]
    inner_mask: Float[Array, "i k"]
    diagonal: bool = eqx.field(static=True)
    shape: tuple[int, int] = eqx.field(static=True)

    def weights(self, given: Float[Array, " given *c"]) -> Float[Array, "i j *c"]:
        """Return the matrix, transposed, from all that is given to the program."""
        i, j = self.shape
        if self.first is None:
            assert self.places is not None
            return _gather_table(given, self.places)
        return jax.lax.slice_in_dim(given, self.first, self.first + i * j).reshape(i, j, *given.shape[1:])

    def values(
        self, vector: Float[Array, " size *c"], given: Float[Array, " given *c"]
    ) -> Float[Array, " j *c"]:
        """Return the sums."""
        x = gather(vector, self.operands)
        found = multiply(self.weights(given), x[:, None])[:, 0]
        if self.rest.shape[1] == 0:
            return found
        mask = self.rest_mask.reshape(*self.rest.shape, *(1,) * (vector.ndim - 1))
        return found + jnp.sum(_gather_table(vector, self.rest) * mask, axis=1)

    def slopes(
        self, entries: Float[Array, " entries *c"], given: Float[Array, " given *c"]
    ) -> Float[Array, " new *c"]:
        """Return the entries of their derivatives, row by row."""
        if self.diagonal:
            own = gather(entries, jnp.diagonal(self.inner))
            return jnp.swapaxes(self.weights(given) * own[:, None], 0, 1).reshape(-1, *given.shape[1:])
        mask = self.inner_mask.reshape(*self.inner.shape, *(1,) * (given.ndim - 1))
        inner = jax.lax.optimization_barrier(_gather_table(entries, self.inner) * mask)
        return multiply(self.weights(given), inner).reshape(-1, *given.shape[1:])


def _gather_table(vector: Array, places: Int[Array, "i k"]) -> Float[Array, "i k *c"]:
    return gather(vector, places.reshape(-1)).reshape(*places.shape, *vector.shape[1:])


def multiply(weights: Float[Array, "i j *c"], right: Float[Array, "i k *c"]) -> Float[Array, "j k *c"]:
    """Return weights^T right."""
    return _multiply_undoably(weights, right) if is_undone_by_walking() else _multiply(weights, right)


def _multiply(weights: Float[Array, "i j *c"], right: Float[Array, "i k *c"]) -> Float[Array, "j k *c"]:
    """Take some columns of weights after the other: each adds to numbers side by side."""
    count = weights.shape[0]

    def column(found: Array, i: Any) -> Array:
        left = jax.lax.dynamic_index_in_dim(weights, i, keepdims=False)
        row = jax.lax.dynamic_index_in_dim(right, i, keepdims=False)
        return found + left[:, None] * row[None]

    def several(part: Array, found: Array) -> Array:
        for i in range(_AT_ONCE):
            found = column(found, _AT_ONCE * part + i)
        return found

    found = jnp.zeros((weights.shape[1], right.shape[1], *right.shape[2:]), right.dtype)
    found = jax.lax.fori_loop(0, count // _AT_ONCE, several, found)
    for i in range(count - count % _AT_ONCE, count):
        found = column(found, i)
    return found


def _transposed(matrix: Array) -> Array:
    return jnp.swapaxes(matrix, 0, 1)


_multiply_undoably = jax.custom_vjp(_multiply)
_multiply_undoably.defvjp(
    lambda weights, right: (_multiply(weights, right), (weights, right)),
    lambda kept, cotangent: (
        _multiply(_transposed(kept[1]), _transposed(cotangent)),
        _multiply(_transposed(kept[0]), cotangent),
    ),
)


def arrange_weights(places: Int[np.ndarray, "i j"]) -> tuple[int | None, Int[np.ndarray, "i j"] | None]:
    """Return where weights that stand side by side begin, or else all their places."""
    flat = places.reshape(-1)
    if (np.diff(flat) == 1).all():
        return int(flat[0]), None
    return None, places


def inner_places(
    columns: list[dict[int, int]],
) -> tuple[list[int], Int[np.ndarray, "i k"], Bool[np.ndarray, "i k"]]:
    """Return the columns in which any value moves, and where the entries of each stand."""
    moved = sorted({column for one in columns for column in one})
    places = np.array([[one.get(column, 0) for column in moved] for one in columns], np.int32)
    there = np.array([[column in one for column in moved] for one in columns], bool)
    return moved, places.reshape(len(columns), len(moved)), there.reshape(len(columns), len(moved))
