"""CMA-ES, from the package cma: populations that learn the shape of the function, without gradients."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.estimation.lockstep import State
from hybridcell.fit.estimation.objective import Evaluator
from hybridcell.fit.estimation.run import GAVE_UP, ITERATIONS, NO_START, REASONS, STEP, VALUE, Run, Tolerances
from hybridcell.fit.estimation.starts import box

#: Conditions of cma's end, and what they are called here.
_ENDS = {
    "tolfun": VALUE, "tolfunhist": VALUE, "tolfunrel": VALUE, "tolflatfitness": VALUE, "tolstagnation": VALUE,
    "tolx": STEP, "maxiter": ITERATIONS,
}  # fmt: skip


@dataclass(eq=False)
class _Member:
    """A run on its way."""

    start: int
    theta0: np.ndarray
    strategy: Any
    theta: np.ndarray
    value: float = np.inf
    evaluations: int = 0
    iteration: int = 0
    seconds: float = 0.0
    history: list[tuple[float, ...]] = field(default_factory=list)


class CmaEs:
    """A crew of evolution strategies; the populations of several are evaluated in one batch.

    Parameters
    ----------
    population
        Points per iteration; by default 4 + 3 log q.
    sigma
        Standard deviation at the start, in widths of the bounds.

    References
    ----------
    Hansen (2016), arXiv:1604.00772.
    """

    def __init__(
        self,
        *,
        lower: np.ndarray,
        upper: np.ndarray,
        tolerances: Tolerances,
        max_iterations: int,
        capacity: int,
        seed: int,
        population: int | None = None,
        sigma: float = 0.2,
    ):
        try:
            import cma
        except ImportError as error:
            raise InvalidValueError(
                'method="cma-es" needs the package cma: pip install cma. Or take another method, which uses '
                "gradients."
            ) from error
        self._cma: Any = cma
        self._lower, self._upper, self._tolerances = lower, upper, tolerances
        low, high = box(lower, upper)
        self._unit = np.where(high > low, high - low, 1.0)
        self._seed, self._sigma, self._most = seed, sigma, max_iterations
        self._size = 4 + int(3 * np.log(len(lower))) if population is None else int(population)
        self.capacity = max(capacity // self._size, 1)
        self._members: list[_Member] = []

    def __len__(self) -> int:
        return len(self._members)

    def admit(self, start: int, theta: np.ndarray) -> None:
        """Add a run."""
        rng = np.random.default_rng([self._seed, start])
        tolerances = self._tolerances
        options = {
            "popsize": self._size, "maxiter": self._most, "verbose": -9, "verb_log": 0, "verb_disp": 0,
            "tolfun": tolerances.value, "tolfunhist": tolerances.value, "tolx": tolerances.step,
            # its own generator, for cma would seed NumPy's for everyone
            "randn": lambda *shape: rng.standard_normal(shape), "seed": np.nan,
            "bounds": [
                [None if np.isinf(b) else float(b) for b in self._lower / self._unit],
                [None if np.isinf(b) else float(b) for b in self._upper / self._unit],
            ],
        }  # fmt: skip
        strategy = self._cma.CMAEvolutionStrategy(theta / self._unit, self._sigma, options)
        self._members.append(_Member(start, theta, strategy, theta))

    def advance(self, evaluate: Evaluator) -> list[Run]:
        """Make one generation of every run, and return those that ended."""
        began = time.process_time()
        asked = [member.strategy.ask() for member in self._members]
        points = [np.clip(np.array(a) * self._unit, self._lower, self._upper) for a in asked]
        # a start is a point as well
        new = [member.theta0[None] for member in self._members if not member.history]
        values = evaluate("values", np.concatenate([*points, *new])).values
        groups = np.split(values, np.cumsum([len(p) for p in points]))
        firsts = iter(groups[-1])
        seconds = time.process_time() - began
        ended = []
        for member, answers, thetas, found in zip(self._members, asked, points, groups):
            member.seconds += seconds * len(thetas) / len(values)
            if not member.history:
                member.value = float(next(firsts))
                member.evaluations = 1
                self._note(member)
            reason = self._tell(member, answers, thetas, found)
            if reason:
                ended.append((member, reason))
        gone = {member.start for member, _ in ended}
        self._members = [member for member in self._members if member.start not in gone]
        return [
            Run(
                start=m.start, theta0=m.theta0, theta=m.theta, value=m.value,
                history=np.array(m.history), reason=reason,
            )
            for m, reason in ended
        ]  # fmt: skip

    def _tell(self, member: _Member, answers: list[Any], thetas: np.ndarray, found: np.ndarray) -> str:
        """Take in a generation; return why the run ended, or nothing."""
        member.iteration += 1
        member.evaluations += len(found)
        best = int(np.argmin(found))
        if found[best] < member.value:
            member.theta, member.value = thetas[best], float(found[best])
        self._note(member)
        if not np.isfinite(member.value):
            return REASONS[NO_START]
        finite = found[np.isfinite(found)]
        worst = float(np.max(finite, initial=member.value))
        member.strategy.tell(answers, np.where(np.isfinite(found), found, worst + 1 + abs(worst)).tolist())
        stops = member.strategy.stop()
        if not stops:
            return ""
        return REASONS[next((_ENDS[name] for name in stops if name in _ENDS), GAVE_UP)]

    @staticmethod
    def _note(member: _Member) -> None:
        row = (member.iteration, member.evaluations, member.value, np.nan, member.seconds)
        member.history.append(tuple(float(x) for x in row))

    def saved(self) -> State:
        """Return nothing: a strategy can be stored as a pickle only."""
        return {}

    def restore(self, saved: State) -> None:
        """There is nothing to restore."""

    def close(self) -> None:
        """There is nothing to let go of."""
