"""What responses are: logarithms of ratios to the untreated control, or relative changes."""

from __future__ import annotations

import math
from typing import Any

from hybridcell._core.errors import InvalidValueError

#: Logarithmic scale -> its base.
BASES = {"log2": 2.0, "ln": math.e, "log10": 10.0}
#: All scales; "linear" responses are relative changes, -0.3 for 30 % less.
SCALES = (*BASES, "linear")
#: What responses are taken for where nobody says.
USUAL = "log2"


def response_of(factor: float, scale: str) -> float:
    """Return the response of what is `factor` times its untreated level.

    Examples
    --------
    >>> response_of(0.25, "log2"), response_of(0.25, "linear")
    (-2.0, -0.75)
    """
    return factor - 1.0 if scale == "linear" else math.log(factor) / math.log(BASES[scale])


def scale_of(model: Any) -> str | None:
    """Return the scale of a model's states, None where it has none."""
    return getattr(model.mechanistic_only(), "scale", None)


def check_scale(model: Any, scale: str | None) -> None:
    """Refuse data whose scale is said, and not that of the model.

    Raises
    ------
    InvalidValueError
        When they differ.
    """
    own = scale_of(model)
    if None not in (own, scale) and own != scale:
        raise InvalidValueError(
            f"The data say that their values are {scale!r}; the states of the network are {own!r}. Make the "
            f"network with scale={scale!r}, as CellBox.from_data does of these data."
        )
