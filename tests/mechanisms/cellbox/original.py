"""The published equations, one number at a time, to hold the library against."""

from __future__ import annotations

import math


def by_hand(envelope: str, k: float, s: float) -> float:
    """Return the envelope as the original defines it, one number at a time."""
    if envelope == "tanh":
        return (math.exp(s) - math.exp(-s)) / (math.exp(s) + math.exp(-s))
    if envelope == "linear":
        return s
    if envelope == "clip":
        return -1.0 if s < -1 else 1.0 if s > 1 else s
    if envelope == "polynomial" and k % 2 == 1:
        return s**k / (1 + abs(s) ** k)
    if envelope == "polynomial":
        return (0 if s == 0 else math.copysign(1, s)) * s**k / (1 + s**k)
    relu = s + 1 if s > -1 else 0.0
    return 2 * (1 - 1 / (1 + relu**k)) - 1
