"""Sparse linear systems of one pattern: what to eliminate, in which order, found once per network."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TypeAlias

import equinox as eqx
import numpy as np
from jaxtyping import Array, Int

from hybridcell.mechanisms.program.layout import bucket, round_up
from hybridcell.mechanisms.program.walk import AT_ONCE

#: A step factorizes once and solves so many times.
_SOLVES = 8
#: Nanoseconds of an operation of a list, and those that LAPACK takes for both, of a full matrix of n rows: in
#: all, and times the powers of n (measured on a CPU, on one matrix).
_OPERATION, _LAPACK = 2.0, (5_000.0, 0.0, 9.0, 0.015)
#: LAPACK is left so many rows at least, or this share of all: many conditions side by side go through lists
#: faster than one does, and a core that small stays in the processor's cache.
_LEAST_CORE, _MOST_OF_ALL = 64, 0.75
_LEAST = 256
#: Matrices of these sizes that are nearly full are inverted faster as what they are.
_INVERTED, _FULL = range(17, 25), 0.6

_Operation: TypeAlias = tuple[int, int, int]


class Elimination(eqx.Module):
    """A list of operations that factorizes a matrix of a known pattern in place, and one that solves with it.

    Elimination fills in: what is left of a large matrix, its core, may become nearly full. The lists end
    there, and LAPACK goes on.

    The values of the matrix stand in a vector, diagonal first, with room for what fills in. All lists but
    `lower` have one form, ``a[target] += b[left] * c[right]``: what stands below and right of the diagonal is
    kept with the opposite sign, and right of it divided by the pivot.

    Attributes
    ----------
    pivots : (n - core,) int
        In the order of elimination.
    core : (core,) int
        The pivots that the lists leave; none where they do everything.
    core_places : (core, core) int
        Places of their values; of those that are always 0, one behind the last.
    lower : (entries,) int
        Places of the values below the diagonal, pivot by pivot.
    lower_start : (pivots + 1,) int
        Where in `lower` those of each pivot begin.
    factor : (operations, 3) int
        target, left, right: all in the vector of values.
    factor_start : (pivots + 1,) int
        Where in `factor` the operations of each pivot begin.
    forward, backward : (operations, 3) int
        target, entry, source: of the right-hand side, the values, the right-hand side. What is padding
        multiplies by a value that is, 0.
    forward_count, backward_count : () int
    upper_row : (entries,) int
        For a value right of the diagonal, the place of its row's pivot; for others, one behind the last.
    places : (entries,) int
        Row * n + column of every value, padding: n * n.
    rows, columns : (entries,) int
        The same apart, padding: 0. Values that are padding are 0.
    """

    pivots: Int[Array, " pivots"]
    core: Int[Array, " core"]
    core_places: Int[Array, "core core"]
    lower: Int[Array, " entries"]
    lower_start: Int[Array, " one_more"]
    factor: Int[Array, "operations 3"]
    factor_start: Int[Array, " one_more"]
    forward: Int[Array, "operations 3"]
    forward_count: Int[Array, ""]
    backward: Int[Array, "operations 3"]
    backward_count: Int[Array, ""]
    upper_row: Int[Array, " entries"]
    places: Int[Array, " entries"]
    rows: Int[Array, " entries"]
    columns: Int[Array, " entries"]

    @property
    def size(self) -> int:
        """Length of the vector of values."""
        return self.places.shape[0]

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.pivots) + len(self.core)


def plan_elimination(pattern: Iterable[tuple[int, int]], n: int, *, universal: bool) -> Elimination | None:
    """Choose the order of pivots on the diagonal (Markowitz 1957) and list the operations.

    None where LAPACK had better do everything.

    Parameters
    ----------
    pattern
        Row and column of every entry that may differ from 0.
    universal
        Pad to one of very few lengths, and list all operations.
    """
    pattern = set(pattern)
    if not universal and n in _INVERTED and len(pattern) > _FULL * n * n:
        return None
    order = _Order(pattern, n)
    while len(order.pivots) < n and (universal or not order.is_full()):
        order.eliminate_next()
    if not order.pivots and n > 0:
        return None
    core = order.left()
    backward = [operation for k in [*core, *reversed(order.pivots)] for operation in order.upper[k]]
    room = partial(round_up, least=_LEAST) if universal else bucket
    # one at least is padding, which operations that do nothing multiply by
    places = np.full(room(len(order.entries) + 1), n * n, np.int32)
    places[: len(order.entries)] = [i * n + j for i, j in order.entries]
    nothing = (0, len(places) - 1, 0)
    upper_row = np.full(len(places), len(places), np.uint32)
    for k, place, _ in backward:
        upper_row[place] = k
    return Elimination(
        pivots=np.array(order.pivots, np.uint32),  # pyright: ignore[reportArgumentType]
        core=np.array(core, np.uint32),  # pyright: ignore[reportArgumentType]
        core_places=_core_places(order, core, len(places)),  # pyright: ignore[reportArgumentType]
        lower=_padded([place for _, place, _ in order.forward], room(len(order.forward))),  # pyright: ignore
        lower_start=np.array(order.lower_starts, np.int32),  # pyright: ignore[reportArgumentType]
        factor=_table(order.factor, room(len(order.factor)), nothing),  # pyright: ignore[reportArgumentType]
        factor_start=np.array(order.starts, np.int32),  # pyright: ignore[reportArgumentType]
        forward=_table(order.forward, room(len(order.forward)), nothing),  # pyright: ignore[reportArgumentType]
        forward_count=np.int32(len(order.forward)),  # pyright: ignore[reportArgumentType]
        backward=_table(backward, room(len(backward)), nothing),  # pyright: ignore[reportArgumentType]
        backward_count=np.int32(len(backward)),  # pyright: ignore[reportArgumentType]
        upper_row=upper_row,  # pyright: ignore[reportArgumentType]
        places=places,  # pyright: ignore[reportArgumentType]
        rows=(places % (n * n) // n).astype(np.uint32),  # pyright: ignore[reportArgumentType]
        columns=(places % n).astype(np.uint32),  # pyright: ignore[reportArgumentType]
    )


def _core_places(order: _Order, core: list[int], none: int) -> np.ndarray:
    found = [[order.entries.get((i, j), none) for j in core] for i in core]
    return np.array(found, np.uint32).reshape(len(core), len(core))


class _Order:
    """The pattern of what is left, and the operations so far."""

    def __init__(self, pattern: Iterable[tuple[int, int]], n: int):
        self.n = n
        self.rows = [{i} for i in range(n)]
        self.columns = [{i} for i in range(n)]
        self.entries = {(i, i): i for i in range(n)}
        self.pivots: list[int] = []
        self.factor: list[_Operation] = []
        self.starts, self.lower_starts = [0], [0]
        self.forward: list[_Operation] = []
        self.upper: list[list[_Operation]] = [[] for _ in range(n)]
        for i, j in sorted(pattern):
            self._enter(i, j)
        self.costs = np.array([self._cost(k) for k in range(n)], float)

    def _enter(self, i: int, j: int) -> int:
        self.rows[i].add(j)
        self.columns[j].add(i)
        return self.entries.setdefault((i, j), len(self.entries))

    def _cost(self, k: int) -> int:
        return (len(self.rows[k]) - 1) * (len(self.columns[k]) - 1)

    def left(self) -> list[int]:
        """Return the pivots that are not eliminated yet."""
        return np.flatnonzero(np.isfinite(self.costs)).tolist()

    def is_full(self) -> bool:
        """Tell whether what is left is so full that LAPACK does it in less time.

        That is where eliminating one row more costs LAPACK less than the lists, and so does the whole rest,
        which will have filled in then.
        """
        size = self.n - len(self.pivots)
        if size < min(_LEAST_CORE, _MOST_OF_ALL * self.n):
            return False
        k = int(np.argmin(self.costs))
        beside = len(self.rows[k]) + len(self.columns[k]) - 2
        next_row = _OPERATION * (self.costs[k] + _SOLVES * beside)
        whole = _OPERATION * (size**3 / 3 + _SOLVES * size**2)
        return next_row > _lapack(size) - _lapack(size - 1) and whole > _lapack(size)

    def eliminate_next(self) -> None:
        """Eliminate the pivot that makes least work."""
        k = int(np.argmin(self.costs))
        below, right = sorted(self.columns[k] - {k}), sorted(self.rows[k] - {k})
        for i in below:
            place = self.entries[i, k]
            self.forward.append((i, place, k))
        for i in below:
            for j in right:
                self.factor.append((self._enter(i, j), self.entries[i, k], self.entries[k, j]))
        for j in right:
            self.upper[j].append((k, self.entries[k, j], j))
        self.pivots.append(k)
        self.starts.append(len(self.factor))
        self.lower_starts.append(len(self.forward))
        for i in below:
            self.rows[i].discard(k)
        for j in right:
            self.columns[j].discard(k)
        self.costs[k] = np.inf
        for i in {*below, *right}:
            self.costs[i] = self._cost(i)


def _lapack(n: int) -> float:
    return sum(factor * n**power for power, factor in enumerate(_LAPACK))


def _padded(places: list[int], room: int) -> np.ndarray:
    # never empty: code that reads an empty list is not compiled, even where it would not run
    return np.pad(np.array(places, np.uint32), (0, max(room, 1) - len(places)))


def _table(operations: list[_Operation], room: int, nothing: _Operation) -> np.ndarray:
    room = AT_ONCE * -(-max(room, 1) // AT_ONCE)
    return np.array(operations + [nothing] * (room - len(operations)), np.uint32)
