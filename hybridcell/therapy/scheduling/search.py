"""From many regimens downhill in dose times and amounts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from jaxtyping import Float, Int

from hybridcell.therapy.scheduling.problem import ScheduleProblem

#: Steps of the first round, share of the starts that go on, steps and simulations of the last round.
_FIRST, _SHARE, _LAST, _MOST = 6, 0.5, 60, 90
_SLACK = 1e-6
#: Excess from which peaks between nodes are mended, up to which they are taken for such, and how often.
_PEAK, _NEAR, _BACK = 1e-6, 1e-2, 4
#: Going back leaves room below the limits; so often the way to them is halved.
_HALVINGS = 6
#: A dose below this share of its largest amount is left out where that costs nothing.
_IDLE = 0.02


@dataclass(frozen=True, eq=False)
class Found:
    """A regimen, its aim, and how far it passes the worst limit."""

    point: Float[np.ndarray, " m"]
    value: float
    excess: float

    @property
    def rank(self) -> tuple[float, float]:
        """Regimens that keep the limits first, then by value."""
        return (max(self.excess, _SLACK), self.value)


class _EnoughError(Exception):
    """Ends a start that has had its share of simulations."""


def n_ticks(n_starts: int) -> int:
    """Return how often a search ticks."""
    return n_starts + _going_on(n_starts)


def search(
    problem: ScheduleProblem, *, n_starts: int, rng: np.random.Generator, tick: Callable[[int], Any]
) -> list[Found]:
    """Return what each start that went to the end came to, best first."""
    tries = []
    for point in starts(problem, n_starts, rng):
        tries.append(improve(problem, point, steps=_FIRST))
        tick(1)
    tries.sort(key=lambda one: one.rank)
    done = []
    for one in tries[: _going_on(n_starts)]:
        done.append(min(improve(problem, one.point, steps=_LAST), one, key=lambda each: each.rank))
        tick(1)
    done = sorted([_untreated(problem), *done], key=lambda one: one.rank)
    return sorted((_without_idle(problem, _within(problem, one)) for one in done), key=lambda one: one.rank)


def _untreated(problem: ScheduleProblem) -> Found:
    """Return no doses at all, which is best where none helps."""
    point = problem.regimen.point
    point[2 * problem.regimen.k :] = 0.0
    numbers = problem.certified(point[None])[0]
    return _found(point, numbers)


def _within(problem: ScheduleProblem, one: Found) -> Found:
    """Go back behind the limits where half the steps show a peak between the nodes of the mesh."""
    inner, outside = problem, None
    for _ in range(_BACK):
        numbers = problem.certified(one.point[None], finer=True)[0]
        one = _found(one.point, numbers)
        if not _PEAK < one.excess < _NEAR:
            break
        outside = one
        room = [limit.sign * 1.2 * max(over, 0.0) for limit, over in zip(inner.limits, numbers[1:])]
        limits = [replace(limit, bound=limit.bound - more) for limit, more in zip(inner.limits, room)]
        inner = replace(inner, limits=limits)
        one = improve(inner, one.point, steps=_FIRST)
    return one if outside is None else _up_to_the_limit(problem, one, outside)


def _up_to_the_limit(problem: ScheduleProblem, inside: Found, outside: Found) -> Found:
    """Go from a regimen that keeps the limits towards one that breaks them, as far as they allow."""
    best, low, high = inside, 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        point = inside.point + middle * (outside.point - inside.point)
        tried = _found(point, problem.certified(point[None], finer=True)[0])
        if tried.excess <= _PEAK and tried.value <= best.value:
            best, low = tried, middle
        else:
            high = middle
    return best


def _found(point: Float[np.ndarray, " m"], numbers: np.ndarray) -> Found:
    return Found(point, float(numbers[0]), float(np.max(numbers[1:], initial=0.0)))


def _going_on(n_starts: int) -> int:
    return max(int(np.ceil(_SHARE * n_starts)), min(n_starts, 2))


def starts(problem: ScheduleProblem, n: int, rng: np.random.Generator) -> list[Float[np.ndarray, " m"]]:
    """Return the doses as given, even ones, early ones, then random ones, all within the budget."""
    regimen = problem.regimen
    low, high = regimen.bounds
    found = [regimen.point, regimen.evenly(0.0, 1.0), regimen.evenly(0.0, 0.0)]
    while len(found) < n:
        point = rng.uniform(low, high)
        point[2 * regimen.k :] = rng.uniform(0.3, 1.0, regimen.k)
        found.append(regimen.spread(point))
    return [affordable(problem, point) for point in found[:n]]


def affordable(problem: ScheduleProblem, point: Float[np.ndarray, " m"]) -> Float[np.ndarray, " m"]:
    """Return the point with all amounts cut to the budget."""
    spent, k = problem.regimen.cost(point)[0], problem.regimen.k
    cut = point.copy()
    cut[2 * k :] *= min(1.0, problem.budget / spent) if spent > 0 else 1.0
    return cut


def free_numbers(problem: ScheduleProblem) -> Int[np.ndarray, " f"]:
    """Return positions of the numbers that are not fixed by their bounds."""
    low, high = problem.regimen.bounds
    return np.flatnonzero(high > low)


def improve(problem: ScheduleProblem, start: Float[np.ndarray, " m"], *, steps: int) -> Found:
    """Go downhill by sequential quadratic programming (SLSQP).

    Where the worst time of the course is the aim, a number above all times is added and made small, so that
    a peak that moves from one time to another is no kink.
    """
    from scipy.optimize import minimize

    free = free_numbers(problem)
    low, high = (bound[free] for bound in problem.regimen.bounds)
    m, peaks = problem.n_worst, problem.over == "max"
    memory: dict[bytes, tuple[np.ndarray, np.ndarray]] = {}
    best = [Found(start, np.inf, np.inf)]

    def at(part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        part = np.clip(part[: len(free)], low, high)
        key = part.tobytes()
        if key not in memory:
            if len(memory) == _MOST:
                raise _EnoughError
            point = start.copy()
            point[free] = part
            values, slopes = problem.evaluate(point, free)
            over = max(
                [0.0, *values[m:], problem.regimen.cost(point)[0] - problem.budget, _tight(problem, point)]
            )
            best[0] = min(best[0], Found(point, float(values[:m].max()), float(over)), key=lambda o: o.rank)
            memory[key] = values, slopes
        return memory[key]

    def extended(slopes: np.ndarray, last: float) -> np.ndarray:
        return np.column_stack([slopes, np.full(len(slopes), last)]) if peaks else slopes

    constraints: list[dict[str, Any]] = []
    x0, bounds = start[free], list(zip(low, high))
    if peaks:
        x0 = np.append(x0, at(x0)[0][:m].max())
        bounds.append((-np.inf, np.inf))
        constraints.append(
            {
                "type": "ineq",
                "fun": lambda p: p[-1] - at(p)[0][:m],
                "jac": lambda p: extended(-at(p)[1][:m], 1.0),
            }
        )
    if problem.limits:
        constraints.append(
            {"type": "ineq", "fun": lambda p: -at(p)[0][m:], "jac": lambda p: extended(-at(p)[1][m:], 0.0)}
        )
    constraints += _linear(problem, start, free, extended)
    aim = (lambda p: float(p[-1])) if peaks else (lambda p: float(at(p)[0][0]))
    slope = (lambda p: np.eye(len(p))[-1]) if peaks else (lambda p: at(p)[1][0].copy())
    with suppress(_EnoughError):
        cast("Any", minimize)(
            aim, x0, jac=slope, method="SLSQP", bounds=bounds, constraints=constraints,
            options={"maxiter": steps, "ftol": 1e-8},
        )  # fmt: skip
    return best[0]


def _tight(problem: ScheduleProblem, point: np.ndarray) -> float:
    """Return by how much the narrowest gap between doses is too small."""
    rows, least = problem.regimen.gaps()
    return float(np.max(least - rows @ point, initial=0.0))


def _linear(
    problem: ScheduleProblem, start: np.ndarray, free: np.ndarray, extended: Callable[..., np.ndarray]
) -> list[dict[str, Any]]:
    """Return the constraints that need no simulation: budget, and gaps between doses."""
    regimen, found = problem.regimen, []

    def whole(p: np.ndarray) -> np.ndarray:
        point = start.copy()
        point[free] = p[: len(free)]
        return point

    if np.isfinite(problem.budget):
        found.append(
            {
                "type": "ineq",
                "fun": lambda p: np.array([problem.budget - regimen.cost(whole(p))[0]]),
                "jac": lambda p: extended(-regimen.cost(whole(p))[1][None, free], 0.0),
            }
        )
    rows, least = regimen.gaps()
    if len(rows):
        found.append(
            {
                "type": "ineq",
                "fun": lambda p: rows @ whole(p) - least,
                "jac": lambda p: extended(rows[:, free], 0.0),
            }
        )
    return found


def _without_idle(problem: ScheduleProblem, one: Found) -> Found:
    """Leave out doses that are next to nothing and do nothing."""
    k = problem.regimen.k
    for dose in np.argsort(one.point[2 * k :]):
        if not 0 < one.point[2 * k + dose] <= _IDLE:
            continue
        point = one.point.copy()
        point[2 * k + dose] = 0.0
        numbers = problem.certified(point[None], finer=True)[0]
        over = float(max([0.0, *numbers[1:]]))
        if numbers[0] <= one.value + 1e-5 * max(abs(one.value), 1e-3) and over <= max(one.excess, _SLACK):
            one = Found(point, float(numbers[0]), over)
    return one
