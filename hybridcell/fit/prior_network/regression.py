"""Ridge regression of many components on two sets of inputs, every component with a penalty of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

#: Noise variance over the variance of one input's effect, from almost none to drowning it.
PENALTIES = np.logspace(-2, 2, 13)
#: Variance of the intercept over that of effects: so large that it is hardly penalized.
FREE = 100.0


@dataclass(frozen=True, eq=False)
class Regression:
    """Coefficients of K components, and how well rows are foretold that are left out.

    Attributes
    ----------
    intercept : ndarray, shape (K,)
    direct : ndarray, shape (P, K)
        Effects of the inputs themselves.
    routed : ndarray, shape (F, K)
        Effects of the signals.
    left_out : ndarray, shape (N, K)
        Residual of every row by the coefficients that the other rows give.
    penalty : ndarray, shape (K,)
        What was chosen.
    """

    intercept: Float[np.ndarray, " k"]
    direct: Float[np.ndarray, "p k"]
    routed: Float[np.ndarray, "f k"]
    left_out: Float[np.ndarray, "n k"]
    penalty: Float[np.ndarray, " k"]


def regress(
    x: Float[np.ndarray, "n p"],
    signals: Float[np.ndarray, "n f"],
    components: Float[np.ndarray, "n k"],
    *,
    share: float,
) -> Regression:
    """Regress each component on inputs and signals, its penalty by exact leave-one-row-out error.

    With K = (1 - share) x x' + share s s' the kernel of the rows and A = (K + penalty)^-1, the residual of
    row i when it is left out is (A y)_i / A_ii (no refitting). Components that foretell nothing are shrunken
    to nothing, whatever the others need: so many readouts are regressed on few rows.

    Parameters
    ----------
    x, signals, components
        One row per condition.
    share : float
        Share of the variance of effects that follows the signals, before any data are seen.
    """
    kernel = (1 - share) * x @ x.T + share * signals @ signals.T
    free = FREE * max(float(np.mean(np.diag(kernel))), 1e-12)
    w, v = np.linalg.eigh(kernel + free)
    w, projected = np.maximum(w, 0.0), v.T @ components
    best = np.full(components.shape[1], np.inf)
    dual, left_out, penalty = np.zeros_like(components), np.zeros_like(components), np.zeros_like(best)
    for candidate in PENALTIES:
        inverse = 1.0 / (w + candidate)
        weights = v @ (inverse[:, None] * projected)
        residual = weights / ((v**2) @ inverse)[:, None]
        error = (residual**2).sum(axis=0)
        better = error < best
        best[better], penalty[better] = error[better], candidate
        dual[:, better], left_out[:, better] = weights[:, better], residual[:, better]
    return Regression(
        intercept=free * dual.sum(axis=0),
        direct=(1 - share) * x.T @ dual,
        routed=share * signals.T @ dual,
        left_out=left_out,
        penalty=penalty,
    )
