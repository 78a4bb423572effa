"""Which edges a CellBox network may have: structural zeros by node kind and by prior knowledge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hybridcell._core.errors import InvalidValueError, check_choice

KINDS = ("protein", "phenotype", "drug", "gene")


def check_nodes(names: Sequence[str], kinds: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return names and kinds as tuples; refuse duplicates, empty names, unknown kinds, unequal lengths."""
    names, kinds = tuple(str(n) for n in names), tuple(str(k) for k in kinds)
    if not names:
        raise InvalidValueError("A network needs at least one node; names is empty.")
    if len(names) != len(kinds):
        raise InvalidValueError(f"There are {len(names)} names but {len(kinds)} kinds; wanted one kind per node.")
    if "" in names:
        raise InvalidValueError(f"Node {names.index('')} has an empty name.")
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InvalidValueError(f"Node name {name!r} appears twice; names must be unique.")
        seen.add(name)
    for name, kind in zip(names, kinds):
        check_choice(f"kind of node {name!r}", kind, KINDS)
    return names, kinds


def kind_mask(kinds: Sequence[str], *, drug_to_phenotype: bool = False) -> np.ndarray:
    """Return the edges that node kinds allow.

    Nothing regulates a drug, a phenotype regulates nothing, a drug does not act on a phenotype
    unless asked, and no node acts on itself.

    Parameters
    ----------
    kinds : sequence of str, length n
    drug_to_phenotype : bool
        Allow direct edges from drugs to phenotypes.

    Returns
    -------
    ndarray of bool, shape (n, n)
        ``mask[i, j]`` is True where j may act on i.

    Examples
    --------
    >>> kind_mask(["protein", "phenotype", "drug"]).astype(int)
    array([[0, 0, 1],
           [1, 0, 0],
           [0, 0, 0]])
    """
    kind = np.asarray(kinds)
    drug, phenotype = kind == "drug", kind == "phenotype"
    allowed = ~np.eye(len(kind), dtype=bool)
    allowed[drug, :] = False
    allowed[:, phenotype] = False
    if not drug_to_phenotype:
        allowed[np.ix_(phenotype, drug)] = False
    return allowed
