"""Directions in the space of parameters, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

#: Parts of a direction that are named: from this share of the largest, and so many at most.
_SHARE, _MOST = 0.3, 5
#: Factors beyond which "without limit" says as much.
_LIMIT = 1e6


def in_words(names: Sequence[str], direction: Float[np.ndarray, " q"]) -> str:
    """Return which parameters go up and which down along a direction, the strongest first.

    Examples
    --------
    >>> import numpy as np
    >>> in_words(["k1", "k2", "k3"], np.array([0.7, -0.71, 0.01]))
    'k1 up while k2 goes down'
    >>> in_words(["k1", "k2"], np.array([0.6, 0.8]))
    'k2 and k1 up together'
    """
    # rounded: equal parts stay in the order of the names
    strength = np.round(np.abs(direction) / np.abs(direction).max(), 6)
    ranked = map(int, np.argsort(-strength, kind="stable"))
    order = [k for k in ranked if strength[k] >= _SHARE]
    shown, rest = order[:_MOST], len(order) - _MOST
    up = [names[k] for k in shown if direction[k] > 0]
    down = [names[k] for k in shown if direction[k] < 0]
    if not up:
        up, down = down, []
    more = f" (and {rest} more)" if rest > 0 else ""
    together = " together" if len(up) > 1 and not down else ""
    text = f"{listed(up)} up{together}"
    return text + (f" while {listed(down)} {'go' if len(down) > 1 else 'goes'} down" if down else "") + more


def freedom_in_words(sd: float) -> str:
    """Return by what factor data let a direction move: two standard errors, given in e-folds."""
    factor = float(np.exp(min(1.96 * sd, 700.0)))
    return "without limit" if factor > _LIMIT else f"by a factor of {factor:.3g}"


def listed(names: Sequence[str], most: int = 8) -> str:
    """Return names as a list in a sentence."""
    names = [str(name) for name in names]
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
