"""What differs between two definitions."""

from __future__ import annotations

import math
from dataclasses import fields

from hybridcell._core.expressions import Expression
from hybridcell.mechanisms.reactions import elements as e

#: Fields that a written file has in its own form, or not at all; notes and annotations are compared by what
#: they say.
WRITTEN_ANEW = ("line", "notes", "annotation", "level", "version", "left_aside")


def differences(a, b, *, but=WRITTEN_ANEW):
    """Return what differs between two elements, by the path to it."""
    if isinstance(a, e.Element):
        assert type(a) is type(b)
        found = [("annotations", a.annotations == b.annotations), ("notes", a.notes_text == b.notes_text)]
        differ = [name for name, equal in found if not equal]
        for one in fields(a):
            if one.name not in but:
                inner = differences(getattr(a, one.name), getattr(b, one.name), but=but)
                differ += [f"{one.name}.{d}" for d in inner]
        return differ
    if isinstance(a, tuple):
        if len(a) != len(b):
            return [f"{len(a)} != {len(b)}"]
        return [f"{i}.{d}" for i, (x, y) in enumerate(zip(a, b)) for d in differences(x, y, but=but)]
    if isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b):
        return []
    return [] if a is b or (not isinstance(a, Expression) and a == b) else [f"{a!r} != {b!r}"]
