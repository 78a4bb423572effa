"""Bliss independence."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from hybridcell.therapy.synergy._surface import alone_effects, inhibition_surface, only_combinations


def independent_effect(alone: Float[np.ndarray, "... drugs"]) -> Float[np.ndarray, ...]:
    """Return the effect of drugs that act independently: 1 - prod(1 - effect alone)."""
    return 1.0 - np.prod(1.0 - alone, axis=-1)


def bliss(
    responses: Any, doses_a: Any, doses_b: Any, *more_doses: Any, kind: str = "inhibition"
) -> np.ndarray:
    """Return the excess over Bliss independence.

    Two drugs that act independently leave the product of the fractions that each leaves alone:
    inhibition y_a + y_b - y_a y_b, viability v_a v_b. On logarithms of viability independence is addition.

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
        Fraction inhibited beyond expectation: above 0 synergy, below 0 antagonism, for both kinds. The
        margins are 0.

    Raises
    ------
    InvalidValueError
        On responses far outside 0 to 1, a shape that does not fit, a table whose own doses stand in
        another order, doses that are negative, unsorted or without 0.

    Warns
    -----
    UserWarning
        When the untreated control says that the other `kind` was meant, or that responses
        are no fractions of the control.

    References
    ----------
    Bliss, Annals of Applied Biology 26 (1939) 585-615.

    Examples
    --------
    >>> import hybridcell as hc
    >>> hc.synergy.bliss([[0.0, 0.5], [0.5, 0.9]], [0, 1], [0, 1]).round(3).tolist()
    [[0.0, 0.0], [0.0, 0.15]]
    """
    surface = inhibition_surface(responses, (doses_a, doses_b, *more_doses), kind)
    return only_combinations(surface - independent_effect(alone_effects(surface)), surface)
