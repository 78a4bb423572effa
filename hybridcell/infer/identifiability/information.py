"""What an information matrix says of single parameters and of directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

#: Curvature, relative to the largest of directions with every parameter in its own unit of error, below
#: which nothing is known: rounding and the solver's tolerance leave no more.
_NOTHING = 1e-12
#: Share of a direction that nothing determines, from which on a parameter is not determined either.
_PART = 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class Spread:
    """What a linearization says of parameters.

    Attributes
    ----------
    se : ndarray, shape (q,)
        Standard errors, each with all other parameters free; infinite where a direction that nothing
        determines takes part.
    covariance : ndarray, shape (q, q)
        Over the directions that are determined.
    singular : int
        How many directions nothing determines.
    """

    se: Float[np.ndarray, " q"]
    covariance: Float[np.ndarray, "q q"]
    singular: int


def spread_of(information: Float[np.ndarray, "q q"]) -> Spread:
    """Return standard errors and covariances; a matrix that cannot be inverted gives infinite errors."""
    own = np.sqrt(np.maximum(np.diag(information), 0.0))
    seen = own > 0
    scale = np.where(seen, own, 1.0)
    size, direction = np.linalg.eigh(information / np.outer(scale, scale))
    known = size > _NOTHING * max(float(size.max(initial=0.0)), 1e-300)
    inverse = (direction[:, known] / size[known]) @ direction[:, known].T
    covariance = inverse / np.outer(scale, scale)
    loose = (direction[:, ~known] ** 2).sum(axis=1) > _PART
    se = np.where(loose | ~seen, np.inf, np.sqrt(np.maximum(np.diag(covariance), 0.0)))
    return Spread(se=se, covariance=covariance, singular=int(np.sum(~known)))


def spread_where(information: Float[np.ndarray, "q q"], free: Bool[np.ndarray, " q"]) -> Spread:
    """Return `spread_of` those that are free, given the others, which have no error."""
    own = spread_of(information[np.ix_(free, free)])
    se, covariance = np.zeros(len(free)), np.zeros(information.shape)
    se[free], covariance[np.ix_(free, free)] = own.se, own.covariance
    return Spread(se=se, covariance=covariance, singular=own.singular)


def spectrum_of(
    information: Float[np.ndarray, "q q"], unit: Float[np.ndarray, " q"]
) -> tuple[Float[np.ndarray, " q"], Float[np.ndarray, "q q"]]:
    """Return eigenvalues, the largest first and none below zero, and eigenvectors as columns.

    Parameters
    ----------
    information
        On the scales of the parameters.
    unit
        Change on each scale that counts as one: with that of an e-fold change, an eigenvalue of 1 is a
        standard error of a factor of e along its direction.
    """
    size, direction = np.linalg.eigh(information * np.outer(unit, unit))
    order = np.argsort(size)[::-1]
    direction = direction[:, order]
    # a direction has no sign of its own: its largest part goes up
    largest = direction[np.argmax(np.abs(direction), axis=0), np.arange(len(unit))]
    return np.maximum(size[order], 0.0), direction * np.where(largest < 0, -1.0, 1.0)
