"""Names of candidates that tell them apart."""

from __future__ import annotations

from collections.abc import Collection
from itertools import count


def untaken(name: str, taken: Collection[str]) -> str:
    """Return a name that none has yet: the name itself, or the first free of "name #2", "name #3", ..."""
    if name not in taken:
        return name
    return next(other for k in count(2) if (other := f"{name} #{k}") not in taken)
