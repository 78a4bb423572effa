"""Envelopes: the saturating function that turns a summed influence into a production rate.

References
----------
Yuan et al., CellBox: interpretable machine learning for perturbation biology with application to the
design of cancer combination therapy, Cell Systems 12 (2021).
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from hybridcell._core.arrays import namespace
from hybridcell._core.errors import InvalidValueError, check_choice

ENVELOPES = ("tanh", "polynomial", "hill", "linear", "clip")


def check_envelope(envelope: str, power: float) -> tuple[str, float]:
    """Return the envelope and its power when they make sense together."""
    check_choice("envelope", envelope, ENVELOPES)
    try:
        power = float(power)
    except (TypeError, ValueError):
        raise InvalidValueError(f"power is {power!r}; wanted a number.") from None
    if envelope == "polynomial" and not (power > 1 and power.is_integer()):
        raise InvalidValueError(f"power is {power:g}; the polynomial envelope wants a whole number above 1.")
    if envelope == "hill" and not 0 < power < np.inf:
        raise InvalidValueError(f"power is {power:g}; the hill envelope wants a positive number.")
    return envelope, power


def apply_envelope(envelope: str, power: float, s: Any) -> Any:
    """Return phi(s) elementwise, on JAX or NumPy arrays.

    ``tanh``, ``linear`` and ``clip`` (to [-1, 1]) are what they say. ``polynomial`` is, for odd k,
    s^k / (1 + |s|^k) and, for even k, sign(s) s^k / (1 + s^k). ``hill`` is
    2 (1 - 1 / (1 + max(s + 1, 0)^k)) - 1.
    """
    xp = namespace(s)
    if envelope == "tanh":
        return xp.tanh(s)
    if envelope == "linear":
        return s
    if envelope == "clip":
        return xp.clip(s, -1.0, 1.0)
    if envelope == "polynomial":
        # |s|^k with the sign of s put back is both parities in one formula
        magnitude = xp.abs(s) ** int(power)
        return xp.sign(s) * magnitude / (1.0 + magnitude)
    base = xp.maximum(s + 1.0, 0.0)
    if xp is jnp and power < 1:  # infinitely steep at 0; a where on the input keeps gradients finite
        raised = jnp.where(base > 0, jnp.where(base > 0, base, 1.0) ** power, 0.0)
    else:
        raised = base ** (int(power) if power == int(power) else power)
    return 1.0 - 2.0 / (1.0 + raised)
