"""The way of an edge between the boxes of a layered drawing: never behind the box of a third node."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.path import Path

_GAP = 0.02  # between an edge's end and its box, in columns
_BULGE = 0.35  # of an edge within a column, in columns, for distant rows
_LANES = (-0.09, 0.0, 0.09)  # heights in a gap, so that edges of neighboring sources stay apart
_BEND = 0.05  # of a straight edge, so that a pair back and forth is two lines

Point = tuple[float, float]


def edge_path(source: str, target: str, place: dict[str, tuple[int, float]], half: dict[str, float]) -> Path:
    """Return the path of an edge in data coordinates, as cubic curves.

    Parameters
    ----------
    source, target : str
    place : dict
        Name -> (column, height), boxes one apart.
    half : dict
        Half the width of each box, in columns.
    """
    from matplotlib.path import Path

    (column_a, y_a), (column_b, y_b) = place[source], place[target]
    if column_a == column_b:
        segments = _around(source, target, place, half)
    else:
        forward = 1 if column_b > column_a else -1
        points = [(column_a + forward * (half[source] + _GAP), y_a)]
        for column in range(column_a + forward, column_b, forward):
            lane = _LANES[round(y_a) % len(_LANES)]
            points += _between_boxes(column, points[-1], (column_b, y_b), lane, place, half)
        points.append((column_b - forward * (half[target] + _GAP), y_b))
        segments = _smooth(points)
    codes = [Path.MOVETO] + [Path.CURVE4] * (len(segments) - 1)
    return Path(segments, codes)


def _around(
    source: str, target: str, place: dict[str, tuple[int, float]], half: dict[str, float]
) -> list[Point]:
    """Leave and enter on the right, passing the boxes between in a bow."""
    (column, y_a), (_, y_b) = place[source], place[target]
    lower, upper = sorted((y_a, y_b))
    widest = max(half[name] for name, (c, y) in place.items() if c == column and lower <= y <= upper)
    bow = column + widest + 0.04 + _BULGE * min(1.0, (upper - lower) / 10.0) * 4 / 3
    return [(column + half[source] + _GAP, y_a), (bow, y_a), (bow, y_b), (column + half[target] + _GAP, y_b)]


def _between_boxes(
    column: int,
    start: Point,
    end: Point,
    lane: float,
    place: dict[str, tuple[int, float]],
    half: dict[str, float],
) -> list[Point]:
    """Return where to enter and leave a column on the way, at the gap nearest to the straight line."""
    forward = 1 if end[0] > start[0] else -1
    here = {name: y for name, (c, y) in place.items() if c == column}
    straight = start[1] + (end[1] - start[1]) * (column - start[0]) / (end[0] - start[0])
    if not here:
        return []
    gaps = sorted({y + side for y in here.values() for side in (-0.5, 0.5)})
    if not gaps[0] < straight < gaps[-1]:
        return []
    y = min(gaps, key=lambda gap: abs(gap - straight))
    reach = max(half[name] for name, other in here.items() if abs(other - y) < 1)
    return [(column - forward * reach, y + lane), (column + forward * reach, y + lane)]


def _smooth(points: list[Point]) -> list[Point]:
    """Join points by cubic curves: level at the points between, aimed at the neighbor at both ends."""
    if len(points) == 2:
        (x0, y0), (x1, y1) = points
        step, bend = np.array([x1 - x0, y1 - y0]), _BEND * np.array([0.0, abs(x1 - x0)])
        first, second = np.array(points[0]) + step / 3 - bend, np.array(points[1]) - step / 3 - bend
        return [points[0], tuple(first), tuple(second), points[1]]
    path = [points[0]]
    for i, ((x0, y0), (x1, y1)) in enumerate(pairwise(points)):
        third = (x1 - x0) / 3
        leave = y0 + (y1 - y0) / 3 if i == 0 else y0
        arrive = y1 - (y1 - y0) / 3 if i == len(points) - 2 else y1
        path += [(x0 + third, leave), (x1 - third, arrive), (x1, y1)]
    return path
