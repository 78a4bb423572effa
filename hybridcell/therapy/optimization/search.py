"""From many starts to the best doses: sets of drugs side by side, the promising ones gone on with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Any, cast

import numpy as np
from jaxtyping import Float

from hybridcell.therapy.optimization.problem import Problem

#: More sets of drugs than this are not gone through one by one.
MOST_SETS = 250
#: Steps of the first round, share of the starts that go on, and steps of the last round.
_FIRST, _SHARE, _LAST = 3, 0.25, 80
#: Simulations of one start, at most: where a limit bends, steps of the optimizer stop being worth theirs.
_MOST = 40
#: Starts of one set of drugs that go on: more of them mostly end at the same doses.
_PER_SET = 2
#: Candidates whose idle drug is exchanged for each of the others, share of the largest dose that the other
#: begins with, and steps.
_EXCHANGED, _TRICKLE, _BRIEF = 4, 0.03, 8
#: Drugs that a search over a part of the sets is left with.
_KEPT_DRUGS = 9
#: Limits may be passed by this much between steps, in the unit of the readouts.
_SLACK = 1e-6


@dataclass(frozen=True, eq=False)
class Candidate:
    """Doses found for one set of drugs, as shares of the largest."""

    drugs: tuple[int, ...]
    z: Float[np.ndarray, " d"]
    value: float
    excess: float

    @property
    def rank(self) -> tuple[float, float]:
        """Candidates that keep the limits first, then by value."""
        return (max(self.excess, _SLACK), self.value)


def search(
    problem: Problem, *, max_drugs: int, n_starts: int, rng: np.random.Generator, tick: Callable[[int], Any]
) -> tuple[list[Candidate], bool]:
    """Return the best candidate of each set of drugs that went to the end, best first, and if all were tried.

    Sets of exactly `max_drugs` drugs are searched (a dose may be 0, so smaller ones are among them). Where
    there are too many sets, the drugs that do least at the optimum with all drugs are left out first.
    """
    everyone = range(len(problem.tops))
    k = min(max_drugs, len(problem.tops))
    kept, complete = list(everyone), comb(len(problem.tops), k) <= MOST_SETS
    if not complete:
        kept = _most_useful(problem, max(_KEPT_DRUGS, k), rng)
    sets = list(combinations(kept, k))
    tries = []
    for drugs in sets:
        for number in range(n_starts):
            start = _start(problem, drugs, number, rng)
            tries.append(improve(problem, drugs, start, _FIRST))
            tick(1)
    best: dict[tuple[int, ...], Candidate] = {}
    for one in _promising(tries):
        found = improve(problem, one.drugs, one.z, _LAST)
        _keep(best, min(found, one, key=lambda each: each.rank))
        tick(1)
    for one in _exchange(problem, kept, list(best.values())):
        _keep(best, one)
        tick(1)
    return sorted((_without_idle(problem, one) for one in best.values()), key=lambda one: one.rank), complete


def _keep(best: dict[tuple[int, ...], Candidate], one: Candidate) -> None:
    if one.drugs not in best or one.rank < best[one.drugs].rank:
        best[one.drugs] = one


def _promising(tries: Sequence[Candidate]) -> list[Candidate]:
    """Return the tries to go on with, best first, not too many of one set."""
    most = max(int(np.ceil(_SHARE * len(tries))), min(len(tries), 4))
    found: list[Candidate] = []
    for one in sorted(tries, key=lambda each: each.rank):
        if sum(other.drugs == one.drugs for other in found) < _PER_SET:
            found.append(one)
    return found[:most]


def _exchange(problem: Problem, kept: Sequence[int], done: list[Candidate]) -> Iterator[Candidate]:
    """Exchange the idle drug of the best candidates for a little of each other drug, and go on from there.

    What a trace of a potent drug does beside others is easily missed from starts in the middle.
    """
    seen: set[tuple[int, ...]] = set()
    for one in sorted(done, key=lambda each: each.rank):
        given = tuple(d for d in one.drugs if one.z[d] > 0.02)
        if len(given) == len(one.drugs) or given in seen:
            continue
        seen.add(given)
        for drug in (d for d in kept if d not in given):
            z = np.zeros(len(one.z))
            z[list(given)] = one.z[list(given)]
            z[drug] = _TRICKLE
            idle = [d for d in one.drugs if d not in (*given, drug)]
            drugs = tuple(sorted([*given, drug, *idle][: len(one.drugs)]))
            yield improve(problem, drugs, _affordable(problem, z), _BRIEF)
        if len(seen) == _EXCHANGED:
            return


def n_ticks(problem: Problem, *, max_drugs: int, n_starts: int) -> int:
    """Return how often a search ticks, at most."""
    sets = min(comb(len(problem.tops), min(max_drugs, len(problem.tops))), MOST_SETS)
    exchanged = _EXCHANGED * min(len(problem.tops), max(_KEPT_DRUGS, max_drugs))
    return int(sets * n_starts * (1 + _SHARE)) + 4 + exchanged


def _start(
    problem: Problem, drugs: Sequence[int], number: int, rng: np.random.Generator
) -> Float[np.ndarray, " d"]:
    """Return the middle of what is allowed, then random doses."""
    z = np.zeros(len(problem.tops))
    z[list(drugs)] = 0.5 if number == 0 else rng.uniform(0.05, 1.0, size=len(drugs))
    return _affordable(problem, z)


def _affordable(problem: Problem, z: Float[np.ndarray, " d"]) -> Float[np.ndarray, " d"]:
    spent = float(z @ problem.costs)
    return z * min(1.0, 0.95 * problem.budget / spent) if spent > 0 else z


class _EnoughError(Exception):
    """Ends a start that has had its share of simulations."""


def improve(problem: Problem, drugs: Sequence[int], start: np.ndarray, steps: int) -> Candidate:
    """Go downhill in the doses of some drugs by sequential quadratic programming (SLSQP)."""
    from scipy.optimize import minimize

    free = list(drugs)
    memory: dict[bytes, tuple[np.ndarray, np.ndarray]] = {}
    best = [Candidate(tuple(drugs), start, np.inf, np.inf)]

    def at(part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        key = part.tobytes()
        if key not in memory:
            if len(memory) == _MOST:
                raise _EnoughError
            z = np.zeros(len(problem.tops))
            z[free] = np.clip(part, 0.0, 1.0)
            values, slopes = problem.evaluate(z)
            over = max([0.0, *values[1:], float(z @ problem.costs) - problem.budget])
            best[0] = min(
                best[0], Candidate(tuple(drugs), z, float(values[0]), over), key=lambda one: one.rank
            )
            memory[key] = values, slopes[:, free]
        values, slopes = memory[key]
        return values.copy(), slopes.copy()  # the optimizer writes into what it is given

    constraints: list[dict[str, Any]] = []
    if problem.limits:
        constraints.append({"type": "ineq", "fun": lambda p: -at(p)[0][1:], "jac": lambda p: -at(p)[1][1:]})
    if np.isfinite(problem.budget):
        costs = problem.costs[free]
        constraints.append(
            {"type": "ineq", "fun": lambda p: problem.budget - p @ costs, "jac": lambda p: -costs}
        )
    with suppress(_EnoughError):
        cast("Any", minimize)(
            lambda p: at(p)[0][0], start[free], jac=lambda p: at(p)[1][0], method="SLSQP",
            bounds=[(0.0, 1.0)] * len(free), constraints=constraints,
            options={"maxiter": steps, "ftol": 1e-9},
        )  # fmt: skip
    return best[0]


def _most_useful(problem: Problem, n: int, rng: np.random.Generator) -> list[int]:
    """Return the drugs whose absence costs most at the optimum with all of them."""
    everyone = tuple(range(len(problem.tops)))
    whole = improve(problem, everyone, _start(problem, everyone, 0, rng), _LAST)
    losses = []
    for drug in everyone:
        without = whole.z.copy()
        without[drug] = 0.0
        losses.append(problem.evaluate(without)[0][0] - whole.value)
    return sorted(np.argsort(losses)[::-1][:n].tolist())


def _without_idle(problem: Problem, one: Candidate) -> Candidate:
    """Leave out drugs whose dose does nothing worth having."""
    for drug in sorted(one.drugs, key=lambda d: one.z[d]):
        if one.z[drug] == 0 or one.z[drug] > 0.02:
            continue
        z = one.z.copy()
        z[drug] = 0.0
        values, _ = problem.evaluate(z)
        over = max([0.0, *values[1:]])
        if values[0] <= one.value + 1e-5 * max(abs(one.value), 1e-3) and over <= max(one.excess, _SLACK):
            one = Candidate(one.drugs, z, float(values[0]), over)
    return one
