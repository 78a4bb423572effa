"""Walking through lists, one entry after the other, several in each turn of a loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import jax
from jaxtyping import Array, Int

_Carry = TypeVar("_Carry")

#: The counter of a loop goes through memory, which takes as long as two entries of a few numbers each. Where
#: an entry stands for more of them, that is nothing, and code for several would only take time to compile.
AT_ONCE = 4
_FEW = 8


def walk(
    lists: tuple[Array, ...],
    step: Callable[[tuple[Any, ...], _Carry], _Carry],
    carry: _Carry,
    *,
    numbers: int,
    count: Int[Array, ""] | None = None,
    backward: bool = False,
) -> _Carry:
    """Do a step for every entry of lists of one length.

    Parameters
    ----------
    lists
        Arrays whose first axis has the entries.
    step
        (what the lists hold of an entry, carry) -> carry.
    numbers
        On how many numbers a step works: conditions that stand side by side.
    count
        Of how many entries; None: all. Lists are then a multiple of `AT_ONCE` long, and entries from the
        count to the next multiple do no harm.
    backward
        From the last one on.
    """
    length = lists[0].shape[0]
    several = AT_ONCE if numbers <= _FEW and length >= AT_ONCE else 1
    turns = length // several if count is None else (count + several - 1) // several
    rest = [length - 1 - i for i in range(length % several)] if count is None else []

    def entry(parts: tuple[Array, ...], i: int, carry: _Carry) -> _Carry:
        return step(tuple(part[i] for part in parts), carry)

    def turn(i: Array, carry: _Carry) -> _Carry:
        place = (turns - 1 - i if backward else i) * several
        parts = tuple(jax.lax.dynamic_slice_in_dim(each, place, several) for each in lists)
        for k in reversed(range(several)) if backward else range(several):
            carry = entry(parts, k, carry)
        return carry

    if backward:
        for i in rest:
            carry = entry(lists, i, carry)
    carry = jax.lax.fori_loop(0, turns, turn, carry)
    if not backward:
        for i in reversed(rest):
            carry = entry(lists, i, carry)
    return carry
