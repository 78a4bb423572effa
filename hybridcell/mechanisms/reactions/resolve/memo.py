"""Values that depend on one another, computed when asked for, each once, in whatever order works."""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable
from typing import Any

#: What computes a value: it yields the keys that it needs, is sent their values, and returns its own.
Steps = Generator[Hashable, Any, Any]


class CircularError(Exception):
    """Values that need each other. `cycle` holds the keys, each needing the next, the last the first."""

    def __init__(self, cycle: tuple[Hashable, ...]):
        super().__init__(cycle)
        self.cycle = cycle


class Memo:
    """A dictionary whose values are computed from one another, without recursion however deep they nest.

    Parameters
    ----------
    steps : callable
        Key -> generator of what the value needs.
    """

    def __init__(self, steps: Callable[[Any], Steps]):
        self._steps = steps
        self._done: dict[Hashable, Any] = {}

    def __getitem__(self, key: Hashable) -> Any:
        """Return the value, computing what it needs first. Raises CircularError."""
        if key in self._done:
            return self._done[key]
        stack = [(key, self._steps(key))]
        active = {key}
        answer = None
        while stack:
            current, steps = stack[-1]
            try:
                wanted = steps.send(answer)
            except StopIteration as finished:
                answer = self._done[current] = finished.value
                stack.pop()
                active.discard(current)
                continue
            if wanted in self._done:
                answer = self._done[wanted]
                continue
            if wanted in active:
                names = [name for name, _ in stack]
                raise CircularError(tuple(names[names.index(wanted) :]))
            stack.append((wanted, self._steps(wanted)))
            active.add(wanted)
            answer = None
        return self._done[key]
