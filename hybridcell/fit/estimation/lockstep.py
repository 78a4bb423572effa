"""Runs that go on step by step together: every step evaluates all of them in one batch."""

from __future__ import annotations

import time
from typing import Any, Protocol

import numpy as np

from hybridcell.fit.estimation.objective import Evaluator, Found
from hybridcell.fit.estimation.run import HISTORY, ITERATIONS, REASONS, Run

#: Arrays by name, one row per run. Always among them: theta and value (the best so far), gradient_norm, and
#: code (a place in `REASONS`, 0: it goes on).
State = dict[str, np.ndarray]


class Crew(Protocol):
    """The runs that are on their way; the others wait, or have ended."""

    #: How many there may be at a time.
    capacity: int

    def __len__(self) -> int: ...

    def admit(self, start: int, theta: np.ndarray) -> None:
        """Add a run."""
        ...

    def advance(self, evaluate: Evaluator) -> list[Run]:
        """Make one step of all runs with one batch of evaluations, and return those that ended."""
        ...

    def saved(self) -> State:
        """Return arrays from which `restore` makes the same crew; none where runs cannot be stored."""
        ...

    def restore(self, saved: State) -> None:
        """Go on from what was saved."""
        ...

    def close(self) -> None:
        """Let go of what the runs hold."""
        ...


class Method(Protocol):
    """What `Lockstep` asks of a method: functions of arrays, with one row per run."""

    @property
    def kind(self) -> str:
        """What is evaluated: one of `objective.KINDS`."""
        ...

    def begin(self, thetas: np.ndarray, found: Found, starts: np.ndarray) -> State:
        """Return the state of runs at their starts, of which the numbers are given, too."""
        ...

    def propose(self, state: State) -> np.ndarray:
        """Return the points to evaluate next."""
        ...

    def update(self, state: State, thetas: np.ndarray, found: Found) -> State:
        """Return the state after that; rows must not depend on each other."""
        ...


class Lockstep:
    """A crew whose states are arrays, and can be stored at any step.

    Parameters
    ----------
    method
        The steps.
    capacity
        Most runs at a time.
    max_iterations
        After which a run ends.
    options
        Called with the numbers of the runs and of their iterations: more arguments of the evaluation.
    """

    def __init__(self, method: Method, *, capacity: int, max_iterations: int, options: Any = None):
        self.method, self.capacity, self.max_iterations = method, capacity, max_iterations
        self._options = options
        self._waiting: list[tuple[int, np.ndarray]] = []
        self._state: State = {}
        self._histories: list[list[tuple[float, ...]]] = []

    def __len__(self) -> int:
        return len(self._histories) + len(self._waiting)

    def admit(self, start: int, theta: np.ndarray) -> None:
        """Add a run."""
        self._waiting.append((start, np.asarray(theta, dtype=float)))

    def advance(self, evaluate: Evaluator) -> list[Run]:
        """Make one step of all runs, and return those that ended."""
        began = time.process_time()
        old = len(self._histories)
        trial = self.method.propose(self._state) if old else np.zeros((0, len(evaluate.lower)))
        fresh = np.array([theta for _, theta in self._waiting]).reshape(-1, trial.shape[1])
        options = {} if self._options is None else self._options(self._state, len(fresh))
        points = np.concatenate([trial, fresh])
        found = evaluate(self.method.kind, points, **options)
        parts: list[State] = []
        if old:
            parts.append(self._after(trial, found[:old]))
        if len(fresh):
            starts, k = np.array([start for start, _ in self._waiting]), len(fresh)
            state = self.method.begin(fresh, found[old:], starts)
            state["start"] = starts
            state["theta0"] = fresh.copy()
            state["iteration"], state["seconds"] = np.zeros(k, int), np.zeros(k)
            parts.append(state)
            self._histories += [[] for _ in range(k)]
        self._waiting = []
        self._state = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        self._state["seconds"] = self._state["seconds"] + (time.process_time() - began) / max(len(points), 1)
        return self._ended()

    def _after(self, trial: np.ndarray, found: Found) -> State:
        kept = {name: self._state[name] for name in ("start", "theta0", "iteration", "seconds")}
        state = {**self.method.update(self._state, trial, found), **kept}
        state["iteration"] = state["iteration"] + 1
        late = (state["code"] == 0) & (state["iteration"] >= self.max_iterations)
        state["code"] = np.where(late, ITERATIONS, state["code"])
        return state

    def _ended(self) -> list[Run]:
        s = self._state
        columns = (s["iteration"], s["iteration"] + 1, s["value"], s["gradient_norm"], s["seconds"])
        for history, *row in zip(self._histories, *columns):
            history.append(tuple(float(x) for x in row))
        ended = np.flatnonzero(s["code"] != 0)
        runs = [
            Run(
                start=int(s["start"][i]), theta0=s["theta0"][i].copy(), theta=s["theta"][i].copy(),
                value=float(s["value"][i]), history=np.array(self._histories[i]),
                reason=REASONS[int(s["code"][i])],
            )
            for i in ended
        ]  # fmt: skip
        if runs:
            going = s["code"] == 0
            self._state = {name: rows[going] for name, rows in s.items()}
            self._histories = [h for h, goes in zip(self._histories, going) if goes]
        return runs

    def saved(self) -> State:
        """Return the state and the histories."""
        if not self._histories:
            return {}
        lengths = np.array([len(history) for history in self._histories])
        return {**self._state, "_lengths": lengths, "_histories": np.concatenate(self._histories)}

    def restore(self, saved: State) -> None:
        """Go on from what was saved."""
        if not saved:
            return
        saved = dict(saved)
        ends = np.cumsum(saved.pop("_lengths"))[:-1]
        rows = np.split(saved.pop("_histories").reshape(-1, len(HISTORY)), ends)
        self._histories = [[tuple(float(x) for x in row) for row in part] for part in rows]
        self._state = saved

    def close(self) -> None:
        """There is nothing to let go of."""
