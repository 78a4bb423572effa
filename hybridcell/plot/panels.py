"""Where a figure is drawn: the axes that are given, or those of a new figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hybridcell._core.errors import InvalidValueError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Most panels side by side.
_COLUMNS = 4


def one_axes(ax: Axes | None, size: tuple[float, float] | None = None) -> Axes:
    """Return `ax`, or the axes of a new figure of `size` inches."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=size, layout="constrained")[1]


def two_axes(axes: Sequence[Axes] | None, **figure: Any) -> tuple[Axes, Axes]:
    """Return the two `axes`, for doses and for readouts, or those of a new figure (see `plt.subplots`)."""
    if axes is None:
        import matplotlib.pyplot as plt

        found = np.ravel(plt.subplots(**figure, layout="constrained")[1])
        return found[0], found[1]
    given = list(np.ravel(np.asarray(axes, dtype=object)))
    if len(given) != 2:
        raise InvalidValueError(f"There are {len(given)} axes; wanted two, for doses and for readouts.")
    return given[0], given[1]


def columns_of(n: int) -> int:
    """Return how many of n panels stand side by side."""
    return n if n <= 3 else min(_COLUMNS, int(np.ceil(np.sqrt(n))))


def panels_of(
    n: int, axes: Sequence[Axes] | None, *, what: str, size: tuple[float, float], least: float, more: float
) -> np.ndarray:
    """Return axes for n panels: those given, or those of a new figure.

    Parameters
    ----------
    what
        What stands in the panels, such as "profiles"; for the error.
    size
        Of one panel, in inches.
    least
        Least width of the figure.
    more
        Height of what stands around the panels.
    """
    if n < 1:
        raise InvalidValueError(f"There are no {what} to draw; wanted at least one.")
    if axes is not None:
        given = np.ravel(np.asarray(axes, dtype=object))
        if len(given) < n:
            raise InvalidValueError(f"There are {len(given)} axes for {n} {what}; wanted one for each.")
        return given[:n]
    import matplotlib.pyplot as plt

    columns = columns_of(n)
    rows = -(-n // columns)
    inches = (max(size[0] * columns, least), size[1] * rows + more)
    _, grid = plt.subplots(rows, columns, squeeze=False, layout="constrained", figsize=inches)
    for ax in grid.ravel()[n:]:
        ax.remove()
    return grid.ravel()[:n]
