"""Why a condition has no steady state: what its trajectory does at late times."""

from __future__ import annotations

import numpy as np

#: Late times, as shares of a span, that tell an oscillation from a slow approach. No two of them are equally
#: far apart: seen once every period, an oscillation would seem to drift.
LATE = 0.6 + 0.4 * np.linspace(0.0, 1.0, 33) ** 1.2
#: A late rate this much below (above) the early one is on its way to rest (to infinity).
_FALLS, _GROWS = 0.5, 2.0
#: States of saturating networks stay below this.
_LARGE = 1e3


def verdict(x: np.ndarray, rates: np.ndarray) -> str:
    """Return "diverged", "oscillating" or "not settled" for one condition that did not come to rest.

    Parameters
    ----------
    x : ndarray, shape (T, n)
        States at late times; not finite where lost.
    rates : ndarray, shape (T, n)
        Relaxed rates (dx/dt / alpha) there.
    """
    if not (np.isfinite(x).all() and np.isfinite(rates).all()):
        return "diverged"
    size = np.abs(rates).max(axis=1)
    half = len(size) // 2
    trend = size[half:].max() / max(size[:half].max(), 1e-300)
    if trend < _FALLS:
        return "not settled"
    leading = rates[:, int(np.abs(rates).max(axis=0).argmax())]
    turns = bool((leading[1:] * leading[:-1] < 0).any())
    if trend > _GROWS and np.abs(x).max() > _LARGE:
        return "diverged"
    if turns:
        return "oscillating"
    return "diverged" if trend >= 1.0 else "not settled"
