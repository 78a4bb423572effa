"""Feedback loops: the strongest cycles of a network, each told once."""

from __future__ import annotations

import heapq

import numpy as np
from jaxtyping import Float

from hybridcell._core.errors import NotConvergedError

#: Partial loops looked at before a search is given up.
MAX_EXPANSIONS = 300_000


def strongest_loops(strength: Float[np.ndarray, "n n"], *, k: int, max_length: int) -> list[tuple[int, ...]]:
    """Return the k simple cycles with the largest product of strengths, strongest first.

    A cycle is grown from its lowest node over higher ones only, so that each is met once, and best first: the
    bound is the best product of any walk back within the edges that are left. Nothing is missed.

    Parameters
    ----------
    strength : ndarray, shape (n, n)
        \\|weight\\| of the edge from column to row, 0 where there is none.
    k, max_length : int
        Number of cycles, and of edges in the longest one.

    Returns
    -------
    list of tuple of int
        Nodes in the order of the cycle, from the lowest; the last acts on the first.

    Raises
    ------
    NotConvergedError
        When the search would take too long.

    Examples
    --------
    >>> strongest_loops(np.array([[0, 0.5, 0], [0.8, 0, 0.1], [0, 0.9, 0]]), k=5, max_length=3)
    [(0, 1), (1, 2)]
    """
    n = len(strength)
    bounds = {start: _back(strength, start, max_length) for start in range(n)}
    heap: list[tuple[float, tuple[int, ...], float]] = [
        (-bounds[s][max_length, s], (s,), 1.0) for s in range(n) if bounds[s][max_length, s] > 0
    ]
    heapq.heapify(heap)
    found: list[tuple[int, ...]] = []
    expanded = 0
    while heap and len(found) < k:
        _, path, product = heapq.heappop(heap)
        start, here = path[0], path[-1]
        if len(path) > 1 and here == start:
            found.append(path[:-1])
            continue
        expanded += 1
        if expanded > MAX_EXPANSIONS:
            raise NotConvergedError(
                f"Too many loops of nearly equal strength; {len(found)} of {k} found. Lower max_length (now "
                f"{max_length}) or drop weak edges first: graph.filter(top=500).feedback_loops(...)."
            )
        left = max_length - len(path)
        for node in np.flatnonzero(strength[:, here]):
            if node < start or (node != start and node in path):
                continue
            onward = product * strength[node, here]
            promise = onward if node == start else onward * bounds[start][left, node]
            if promise > 0:
                heapq.heappush(heap, (-promise, (*path, int(node)), onward))
    return found


def _back(strength: np.ndarray, start: int, max_length: int) -> np.ndarray:
    """Return the best product of a walk of 1, 2, ... edges at most to `start` over nodes not below it.

    Row e holds the bound with e edges left, for every node; that of `start` is the best cycle.
    """
    allowed = strength.copy()
    allowed[:start], allowed[:, :start] = 0.0, 0.0
    bound = np.zeros((max_length + 1, len(strength)))
    for edges in range(1, max_length + 1):
        after = bound[edges - 1].copy()
        after[start] = 1.0  # the walk ends where it closes
        bound[edges] = np.maximum(bound[edges - 1], np.max(allowed * after[:, None], axis=0))
    return bound
