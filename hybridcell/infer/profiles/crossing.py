"""Where a profile reaches its threshold, between two points of it."""

from __future__ import annotations

import numpy as np

#: A crossing is looked for at least this share of the way from either end.
_MARGIN = 0.02
#: Above so many thresholds a cubic through slopes says nothing any more.
_FAR = 6.0


def crossing(
    xs: tuple[float, float], rises: tuple[float, float], slopes: tuple[float, float], threshold: float
) -> float:
    """Return where a profile crosses the threshold, by values and slopes at both ends.

    Parameters
    ----------
    xs
        The parameter at a point below the threshold, and at one above it.
    rises, slopes
        The profile there.

    Returns
    -------
    float
        Between the two.
    """
    (x0, x1), (r0, r1), (m0, m1) = xs, rises, slopes
    h = x1 - x0
    share = (np.sqrt(threshold) - np.sqrt(max(r0, 0.0))) / (np.sqrt(r1) - np.sqrt(max(r0, 0.0)))
    if r1 <= _FAR * threshold:
        # cubic of Hermite, with t the share of the way
        cubic = [
            2 * r0 - 2 * r1 + h * (m0 + m1),
            -3 * r0 + 3 * r1 - h * (2 * m0 + m1),
            h * m0,
            r0 - threshold,
        ]
        roots = np.roots(cubic)
        real = roots[np.abs(roots.imag) < 1e-9].real
        inside = real[(real >= 0) & (real <= 1)]
        if len(inside):
            share = float(np.max(inside))
    return x0 + h * float(np.clip(share, _MARGIN, 1 - _MARGIN))
