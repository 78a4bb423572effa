"""Whether what is to be drawn is what the figure is made for."""

from __future__ import annotations

from typing import Any

from hybridcell._core.errors import InvalidValueError


def check_drawable(figure: str, given: Any, *parts: str, wanted: str) -> None:
    """Refuse what lacks the parts that a figure reads.

    Parameters
    ----------
    figure
        Name of the figure in `hc.pl`.
    given
        What is to be drawn.
    parts
        Attributes that it must have.
    wanted
        What is drawn, and where it comes from.
    """
    if not all(hasattr(given, part) for part in parts):
        raise InvalidValueError(f"{figure} was given a {type(given).__name__}; wanted {wanted}.")
