"""What takes part in directions without trace, and with what."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

#: Part in such a direction from which on a number takes part.
PART = 1e-3


def linked(projector: Float[np.ndarray, "k k"]) -> list[list[int]]:
    """Return groups of numbers that a projector onto directions without trace links, in order.

    Examples
    --------
    >>> import numpy as np
    >>> linked(np.array([[0.5, 0.0, -0.5], [0.0, 0.0, 0.0], [-0.5, 0.0, 0.5]]))
    [[0, 2]]
    """
    left = [k for k in range(len(projector)) if projector[k, k] > PART**2]
    groups = []
    while left:
        group, queue = [], [left.pop(0)]
        while queue:
            one = queue.pop()
            group.append(one)
            found = [k for k in left if abs(projector[one, k]) > PART**2]
            left = [k for k in left if k not in found]
            queue += found
        groups.append(sorted(group))
    return groups
