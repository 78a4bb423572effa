"""Tables and numbers as Markdown."""

from __future__ import annotations

import math
from collections.abc import Sequence


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[object]], *, decimals: int = 3) -> str:
    """Return a Markdown table; the first column is left-aligned, numbers to the right.

    Examples
    --------
    >>> print(markdown_table(["predictor", "r"], [["ridge", 0.9461]]))
    | predictor | r |
    |---|---:|
    | ridge | 0.946 |
    """
    numeric = [any(isinstance(row[j], float | int) for row in rows) for j in range(len(header))]
    lines = [
        _line([show(cell) for cell in header]),
        "|" + "|".join("---:" if n else "---" for n in numeric) + "|",
    ]
    return "\n".join([*lines, *(_line([show(cell, decimals) for cell in row]) for row in rows)])


def show(value: object, decimals: int = 3) -> str:
    """Return a cell: floats with so many decimals, a dash where there is no number."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "–" if math.isnan(value) else f"{value:.{decimals}f}"
    # a bar or a line break would begin another cell or row, and a backslash would free the bar behind it
    return " ".join(str(value).replace("\\", "\\\\").replace("|", "\\|").splitlines())


def _line(cells: Sequence[object]) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"
