"""Runs of foreign minimizers, which call the objective themselves: each waits in a thread for its batch."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hybridcell.fit.estimation.lockstep import State
from hybridcell.fit.estimation.objective import Evaluator, Found
from hybridcell.fit.estimation.run import NO_START, REASONS, Run, criticality


class _Stop(BaseException):
    """Unwinds a minimizer that nobody waits for any more."""


@dataclass(eq=False)
class Caller:
    """What a minimizer is given in place of the objective.

    Attributes
    ----------
    start : int
        Number of the run.
    iteration : int
        Counted up by the minimizer's callback.
    theta, value
        The best that was met.
    """

    start: int
    theta0: np.ndarray
    events: queue.SimpleQueue
    answers: queue.SimpleQueue = field(default_factory=queue.SimpleQueue)
    iteration: int = 0
    evaluations: int = 0
    theta: np.ndarray = field(default_factory=lambda: np.zeros(0))
    value: float = np.inf
    gradient_norm: float = np.inf
    history: list[tuple[float, ...]] = field(default_factory=list)
    seconds: float = 0.0
    thread: threading.Thread | None = None

    def __call__(self, theta: np.ndarray) -> Found:
        """Wait for the evaluation of one point, shape (q,); the parts of the answer have no batch axis."""
        self.events.put((self, np.array(theta, dtype=float)))
        answer = self.answers.get()
        if answer is None:
            raise _Stop
        return answer

    def note(self, theta: np.ndarray, found: Found, norm: float) -> None:
        """Take down what an evaluation gave."""
        self.evaluations += 1
        value = float(found.values)
        if value < self.value or not len(self.history):
            self.theta, self.value, self.gradient_norm = theta, value, norm
        row = (self.iteration, self.evaluations, self.value, self.gradient_norm, self.seconds)
        if self.history and self.history[-1][0] == self.iteration:
            self.history.pop()
        self.history.append(tuple(float(x) for x in row))


class Threads:
    """A crew of minimizers that each take one point after the other.

    Parameters
    ----------
    minimize
        Minimizes from ``caller.theta0`` with ``caller(theta)``, and returns the reason of its end. A start
        that cannot be simulated does not get there.
    kind
        What is evaluated.
    """

    def __init__(self, minimize: Callable[[Caller, Found], str], kind: str, *, capacity: int):
        self.capacity = capacity
        self._minimize, self._kind = minimize, kind
        self._events: queue.SimpleQueue[tuple[Caller, Any]] = queue.SimpleQueue()
        self._live: dict[int, Caller] = {}
        self._new: list[Caller] = []

    def __len__(self) -> int:
        return len(self._live)

    def admit(self, start: int, theta: np.ndarray) -> None:
        """Add a run."""
        caller = Caller(start, np.array(theta, dtype=float), self._events)
        caller.theta = caller.theta0
        caller.thread = threading.Thread(target=self._work, args=(caller,), daemon=True)
        self._live[start] = caller
        self._new.append(caller)

    def _work(self, caller: Caller) -> None:
        try:
            first = caller(caller.theta0)
            reason = self._minimize(caller, first) if np.isfinite(first.values) else REASONS[NO_START]
        except _Stop:
            return
        except BaseException as error:
            caller.events.put((caller, error))
        else:
            caller.events.put((caller, reason))

    def advance(self, evaluate: Evaluator) -> list[Run]:
        """Evaluate one point of every run that asks for one, and return those that ended instead."""
        began = time.process_time()
        for caller in self._new:
            assert caller.thread is not None
            caller.thread.start()
        self._new = []
        # who answers first must not matter
        events = sorted((self._events.get() for _ in range(len(self._live))), key=lambda e: e[0].start)
        runs, asking = [], []
        for caller, event in events:
            if isinstance(event, BaseException):
                del self._live[caller.start]
                raise event
            if isinstance(event, str):
                del self._live[caller.start]
                runs.append(_run(caller, event))
            else:
                asking.append((caller, event))
        if asking:
            thetas = np.array([theta for _, theta in asking])
            found = evaluate(self._kind, thetas)
            assert found.gradients is not None
            norms = criticality(thetas, found.gradients, evaluate.lower, evaluate.upper)
            seconds = (time.process_time() - began) / len(asking)
            for i, (caller, theta) in enumerate(asking):
                caller.seconds += seconds
                caller.note(theta, found[i], float(norms[i]))
            for i, (caller, _) in enumerate(asking):
                caller.answers.put(found[i])
        return runs

    def saved(self) -> State:
        """Return nothing: a foreign minimizer cannot be stored on its way."""
        return {}

    def restore(self, saved: State) -> None:
        """There is nothing to restore."""

    def close(self) -> None:
        """End the threads."""
        for caller in self._live.values():
            caller.answers.put(None)
        for caller in self._live.values():
            if caller.thread is not None and caller.thread.is_alive():
                caller.thread.join(timeout=10)
        self._live, self._new = {}, []


def _run(caller: Caller, reason: str) -> Run:
    last = caller.history[-1]
    if caller.iteration > last[0]:
        # the last step ends after its evaluation
        caller.history.append((float(caller.iteration), *last[1:]))
    return Run(
        start=caller.start, theta0=caller.theta0, theta=caller.theta, value=caller.value,
        history=np.array(caller.history), reason=reason,
    )  # fmt: skip
