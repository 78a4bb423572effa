"""What an information matrix leaves open."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

#: Part of the largest eigenvalue, in units in which all diagonal entries are 1, below which one is 0.
_NOTHING = 1e-10
#: Part of a direction that a parameter must have, squared, to move along it.
_PART = 1e-6


def loose_directions(
    information: Float[np.ndarray, "q q"], widths: Float[np.ndarray, " q"]
) -> tuple[Float[np.ndarray, "q m"], Float[np.ndarray, " q"]]:
    """Return directions along which an information says nothing, and the units of the parameters.

    Parameters
    ----------
    widths : ndarray, shape (q,)
        How far parameters can move. Where all are finite, a direction is loose when its standard deviation
        exceeds them; else when it is infinite up to rounding.

    Returns
    -------
    directions : ndarray, shape (q, m)
        Orthonormal in the units.
    units : ndarray, shape (q,)
    """
    diagonal = np.sqrt(np.maximum(np.diagonal(information), 0.0))
    finite = np.isfinite(widths)
    usual = np.where(diagonal > 0, 1 / np.where(diagonal > 0, diagonal, 1.0), 1.0)
    units = np.where(finite, widths, usual)
    sizes, vectors = np.linalg.eigh(information * np.outer(units, units))
    least = 1.0 if finite.all() else _NOTHING * max(float(sizes[-1]), 1e-300)
    return vectors[:, sizes < least], units


def loose_parameters(
    information: Float[np.ndarray, "q q"], widths: Float[np.ndarray, " q"]
) -> Bool[np.ndarray, " q"]:
    """Return which parameters take part in directions that an information leaves open.

    Where all widths are finite: those that such a direction moves further than they could go otherwise.
    """
    directions, units = loose_directions(information, widths)
    parts = np.sum(directions**2, axis=1)
    if not directions.size or not np.isfinite(widths).all():
        return parts > _PART
    return parts > np.maximum(np.diagonal(_tight(information, directions, units)), _PART)


def covariance_of(
    information: Float[np.ndarray, "q q"], widths: Float[np.ndarray, " q"]
) -> Float[np.ndarray, "q q"]:
    """Return the inverse of an information, with infinite variances of loose parameters."""
    directions, units = loose_directions(information, widths)
    found = _tight(information, directions, units) * np.outer(units, units)
    loose = loose_parameters(information, widths)
    found[loose] = found[:, loose] = 0.0
    found[loose, loose] = np.inf
    return found


def _tight(information: np.ndarray, directions: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Return the inverse in the units, within what is not left open."""
    keep = np.eye(len(units)) - directions @ directions.T
    scaled = information * np.outer(units, units)
    return np.linalg.pinv(keep @ scaled @ keep, hermitian=True, rcond=1e-12)
