"""Walking through a list, one entry after the other, several in each turn of a loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import jax
from jaxtyping import Array, Int

_Carry = TypeVar("_Carry")

#: The counter of a loop goes through memory, which takes as long as two entries of a few numbers each. Where
#: an entry stands for more of them, that is nothing, and code for several would only take time to compile.
AT_ONCE = 4
_FEW = 8


def walk(
    entries: Int[Array, "length k"],
    count: Int[Array, ""],
    step: Callable[[Int[Array, " k"], _Carry], _Carry],
    carry: _Carry,
    *,
    numbers: int,
    backward: bool = False,
) -> _Carry:
    """Do a step for every entry of a list, and return what is carried from one to the next.

    Parameters
    ----------
    entries
        A multiple of `AT_ONCE`.
    count
        How many there are. Those from there to the next multiple of `AT_ONCE` must do no harm.
    step
        (entry, carry) -> carry.
    numbers
        On how many numbers a step works: conditions that stand side by side.
    backward
        From the last one on.
    """
    several = AT_ONCE if numbers <= _FEW else 1
    turns = (count + several - 1) // several

    def turn(i: Array, carry: _Carry) -> _Carry:
        place = (turns - 1 - i if backward else i) * several
        part = jax.lax.dynamic_slice_in_dim(entries, place, several)
        for k in reversed(range(several)) if backward else range(several):
            carry = step(part[k], carry)
        return carry

    return jax.lax.fori_loop(0, turns, turn, carry)
