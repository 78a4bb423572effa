"""All profiles of a target at once, around the best optimum that is met on the way."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.progress import progress_bar
from hybridcell._core.workers import Workers
from hybridcell.infer.profiles.lockstep import Together
from hybridcell.infer.profiles.memory import Memory
from hybridcell.infer.profiles.point import Box, Point
from hybridcell.infer.profiles.settle import settle
from hybridcell.infer.profiles.walk import CROSSED, Path, Rules, walk
from hybridcell.infer.sources.function_source import FunctionSource
from hybridcell.infer.sources.hessian import hessian
from hybridcell.infer.target import Target

#: Parts of the threshold: how exactly points are re-optimized and ends are met, and what counts as lower.
_SETTLED, _END, _LOWER = 1e-4, 1e-3, 5e-3
#: How often all begins anew from a better optimum, and how often ends are corrected by other walks' points.
_RESTARTS, _ROUNDS = 8, 4
#: Part of an interval by which another walk's point must lie outside to count.
_OUTSIDE = 0.005
#: Longest step: part of the width between bounds; without bounds, part of the value, or this.
_REACH = 0.1
#: Without bounds a parameter is followed for so many powers of ten, or of its value.
_DECADES, _FOLD = 10.0, 1e4


@dataclass(eq=False)
class Walked:
    """What a search found.

    Attributes
    ----------
    start : Point
        The optimum.
    paths : dict
        (parameter, direction) -> Path.
    threshold : float
    notes : list of str
        In words: better optima, corrected ends.
    evaluations, batches : int
    """

    start: Point
    paths: dict[tuple[int, int], Path]
    threshold: float
    evaluations: int = 0
    batches: int = 0
    notes: list[str] = field(default_factory=list)


def search(
    target: Target,
    places: list[int],
    threshold: float,
    most: int,
    progress: bool | None,
    workers: Workers | None = None,
) -> Walked:
    """Walk along the profiles of some parameters in both directions."""
    together = Together(target, 2 * len(places), workers)
    box = box_of(target)
    notes: list[str] = []
    memory = Memory(None if _tells_curvature(target) else _first_curvature(target))
    start = _polished(target, target.at, box, together, threshold, memory, notes)
    paths: dict[tuple[int, int], Path] = {}
    with progress_bar(total=2 * len(places), description="profiles", show=progress) as bar:
        for restarts in range(_RESTARTS + 1):
            rules = _rules(target, start, threshold, most)
            bar.reset()
            paths = {
                (place, sign): Path(place, sign, [start], memory.copy())
                for place in places
                for sign in (-1, 1)
            }
            # no more restarts: these walks go on to their ends, whatever they meet
            last = restarts == _RESTARTS
            lower = _walk(list(paths.values()), box, rules, together, bar, to_ends=last)
            lower = lower or _corrected(paths, box, rules, together, bar, notes, target)
            if not lower:
                break
            if last:
                notes.append(
                    f"better optima were still found after {_RESTARTS} restarts: these profiles are not "
                    "those of the best one. Estimate from more starts first"
                )
                break
            assert together.best is not None
            better = _polished(target, together.best.theta, box, together, threshold, memory, [])
            notes.append(
                f"a better optimum was found on the way, lower by {start.value - better.value:.3g}; profiles "
                "are those around it"
            )
            start = better
    return Walked(start, paths, threshold, together.evaluations, together.batches, notes)


def box_of(target: Target) -> Box:
    """Return the bounds of a target, and the longest steps."""
    width = target.upper - target.lower
    large = np.maximum(np.abs(target.at), 1.0)
    reach = np.where(np.isfinite(width), _REACH * width, np.where(_logarithmic(target), 1.0, large))
    # what its bounds fix moves nowhere, but must not be divided by
    return Box(target.lower, target.upper, np.where(reach > 0, reach, 1.0))


def _logarithmic(target: Target) -> np.ndarray:
    return np.array([scale != "lin" for scale in target.scales])


def _rules(target: Target, start: Point, threshold: float, most: int) -> Rules:
    far = np.where(
        _logarithmic(target), _DECADES * np.where(np.array(target.scales) == "log10", 1.0, np.log(10.0)),
        _FOLD * np.maximum(np.abs(start.theta), 1.0),
    )  # fmt: skip
    low = np.where(np.isfinite(target.lower), target.lower, start.theta - far)
    high = np.where(np.isfinite(target.upper), target.upper, start.theta + far)
    return Rules(
        floor=start.value, threshold=threshold, end=_END * threshold, settled=_SETTLED * threshold, most=most,
        low=low, high=high,
    )  # fmt: skip


def _polished(
    target: Target,
    theta: np.ndarray,
    box: Box,
    together: Together,
    threshold: float,
    memory: Memory,
    notes: list[str],
) -> Point:
    """Return the optimum that theta is close to."""
    [point] = together.run([settle(theta, box, None, 1e-3 * _SETTLED * threshold, memory)])
    if point is None:
        raise InvalidValueError(
            f"{target.source.what} cannot be computed at the given parameters, so there is no profile from "
            "there. Give at= an Estimation, or values that can be simulated."
        )
    first = target.values(theta[None])[0]
    last = target.values(point.theta[None])[0]
    if first - last > _LOWER * threshold:
        notes.append(
            f"the given parameters are no optimum: re-optimized, the objective is lower by {first - last:.3g}"
        )
    return point


def _tells_curvature(target: Target) -> bool:
    return not isinstance(target.source, FunctionSource) or target.has_least_squares


def _first_curvature(target: Target) -> np.ndarray:
    """Return a positive curvature, from differences."""
    found = hessian(target.objective, target.at)
    if not np.isfinite(found).all():
        return np.eye(len(target))
    sizes, vectors = np.linalg.eigh(found)
    sizes = np.maximum(np.abs(sizes), 1e-8 * max(float(np.abs(sizes).max()), 1e-8))
    return (vectors * sizes) @ vectors.T


def _walk(
    paths: list[Path], box: Box, rules: Rules, together: Together, bar: Any, *, to_ends: bool = False
) -> bool:
    """Walk; return whether a lower optimum was met, which leaves the walks where they are (or not)."""

    def lower() -> bool:
        assert together.best is not None
        return together.best.value < rules.floor - _LOWER * rules.threshold

    together.run(
        [walk(p, box, rules) for p in paths],
        on_end=lambda: bar.update(1),
        until=lambda: lower() and not to_ends,
    )
    return lower()


def _corrected(
    paths: dict[tuple[int, int], Path],
    box: Box,
    rules: Rules,
    together: Together,
    bar: Any,
    notes: list[str],
    target: Target,
) -> bool:
    """Go on from points of other walks that lie below the threshold outside of an interval.

    There a profile has a branch that its own walk has not seen, and its interval would be too narrow.
    Returns whether a lower optimum was met.
    """
    for _ in range(_ROUNDS):
        again: list[Path] = []
        below = lambda p: p.value - rules.floor < rules.threshold  # noqa: E731
        inside = [p for path in paths.values() for p in path.points if below(p)]
        for path in paths.values():
            if path.reason != CROSSED:
                continue
            size = abs(path.end - rules_start(path))
            ahead = [p for p in inside if path.sign * (p.theta[path.place] - path.end) > _OUTSIDE * size]
            if not ahead:
                continue
            best = max(ahead, key=lambda p: path.sign * p.theta[path.place])
            again.append(path)
            notes.append(
                f"{target.names[path.place]}: its own walk ended at {path.end:.4g}, where the profile has "
                "another branch that goes on; the end is that of the other branch"
            )
            # where the walk has risen above the threshold, the other branch is the lower one
            path.points = [*(p for p in _before(path, best) if below(p)), best]
            path.reason, path.end, path.held = "", np.nan, ()
        if not again:
            return False
        dialogues = [_resumed(path, box, rules) for path in again]
        together.run(dialogues, on_end=lambda: bar.update(1))
        assert together.best is not None
        if together.best.value < rules.floor - _LOWER * rules.threshold:
            return True
    return False


def rules_start(path: Path) -> float:
    """Return where a path begins."""
    return float(path.points[0].theta[path.place])


def _before(path: Path, point: Point) -> list[Point]:
    x = point.theta[path.place]
    return [p for p in path.points if path.sign * (x - p.theta[path.place]) > 0]


def _resumed(path: Path, box: Box, rules: Rules) -> Any:
    """Settle the last point first: it was re-optimized with another parameter fixed."""
    last = path.points[-1]
    settled = yield from settle(last.theta, box, path.place, rules.settled, path.memory)
    if settled is not None:
        path.points[-1] = settled
    more = replace(rules, most=rules.most + len(path.points))
    return (yield from walk(path, box, more))
