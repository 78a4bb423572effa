"""Python's search for unreachable objects, put off while much is made that stays."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collections() -> Iterator[None]:
    """Make many objects that stay, without a search for what is unreachable every few hundred of them.

    With all that JAX keeps in memory, the searches take a quarter of the time in which a network is read and
    its program made, and find next to nothing. Other threads do without them, too, meanwhile.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
