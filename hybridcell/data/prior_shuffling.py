"""The control for a prior: the same network with its edges rewired."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hybridcell._core.errors import DataError, unknown_name

if TYPE_CHECKING:
    import pandas as pd

# After about this many successful swaps per edge, little of the original pairing is left
# (Milo et al. use 100 attempts per edge; most attempts succeed in a sparse network).
_SWAPS_PER_EDGE = 10
_ATTEMPTS_PER_SWAP = 20


def shuffle_edges(edges: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Rewire a directed network at random: who acts on whom changes, how many each acts on does not.

    Pairs of edges a -> b, c -> d of the same sign swap their targets, over and over. So every node keeps its
    number of stimulating, inhibiting and unsigned edges, in and out; no self-loop and no duplicate arises.
    A model that predicts as well with shuffled priors as with the real one owes nothing to which edges
    the real one has.

    Parameters
    ----------
    edges : DataFrame
        Columns source and target, and sign where signs are known (any labels; equal labels may swap).
        Other columns stay with the source.
    seed : int
        Equal seeds give equal networks.

    Returns
    -------
    DataFrame
        The same rows with other targets. Self-loops, and edges without a partner to swap with (in a dense
        or a tiny network), stay as they are.

    Raises
    ------
    UnknownNameError
        When there is no column source or target.
    DataError
        When a pair of nodes occurs twice.

    References
    ----------
    Maslov S. & Sneppen K., Specificity and stability in topology of protein networks. Science 296, 910
    (2002). Milo R. et al., On the uniform generation of random graphs with prescribed degree sequences.
    arXiv:cond-mat/0312028 (2003).

    Examples
    --------
    >>> import pandas as pd
    >>> from hybridcell.data import shuffle_edges
    >>> known = pd.DataFrame({"source": ["a", "b"], "target": ["c", "d"], "sign": [1, 1]})
    >>> shuffle_edges(known, seed=0).values.tolist()
    [['a', 'd', 1], ['b', 'c', 1]]
    """
    for column in ("source", "target"):
        if column not in edges.columns:
            raise unknown_name("column of the edge table", column, list(map(str, edges.columns)))
    twice = edges.duplicated(["source", "target"])
    if twice.any():
        first = edges[twice].iloc[0]
        raise DataError(
            f"The edge {first['source']!r} -> {first['target']!r} is listed more than once; wanted one row "
            "per ordered pair. Merge the rows, or drop those that disagree."
        )
    sources, targets = edges["source"].tolist(), edges["target"].tolist()
    rng = np.random.default_rng(seed)
    taken = set(zip(sources, targets))
    for rows in _classes(edges):
        _swap(sources, targets, rows, taken, rng)
    shuffled = edges.copy()
    shuffled["target"] = targets
    return shuffled


def _classes(edges: pd.DataFrame) -> list[np.ndarray]:
    """Return the rows of each sign, self-loops left out."""
    free = (edges["source"] != edges["target"]).to_numpy()
    if "sign" not in edges.columns:
        return [np.flatnonzero(free)]
    label = edges["sign"].astype(str).to_numpy()
    return [np.flatnonzero(free & (label == sign)) for sign in np.unique(label)]


def _swap(
    sources: list, targets: list, rows: np.ndarray, taken: set[tuple], rng: np.random.Generator
) -> None:
    """Swap targets within `rows`, in place."""
    # one swap more or less by chance: two lone edges would always come back after an even number
    wanted = _SWAPS_PER_EDGE * len(rows) + int(rng.integers(2)) if len(rows) > 1 else 0
    done = 0
    for _ in range(_ATTEMPTS_PER_SWAP):
        for first, second in rng.choice(rows, (wanted, 2)).tolist() if done < wanted else ():
            a, b, c, d = sources[first], targets[first], sources[second], targets[second]
            if done == wanted or a == d or c == b or (a, d) in taken or (c, b) in taken:
                continue
            taken -= {(a, b), (c, d)}
            taken |= {(a, d), (c, b)}
            targets[first], targets[second] = d, b
            done += 1
