"""A walk along the profile of one parameter, in one direction, until the threshold."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from hybridcell.infer.profiles.crossing import crossing
from hybridcell.infer.profiles.memory import Memory
from hybridcell.infer.profiles.point import Box, Point
from hybridcell.infer.profiles.settle import settle

CROSSED, AT_BOUND, TOO_FAR = "crossed", "open: at the bound", "open: no end within reach"
NO_SIMULATION, TOO_MANY = "open: cannot be simulated further", "open: points used up"
NO_MINIMUM = "open: others cannot be re-optimized further"

#: Steps are chosen so that the root of the rise grows by this share of the threshold's root.
_STRIDE = 0.36
#: The first step is at most this share of the longest one, and steps grow by this factor at most.
_FIRST, _GROWTH = 0.2, 3.0
#: Above the threshold by this factor is aimed at, so that the crossing lies between two points.
_OVER = 1.03
#: Evaluated points between which a crossing is enclosed.
_REFINEMENTS = 12
#: Part of the threshold that a longest step over a bound must promise, for the bound to matter.
_MATTERS = 0.05
#: Part of the first step, and of the way so far, below which steps that failed are no way on.
_TINY = 1e-5


@dataclass(frozen=True, eq=False, kw_only=True)
class Rules:
    """What is the same on all walks.

    Attributes
    ----------
    floor : float
        Value of the optimum.
    threshold : float
        Rise that ends a walk.
    end : float
        How near to it the end of an interval must be.
    settled : float
        Fall of the value below which a point is re-optimized.
    most : int
        Points.
    low, high : ndarray, shape (q,)
        Where walks end: bounds, or the reach where there are none. Finite.
    """

    floor: float
    threshold: float
    end: float
    settled: float
    most: int
    low: np.ndarray
    high: np.ndarray


@dataclass(eq=False)
class Path:
    """The points of a walk, in the order in which they were found.

    Attributes
    ----------
    place, sign : int
        The parameter and the direction.
    points : list of Point
        Re-optimized ones, from the start on; the last is the end.
    memory : Memory
    reason : str
        Why it ended.
    end : float
        The parameter at the crossing, or infinite.
    held : tuple of int
        Parameters whose bounds are why the threshold is crossed: without these, others would make up for it.
    """

    place: int
    sign: int
    points: list[Point]
    memory: Memory
    reason: str = ""
    end: float = np.nan
    held: tuple[int, ...] = ()


def walk(path: Path, box: Box, rules: Rules) -> Generator[np.ndarray, Point | None, Path]:
    """Follow a profile from the last point of a path on."""
    place, sign = path.place, path.sign
    limit = rules.high[place] if sign > 0 else rules.low[place]
    longest = _longest(box, rules, place)
    length = _FIRST * longest / _GROWTH
    ceiling, why = np.inf, NO_SIMULATION
    first = min(_length(path.points[-1], box, rules, place, sign), longest)
    while True:
        here = path.points[-1]
        walked = abs(here.theta[place] - path.points[0].theta[place])
        room = sign * (limit - here.theta[place])
        if room <= 1e-12 * max(abs(limit), 1.0):
            bounded = (box.upper if sign > 0 else box.lower)[place]
            return _ended(path, AT_BOUND if np.isfinite(bounded) else TOO_FAR)
        if len(path.points) > rules.most:
            return _ended(path, TOO_MANY)
        wanted = min(_length(here, box, rules, place, sign), _GROWTH * length, longest, ceiling)
        length = room if wanted > 0.8 * room and room <= min(longest, ceiling) else min(wanted, room)
        if ceiling < _TINY * max(first, walked) and length < room:
            return _ended(path, why)
        found = yield from _next(path, here, box, rules, here.theta[place] + sign * length, limit)
        above = found is not None and found.value - rules.floor >= rules.threshold
        if found is None or (above and not found.settled):
            # a value above the threshold says nothing where the others may yet lower it
            why = NO_SIMULATION if found is None else NO_MINIMUM
            # shorter steps, and not much longer ones later
            ceiling = length = 0.3 * length
            continue
        ceiling = 2.0 * ceiling
        if above:
            yield from _enclose(path, found, box, rules)
            return path
        path.points.append(found)


def _next(
    path: Path, here: Point, box: Box, rules: Rules, x: float, limit: float
) -> Generator[np.ndarray, Point | None, Point | None]:
    """Return the re-optimized point where the parameter is x."""
    place = path.place
    move = x - here.theta[place]
    # the others may go as far along
    step, _ = here.step(box, place, move, radius=max(1.0, abs(move) / box.reach[place]))
    theta = np.clip(here.theta + step, box.lower, box.upper)
    theta[place] = limit if np.isfinite(limit) and abs(x - limit) <= 1e-12 * max(abs(limit), 1.0) else x
    return (yield from settle(theta, box, place, rules.settled, path.memory))


def _longest(box: Box, rules: Rules, place: int) -> float:
    span = rules.high[place] - rules.low[place]
    bounded = np.isfinite(box.lower[place]) and np.isfinite(box.upper[place])
    # without bounds the reach is far: steps grow as they go
    return 0.125 * span if bounded else 0.34 * span


def _length(here: Point, box: Box, rules: Rules, place: int, sign: int) -> float:
    """Return the step at which the model says that the rise is the next one wanted."""
    rise = max(here.value - rules.floor, 0.0)
    root = np.sqrt(rise) + _STRIDE * np.sqrt(rules.threshold)
    target = min(root**2, _OVER * rules.threshold)
    if root**2 > 0.8 * rules.threshold:
        target = _OVER * rules.threshold
    slope, bend, tangent = here.along(box, place)
    slope, wanted = sign * slope, target - rise
    if bend > 0:
        length = (-slope + np.sqrt(max(slope**2 + 2 * bend * wanted, 0.0))) / bend
    else:
        length = wanted / slope if slope > 0 else np.inf
    # the others go along no further than a step may
    with np.errstate(divide="ignore"):
        others = np.where(np.isfinite(box.upper - box.lower), box.reach / np.abs(tangent), np.inf)
    others[place] = np.inf
    least = 0.02 * _longest(box, rules, place)
    return max(min(length, float(np.min(others))), min(least, length))


def _enclose(path: Path, above: Point, box: Box, rules: Rules) -> Generator[np.ndarray, Point | None, None]:
    """Find where the profile crosses the threshold, between the last point and one above."""
    place, below = path.place, path.points[-1]
    far = [above]
    for _ in range(_REFINEMENTS):
        points = (below, above)
        rises = tuple(p.value - rules.floor for p in points)
        if rises[1] - rules.threshold <= rules.end:
            below = above
            break
        xs, slopes = tuple(p.theta[place] for p in points), tuple(p.slope[place] for p in points)
        x = crossing((xs[0], xs[1]), (rises[0], rises[1]), (slopes[0], slopes[1]), rules.threshold)
        near = below if abs(x - xs[0]) <= abs(x - xs[1]) else above
        found = yield from _next(path, near, box, rules, x, np.inf)
        if found is None or not found.settled:
            break
        if found.value - rules.floor >= rules.threshold:
            above = found
            far.append(found)
        else:
            below = found
            path.points.append(found)
            if rules.threshold - (found.value - rules.floor) <= rules.end:
                break
    path.end = _last(below, above, place, rules)
    # the first point above shows where the curve goes; the others lie close together
    path.points.append(min(far, key=lambda p: p.value))
    path.reason, path.held = CROSSED, _held(path, below, box, rules)


def _last(below: Point, above: Point, place: int, rules: Rules) -> float:
    """Return the crossing by the slope at the nearer point, within the points."""
    near = min((below, above), key=lambda p: abs(p.value - rules.floor - rules.threshold))
    off, slope = rules.threshold - (near.value - rules.floor), near.slope[place]
    x = near.theta[place] + (off / slope if slope != 0 else 0.0)
    ends = sorted((below.theta[place], above.theta[place]))
    return float(np.clip(x, *ends)) if ends[0] < ends[1] else float(x)


def _held(path: Path, end: Point, box: Box, rules: Rules) -> tuple[int, ...]:
    """Return what has come to its bound on the way, and would lower the value beyond it."""
    start = path.points[0].theta
    below = (end.theta <= box.lower) & (end.slope > 0) & (start > box.lower)
    above = (end.theta >= box.upper) & (end.slope < 0) & (start < box.upper)
    much = np.abs(end.slope) * box.reach > _MATTERS * rules.threshold
    return tuple(int(k) for k in np.flatnonzero((below | above) & much) if k != path.place)


def _ended(path: Path, reason: str) -> Path:
    path.reason, path.end = reason, path.sign * np.inf
    return path
