"""The past of a run, for delayed values."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from hybridcell._core.expressions.expression import walk
from hybridcell.mechanisms.interpreter import Bound
from hybridcell.simulate.kinetics.interpreted.failure import Failure
from hybridcell.simulate.kinetics.interpreted.programs import Programs

Dense = Callable[[float], np.ndarray]


class History:
    """States over the time passed, and from them the values of the network's delay terms.

    Before the start, a state has the value that its initial expression has at that time.
    """

    def __init__(self, programs: Programs, p: np.ndarray, t0: float):
        self.t0 = t0
        self.terms = programs.delays
        self._nested = [any(node.op == "delay" for node in walk(term.args)) for term in self.terms]
        self._initial = programs.initial.bind(p)
        self._lags: list[Bound] = [lag.bind(p) for lag in programs.lags]
        self._arguments: list[Bound] = [argument.bind(p) for argument in programs.arguments]
        self._starts: list[float] = []
        self._dense: list[Dense] = []
        self._end = t0
        self._last: np.ndarray | None = None
        # Where residuals bind the states, each search for a past one looks further back itself.
        self._found: dict[float, np.ndarray] = {}
        #: Whether a lag fell inside the present step since this was last reset: the step was too long.
        self.ran_ahead = False

    def add(self, start: float, end: float, dense: Dense) -> None:
        """Append the solution between two times."""
        self._starts.append(start)
        self._dense.append(dense)
        self.cut(end)

    def cut(self, end: float) -> None:
        """Forget what was appended last from some time on."""
        self._found.clear()
        self._end, self._last = end, self._dense[-1](end)

    def jump(self, x: np.ndarray) -> None:
        """Note the state after an event at the end of the past."""
        self._starts.append(self._end)
        self._dense.append(lambda t: x)
        self._found.clear()
        self._last = x

    def values(self, t: float, x: np.ndarray, which: Iterable[int] | None = None) -> np.ndarray:
        """Return the values of the delay terms, all or some, at time t, at which the state is x."""
        values = np.full(len(self.terms), np.nan)
        for k in range(len(self.terms)) if which is None else which:
            values[k] = self._value(k, t, x, values)
        return values

    def lags(self, t: float, x: np.ndarray, which: Sequence[int]) -> np.ndarray:
        """Return how long ago some delay terms look."""
        values = self.values(t, x, which)
        return np.array([self._lags[k](t, x, values)[0] for k in which])

    def _value(self, k: int, t: float, x: np.ndarray, inner: np.ndarray) -> float:
        lag = float(self._lags[k](t, x, inner)[0])
        if lag < 0:
            raise Failure(f"the delay {self.terms[k]!r} looks {-lag:g} into the future at t={t:g}")
        if lag != lag:
            return lag
        if lag == 0:
            return float(self._arguments[k](t, x, inner)[0])
        s = t - lag
        past = self._state(s, t, x)
        return float(self._arguments[k](s, past, self._inner(k, s, past))[0])

    def _inner(self, k: int, s: float, past: np.ndarray) -> np.ndarray:
        """Values at time s of the terms that term k may hold."""
        values = np.full(len(self.terms), np.nan)
        if self._nested[k]:
            for j in range(k):
                values[j] = self._value(j, s, past, values)
        return values

    def _state(self, s: float, t: float, x: np.ndarray) -> np.ndarray:
        if s < self.t0:
            return self._initial(s, x)
        if s > self._end or self._last is None:
            if self._last is None:
                return x
            self.ran_ahead = True
            return self._last + (x - self._last) * ((s - self._end) / (t - self._end))
        if s not in self._found:
            self._found[s] = self._dense[bisect_right(self._starts, s) - 1](s)
        return self._found[s]
