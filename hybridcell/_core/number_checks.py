"""Whether a value that somebody gave is a number. To Python True is one; to who wrote it, a slip."""

from __future__ import annotations

import math
from typing import Any, TypeGuard

import numpy as np

from hybridcell._core.errors import InvalidValueError

#: Smallest measurement error, as a share of the value or of 1: fits square its inverse.
SMALLEST_ERROR = 1e-150


def plain(value: Any) -> Any:
    """Return the number that an array without axes holds; anything else as it is."""
    return value.item() if getattr(value, "ndim", None) == 0 else value


def is_number(value: Any) -> TypeGuard[float]:
    """Tell whether a value is one real number, of Python or NumPy (NaN and infinity too), and no bool."""
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def is_finite_number(value: Any) -> TypeGuard[float]:
    """Tell whether a value is one real number, neither NaN nor infinite, and no bool."""
    return is_number(value) and math.isfinite(value)


def is_whole(value: Any) -> TypeGuard[int]:
    """Tell whether a value is an integer of Python or NumPy, and no bool."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def errors_count(sd: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Tell which measurement errors are positive and large enough that (value / error)^2 is a number."""
    return np.isfinite(sd) & (sd > SMALLEST_ERROR * np.maximum(1.0, np.abs(values)))


def checked_share(name: str, value: Any, example: float) -> float:
    """Return a number between 0 and 1, such as a confidence level, or raise."""
    share = plain(value)
    if not (is_number(share) and 0 < share < 1):
        raise InvalidValueError(f"{name} is {value!r}; wanted a share between 0 and 1, such as {example:g}.")
    return float(share)
