"""Highest single agent."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from hybridcell.therapy.synergy._surface import alone_effects, inhibition_surface, only_combinations


def strongest_effect(alone: Float[np.ndarray, "... drugs"]) -> Float[np.ndarray, ...]:
    """Return the effect of the strongest of the drugs alone."""
    return np.max(alone, axis=-1)


def hsa(responses: Any, doses_a: Any, doses_b: Any, *more_doses: Any, kind: str = "inhibition") -> np.ndarray:
    """Return the excess over the highest single agent.

    The weakest claim of benefit: the combination does more than the better of the two drugs does alone at
    the same dose.

    Parameters
    ----------
    responses : array_like, shape (A, B) or (A, B, C, ...)
        Fractions, 0 to 1 but for noise; rows follow `doses_a`, columns `doses_b`, one axis more for each
        further drug. Where all other doses are 0 is what each drug does alone. NaN (a lost well) gives NaN
        where it is needed.
    doses_a, doses_b, *more_doses : array_like, shape (A,), (B,), ...
        Rising doses, the first of them 0. Any unit.
    kind : {"inhibition", "viability"}
        Whether 0 ("inhibition") or 1 ("viability") means no effect.

    Returns
    -------
    ndarray, shape of the responses
        Fraction inhibited beyond the better drug: above 0 benefit, below 0 antagonism, for both kinds. The
        margins are 0.

    Raises
    ------
    InvalidValueError
        On responses far outside 0 to 1, a shape that does not fit, doses that are negative, unsorted or
        without 0.

    Warns
    -----
    UserWarning
        When the untreated control says that the other `kind` was meant, or that responses
        are no fractions of the control.

    References
    ----------
    Gaddum, Pharmacology, Oxford University Press (1940).

    Examples
    --------
    >>> import hybridcell as hc
    >>> hc.synergy.hsa([[1.0, 0.5], [0.75, 0.25]], [0, 1], [0, 1], kind="viability").tolist()
    [[0.0, 0.0], [0.0, 0.25]]
    """
    surface = inhibition_surface(responses, (doses_a, doses_b, *more_doses), kind)
    return only_combinations(surface - strongest_effect(alone_effects(surface)), surface)
