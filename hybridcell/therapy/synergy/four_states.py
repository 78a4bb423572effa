"""The response surface of two drugs that bind one target population: four states in equilibrium of rates."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

#: Logarithms of rates are cut here: beyond, a state is full, and products would overflow. Below minus the
#: other, rates are 0.
_LARGEST, _NOTHING = 100.0, 1000.0
#: The parameters in order; slopes, EC50s and potency factors as natural logarithms.
NAMES = ("E0", "E1", "E2", "E3", "h1", "h2", "C1", "C2", "alpha12", "alpha21")
N_LEVELS = 4


def surface(
    theta: Float[np.ndarray, " p"], log_a: Float[np.ndarray, " n"], log_b: Float[np.ndarray, " n"]
) -> Float[np.ndarray, " n"]:
    """Return the fractions left; see `surface_and_slopes`."""
    weights, _ = _weights(*_rates(_log_rates(theta, log_a, log_b)))
    return theta[:N_LEVELS] @ weights / weights.sum(axis=0)


def surfaces(
    theta: Float[np.ndarray, "k p"], log_a: Float[np.ndarray, " n"], log_b: Float[np.ndarray, " n"]
) -> Float[np.ndarray, "k n"]:
    """Return the fractions left for K sets of numbers; see `surface_and_slopes`."""
    columns = theta.T[:, :, None]
    weights, _ = _weights(*_rates(_log_rates(columns, log_a, log_b)))
    return np.sum(columns[:N_LEVELS] * weights, axis=0) / weights.sum(axis=0)


def surface_and_slopes(
    theta: Float[np.ndarray, "... p"], log_a: Float[np.ndarray, " n"], log_b: Float[np.ndarray, " n"]
) -> tuple[Float[np.ndarray, "... n"], Float[np.ndarray, "... n p"]]:
    """Return the fractions left and their derivatives.

    Cells are free, hold drug 1, drug 2 or both, with the levels E0 to E3. They leave each state at rate 1 and
    enter it at the rates

        free -> 1: (d1/C1)^h1,            free -> 2: (d2/C2)^h2,
        1 -> both: (alpha12 d2/C2)^h2,    2 -> both: (alpha21 d1/C1)^h1.

    The share of a state at rest is the sum over the spanning trees of this cycle that lead to it.

    Parameters
    ----------
    theta : ndarray, shape (10,) or (K, 10)
        In the order of `NAMES`; one set of numbers, or many.
    log_a, log_b : ndarray, shape (n,)
        Logarithms of the doses, -inf for none.
    """
    theta = np.moveaxis(theta, -1, 0)[..., None]
    logs = _log_rates(theta, log_a, log_b)
    a, b, c, d = rates = _rates(logs)
    weights, ad = _weights(*rates)
    total = weights.sum(axis=0)
    shares = weights / total
    left = np.sum(theta[:N_LEVELS] * shares, axis=0)
    free, one, two, both = theta[:N_LEVELS] - left
    # how the weights of the four states change with each rate, times what a weight moves
    moved = np.array(
        [
            one * (2 + c) + two * b + both * (b + b * c),
            free + two * ad + both * (c * ad + a),
            free + one * ad + both * (b * ad + d),
            one * c + two * (2 + b) + both * (b * c + c),
        ]
    )
    per_log = rates * moved / total
    by_slope = per_log * np.maximum(logs, -_NOTHING)
    h1, h2 = np.exp(theta[4:6])
    columns = [
        *shares,
        by_slope[0] + by_slope[2],
        by_slope[1] + by_slope[3],
        -h1 * (per_log[0] + per_log[2]),
        -h2 * (per_log[1] + per_log[3]),
        h2 * per_log[1],
        h1 * per_log[2],
    ]
    return left, np.moveaxis(np.array(columns), 0, -1)


def _log_rates(theta: np.ndarray, log_a: np.ndarray, log_b: np.ndarray) -> np.ndarray:
    """Return the logarithms of the rates into 1, from 1 to both, from 2 to both, into 2."""
    h1, h2 = np.exp(theta[4:6])
    one, two = log_a - theta[6], log_b - theta[7]
    return np.array([h1 * one, h2 * (two + theta[8]), h1 * (one + theta[9]), h2 * two])


def _rates(logs: np.ndarray) -> np.ndarray:
    return np.exp(np.minimum(logs, _LARGEST))  # exactly 0 without a dose


def _weights(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights of the states and the sum of the rates out of the free state."""
    ad = a + d
    return np.array([2 + b + c, 2 * a + c * ad, 2 * d + b * ad, b * c * ad + a * b + c * d]), ad
