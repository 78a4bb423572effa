"""What makes a state a steady state: nothing moves, and what is disturbed comes back."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Int

from hybridcell.simulate.kinetics.steady.search import Places, Search

#: Real parts below this share of the largest eigenvalue cannot be told from zero.
_ROUNDING = 1e-11
#: An amount counts as zero below this share of the largest ever seen.
_NOTHING = 1e-6


def residuals(
    search: Search, rows: Int[np.ndarray, " c"], places: Places
) -> tuple[Float[np.ndarray, " c"], Float[np.ndarray, "c n n"]]:
    """Return the largest net rate of each condition, as a share of the turnover, and dF/dx.

    The turnover of a state is what makes it and takes it, together with what would if all amounts were as
    large as they once were: everything may have come to a halt.
    """
    rates = search.rates
    f, jacobian = rates.linearized(rows, places.x)
    size = np.maximum(places.largest, np.abs(places.x))
    size = np.maximum(size, _NOTHING * size.max(axis=1, keepdims=True, initial=0.0))
    with np.errstate(all="ignore"):
        once = np.sum(np.abs(jacobian) * size[:, None, :], axis=2)
        share = np.abs(f) / (rates.turnover(rows, places.x) + once)
    share = np.where(f == 0.0, 0.0, share)  # 0 of 0: nothing is made or taken
    return np.nan_to_num(share.max(axis=1, initial=0.0), nan=np.inf), jacobian


def distances(search: Search, rows: Int[np.ndarray, " c"], places: Places) -> Float[np.ndarray, " c"]:
    """Return how far a root is by the linearization, relative to the sizes of states; NaN if singular."""
    return np.abs(search.correction(rows, places) / places.size).max(axis=1, initial=0.0)


def keep_totals(search: Search, places: Places) -> Bool[np.ndarray, " c"]:
    """Tell whether conserved sums are what they were at the start."""
    laws = search.rates.terms.laws
    scale = np.maximum(places.largest, np.abs(places.x)) @ np.abs(laws).T
    return np.all(np.abs(places.x @ laws.T - places.totals) <= 1e-8 * scale, axis=1)


def are_stable(
    search: Search, jacobian: Float[np.ndarray, "c n n"], places: Places
) -> Bool[np.ndarray, " c"]:
    """Tell whether all modes that keep the conserved sums and the algebraic equations die out.

    Modes too slow to be told from none count as dying: integration found the way to them.
    """
    if search.rates.n == 0:
        return np.ones(len(jacobian), bool)
    stable = np.zeros(len(jacobian), bool)
    for k, (j, size) in enumerate(zip(jacobian, places.size)):
        if np.isfinite(j).all():
            reduced = _reduced(search, j, size)
            modes = np.linalg.eigvals(reduced) if reduced.size else np.zeros(1)
            stable[k] = modes.real.max() <= _ROUNDING * np.abs(modes).max()
    return stable


def _reduced(search: Search, jacobian: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return dF/dx on the states that are free, each in units of its size."""
    from scipy.linalg import qr

    terms, n = search.rates.terms, search.rates.n
    restrictions = np.concatenate([terms.laws, jacobian[terms.n_differential :]]) * size
    left = search.mass[search.moving] * size
    right = jacobian[search.moving] * size
    if not len(restrictions):
        return np.linalg.solve(left, right)
    restrictions /= np.abs(restrictions).max(axis=1, keepdims=True)
    _, r, order = qr(  # pyright: ignore[reportAssignmentType]
        restrictions, mode="economic", pivoting=True
    )
    k = len(restrictions)
    tangent = np.zeros((n, n - k))
    tangent[order[k:]] = np.eye(n - k)
    tangent[order[:k]] = -np.linalg.solve(r[:, :k], r[:, k:])
    return np.linalg.solve(left @ tangent, right @ tangent)
