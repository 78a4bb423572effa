"""The strongest simple paths between two nodes."""

from __future__ import annotations

import heapq

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import NotConvergedError

#: Partial paths looked at before a search is given up; a dense network of 100 nodes needs some thousand.
MAX_EXPANSIONS = 300_000


def strongest_paths(
    strength: Float[np.ndarray, "n n"], start: int, goal: int, *, k: int, max_length: int
) -> list[tuple[int, ...]]:
    """Return the k simple paths with the largest product of strengths, strongest first.

    Best-first search with an exact bound: the best product of any walk from a node to the goal within the
    edges that are left. A path is finished only when nothing unfinished can beat it, so nothing is missed
    and most of a dense network is never touched.

    Parameters
    ----------
    strength : ndarray, shape (n, n)
        |weight| of the edge from column to row, 0 where there is none.
    start, goal : int
        Positions of two different nodes.
    k, max_length : int
        Number of paths, and of edges in the longest one.

    Raises
    ------
    NotConvergedError
        When the search would take too long, as in a dense network of strong loops.
    """
    bound = _bounds(strength, goal, max_length)
    sources = [np.flatnonzero(strength[:, j]) for j in range(len(strength))]
    # bounds come first in the tuples: the heap pops the most promising path, ties by node order
    heap: list[tuple[float, tuple[int, ...], float]] = [(-bound[max_length, start], (start,), 1.0)]
    found: list[tuple[int, ...]] = []
    expanded = 0
    while heap and len(found) < k:
        promise, path, product = heapq.heappop(heap)
        if promise == 0.0:
            break
        if path[-1] == goal:
            found.append(path)
            continue
        expanded += 1
        if expanded > MAX_EXPANSIONS:
            raise NotConvergedError(
                f"Too many paths of nearly equal strength; {len(found)} of {k} found. Lower max_length (now "
                f"{max_length}) or drop weak edges first: graph.filter(top=500).paths(...)."
            )
        left = max_length - len(path)
        here = path[-1]
        for node in sources[here]:
            if node in path:
                continue
            onward = product * strength[node, here]
            promise = onward * bound[left, node]
            if promise > 0:
                heapq.heappush(heap, (-promise, (*path, int(node)), onward))
    return found


def _bounds(strength: np.ndarray, goal: int, max_length: int) -> np.ndarray:
    """Return the best product of a walk from each node to the goal in at most 0, 1, 2, ... edges."""
    bound = np.zeros((max_length + 1, len(strength)))
    bound[0, goal] = 1.0
    for edges in range(1, max_length + 1):
        onward = np.max(strength * bound[edges - 1][:, None], axis=0)
        bound[edges] = np.maximum(onward, bound[edges - 1])
        bound[edges, goal] = 1.0  # a path ends where it first meets the goal
    return bound
