"""Sources of edges that always move together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from hybridcell.infer.identifiability.directions import listed
from hybridcell.infer.identifiability.linked import linked

#: Singular values, relative to the largest of sources in their own units, that count as zero.
_ZERO = 1e-6


@dataclass(frozen=True, kw_only=True)
class Together:
    """Edges into one node that no training condition tells apart.

    Attributes
    ----------
    target : str
    sources : tuple of str
    freedoms : int
        How many of their edges must be known for the others to be told.
    text : str
    """

    target: str
    sources: tuple[str, ...]
    freedoms: int
    text: str


def told_apart(
    read: Float[np.ndarray, "c n n"], mask: Bool[np.ndarray, "n n"], names: tuple[str, ...]
) -> tuple[Together, ...]:
    """Return groups of sources, by target, whose activities are linearly dependent over the conditions.

    Parameters
    ----------
    read
        What the edge from j to i reads under each condition: the activity of j.
    mask
        Edges that may exist.
    """
    groups = []
    for i in range(len(names)):
        sources = np.flatnonzero(mask[i])
        activity = read[:, i, sources]
        size = np.linalg.norm(activity, axis=0)
        sources, activity = sources[size > 0], activity[:, size > 0] / size[size > 0]
        if not len(sources):
            continue
        _, spectrum, direction = np.linalg.svd(activity, full_matrices=True)
        rank = int(np.sum(spectrum > _ZERO * spectrum.max()))
        projector = direction[rank:].T @ direction[rank:]
        for members in linked(projector):
            own = projector[np.ix_(members, members)]
            freedoms = max(1, round(float(np.trace(own))))
            ids = tuple(names[j] for j in sources[members])
            groups.append(
                Together(target=names[i], sources=ids, freedoms=freedoms, text=_text(ids, freedoms))
            )
    return tuple(groups)


def _text(ids: tuple[str, ...], freedoms: int) -> str:
    ways = len(ids) - freedoms
    if ways == 1:
        return f"{listed(ids)} always move together: their edges cannot be told apart"
    return f"{listed(ids)} move in {ways} independent ways only: their {len(ids)} edges cannot be told apart"
