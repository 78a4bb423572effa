"""Which edges a CellBox network may have: structural zeros by node kind and by prior knowledge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import ArrayLike

from hybridcell._core.errors import InvalidValueError, check_choice, check_is_list
from hybridcell.mechanisms.cellbox.edge_prior import EdgePrior

KINDS = ("protein", "phenotype", "drug", "gene")


def check_nodes(names: Sequence[str], kinds: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return names and kinds as tuples; refuse texts, what is twice, empty or unknown, unequal lengths."""
    check_is_list("names", names)
    check_is_list("kinds", kinds)
    names, kinds = tuple(str(n) for n in names), tuple(str(k) for k in kinds)
    if not names:
        raise InvalidValueError("A network needs at least one node; names is empty.")
    if len(names) != len(kinds):
        raise InvalidValueError(
            f"There are {len(names)} names but {len(kinds)} kinds; wanted one kind per node."
        )
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


def square_matrix(what: str, value: ArrayLike, n: int, *, dtype: type = float) -> np.ndarray:
    """Return an array that must have one row and one column per node."""
    try:
        array = np.array(value, dtype=dtype)
    except (TypeError, ValueError):
        raise InvalidValueError(f"{what} is no array of numbers; wanted shape ({n}, {n}).") from None
    if array.shape != (n, n):
        raise InvalidValueError(f"{what} has shape {array.shape}; wanted ({n}, {n}), one row per target.")
    return array


def rate_per_node(what: str, value: ArrayLike, names: tuple[str, ...]) -> np.ndarray:
    """Return positive numbers, one per node, from one number or one per node."""
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise InvalidValueError(f"{what} is {value!r:.60}; wanted positive numbers.") from None
    if array.ndim == 0:
        array = np.full(len(names), float(array))
    if array.shape != (len(names),):
        raise InvalidValueError(f"{what} has shape {array.shape}; wanted one number or ({len(names)},).")
    wrong = ~(np.isfinite(array) & (array > 0))
    if wrong.any():
        i = int(np.argmax(wrong))
        raise InvalidValueError(f"{what} of node {names[i]!r} is {array[i]}; wanted a positive number.")
    return array


def edge_mask(
    mask: ArrayLike | None,
    weights: np.ndarray,
    names: tuple[str, ...],
    kinds: tuple[str, ...],
    prior: EdgePrior | None,
) -> np.ndarray:
    """Return the edges that may exist; refuse weights where they may not, or against a hard sign."""
    if mask is None:
        allowed = kind_mask(kinds) | (weights != 0)
    else:
        allowed = square_matrix("mask", mask, len(names), dtype=bool)
    if prior is not None:
        known = square_matrix("edge_prior", prior.known, len(names))
        if prior.hard:
            allowed &= known > 0
            _refuse(weights, np.asarray(prior.sign) * weights < 0, names, "against the hard prior's sign")
    _refuse(weights, (weights != 0) & ~allowed, names, "which the mask or the hard prior forbids")
    return allowed


def _refuse(weights: np.ndarray, wrong: np.ndarray, names: tuple[str, ...], why: str) -> None:
    if wrong.any():
        i, j = np.argwhere(wrong)[0]
        raise InvalidValueError(
            f"weights has {names[j]!r} -> {names[i]!r} = {weights[i, j]:g}, {why}. "
            "Set it to zero or allow the edge."
        )
