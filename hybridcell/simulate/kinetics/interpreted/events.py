"""Events of one run: triggers, the queue, and what happens at one instant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hybridcell.simulate.kinetics.interpreted.failure import Failure
from hybridcell.simulate.kinetics.interpreted.field import Field


@dataclass(eq=False)
class Waiting:
    """An event that was triggered and waits for its execution.

    `time` and `late`: when; `late` means just after the time. `values` are those at the trigger if these
    count.
    """

    event: int
    time: float
    late: bool
    values: np.ndarray | None


class Events:
    """Triggers as they were last, and the events that wait."""

    def __init__(self, field: Field, rng: np.random.Generator):
        programs, p = field.programs, field.p
        self._field, self._rng = field, rng
        self.events = field.equations.events
        self._triggers = programs.triggers.bind(p)
        some_wait = any(event.delay is not None for event in self.events)
        self._delays = programs.event_delays.bind(p) if some_wait else None
        self._at_once = np.zeros(len(self.events))
        self._priorities = programs.priorities.bind(p)
        self._values = [one.bind(p) for one in programs.event_values]
        self._scales = [one.bind(p) for one in programs.event_scales]
        self.was = np.array([event.initial_value for event in self.events], bool)
        self.queue: list[Waiting] = []
        self._noticed: tuple[float, np.ndarray | None, np.ndarray | None] = (np.nan, None, None)

    def triggers(self, t: float, x: np.ndarray) -> np.ndarray:
        """Return which triggers are true."""
        values = self._field.read(self._triggers, t, x)
        return (values != 0) & ~np.isnan(values)

    def notice(self, t: float, x: np.ndarray, late: bool) -> None:
        """Queue events whose trigger has turned true; call off those whose trigger should stay so."""
        modes = self._field.modes
        last_t, last_x, last_modes = self._noticed
        if t == last_t and x is last_x and _same(modes, last_modes):
            return
        self._noticed = (t, x, modes)
        true = self.triggers(t, x)
        if np.array_equal(true, self.was):
            return
        for e in np.flatnonzero(self.was & ~true):
            if not self.events[e].persistent:
                self.queue = [w for w in self.queue if w.event != e]
        turned = np.flatnonzero(true & ~self.was)
        if len(turned):
            delays = self._field.read(self._delays, t, x) if self._delays else self._at_once
            for e in turned:
                if not delays[e] >= 0:
                    raise Failure(f"the delay of event {self._name(int(e))} is {delays[e]:g} at t={t:g}")
                keeps = self.events[e].use_trigger_values
                values = self._field.read(self._values[e], t, x) if keeps else None
                self.queue.append(Waiting(int(e), t + delays[e], late, values))
        self.was = true

    def due(self, t: float, x: np.ndarray, late: bool, slack: float) -> Waiting | None:
        """Take the event out of the queue that is to be executed next, None when nothing is due.

        The highest priority goes first, equal ones by chance; events without priority go after all others, in
        the order in which they were triggered.
        """
        due = [w for w in self.queue if w.time <= t + slack and (late or not w.late)]
        if not due:
            return None
        chosen = due[0]
        if len(due) > 1:
            priorities = self._field.read(self._priorities, t, x)
            ranks = np.array([priorities[w.event] for w in due])
            if not np.isnan(ranks).all():
                first = np.flatnonzero(ranks == np.nanmax(ranks))
                chosen = due[int(self._rng.choice(first)) if len(first) > 1 else int(first[0])]
        self.queue.remove(chosen)
        return chosen

    def execute(self, waiting: Waiting, t: float, x: np.ndarray) -> np.ndarray:
        """Return the state after an event."""
        e, field = waiting.event, self._field
        values = waiting.values
        if values is None:
            values = field.read(self._values[e], t, x)
        # sizes as they are before the event changes any of them
        scales = field.read(self._scales[e], t, x)
        x = x.copy()
        for assignment, value, scale in zip(self.events[e].assignments, values, scales):
            x[assignment.state] = value * scale
        return x

    def next_time(self) -> float:
        """Return when the next waiting event is due, inf when none waits."""
        return min((w.time for w in self.queue), default=np.inf)

    def _name(self, e: int) -> str:
        return repr(self.events[e].id) if self.events[e].id else f"number {e + 1}"


def _same(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    return one is other or (one is not None and other is not None and one.tobytes() == other.tobytes())
