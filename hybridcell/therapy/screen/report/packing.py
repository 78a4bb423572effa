"""Arrays as short text: 16 bits a number, relative to the range that the array spans."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from jaxtyping import Float

#: Largest code of a number, and the code of NaN.
_MOST, _MISSING = 65_500, 65_535


def pack(values: Float[np.ndarray, " k"]) -> dict[str, Any]:
    """Return numbers as base64 of little-endian 16-bit codes; a number is ``(first + code) * step``.

    The step is 1/65,500 of the span or less, and 0 is exact where it lies within the span. What is not
    finite has no number and comes back as NaN.

    Parameters
    ----------
    values : ndarray, shape (K,)

    Returns
    -------
    dict
        first (int), step (float) and codes (str).

    Examples
    --------
    >>> packed = pack(np.array([0.0, 0.5, np.nan]))
    >>> packed["first"], unpack(packed).round(9).tolist()
    (0, [0.0, 0.5, nan])
    """
    values = np.asarray(values, dtype=float)
    known = np.isfinite(values)
    low, high = (float(values[known].min()), float(values[known].max())) if known.any() else (0.0, 0.0)
    if high > low:
        # two steps fewer than there are codes: the ends are rounded outwards
        step = max(high / (_MOST - 2) - low / (_MOST - 2), float(np.finfo(float).tiny))
    else:
        step = abs(low) or 1.0
    first = int(np.floor(low / step))
    codes = np.full(values.shape, _MISSING, dtype="<u2")
    codes[known] = np.clip(np.rint(values[known] / step - first), 0, _MOST).astype("<u2")
    return {"first": first, "step": step, "codes": base64.b64encode(codes.tobytes()).decode("ascii")}


def unpack(packed: dict[str, Any]) -> Float[np.ndarray, " k"]:
    """Return the numbers of `pack`, rounded as they were stored."""
    codes = np.frombuffer(base64.b64decode(packed["codes"]), dtype="<u2")
    return np.where(codes == _MISSING, np.nan, (packed["first"] + codes.astype(float)) * packed["step"])


def packed_bytes(n: int) -> int:
    """Return the length of the text of n numbers."""
    return 4 * ((2 * n + 2) // 3)
