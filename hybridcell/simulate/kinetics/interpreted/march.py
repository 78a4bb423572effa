"""From one discontinuity to the next: the loop of a run.

At every instant at which something may happen (an event is due, a switch flips) two moments are told apart:
the instant itself, at which what flips is exactly equal, and just after it. Values are reported at the
instant, after the events of the instant.
"""

from __future__ import annotations

import numpy as np

from hybridcell.simulate.kinetics.interpreted.coordinates import BoundCoordinates, FreeCoordinates
from hybridcell.simulate.kinetics.interpreted.crossing import Crossing, first_crossing
from hybridcell.simulate.kinetics.interpreted.events import Events
from hybridcell.simulate.kinetics.interpreted.failure import Failure
from hybridcell.simulate.kinetics.interpreted.field import Field
from hybridcell.simulate.kinetics.interpreted.steps import Steps
from hybridcell.simulate.kinetics.interpreted.switches import Switches, directions
from hybridcell.simulate.solve import Solve

#: Events at one instant before they are taken to go on for ever.
_CASCADE = 10_000
#: Instants within this share of the span before the same is said of them.
_CROWD, _CROWD_SPAN = 1_000, 1e-3
#: How many times a jump is followed through a delay; its effect gets smoother each time.
_ECHOES = 4


class March:
    """One run: where it is, and what it has reported."""

    def __init__(
        self,
        field: Field,
        *,
        t0: float,
        ts: np.ndarray,
        solve: Solve,
        atol: np.ndarray,
        rng: np.random.Generator,
    ):
        self.field, self.ts = field, ts
        self.end = float(ts[-1])
        self.span = max(self.end - t0, 1e-300)
        self.t = t0
        self.x = np.full(field.equations.n, np.nan)
        self.reported = 0
        self.out = np.full((len(ts), field.equations.n), np.nan)
        self.delayed = np.full((len(ts), len(field.programs.delays)), np.nan)
        bound = bool(field.equations.residuals)
        self.coordinates = BoundCoordinates(field, atol) if bound else FreeCoordinates(field, atol)
        self.switches = Switches(field, solve) if field.equations.switches else None
        self.events = Events(field, rng) if field.equations.events else None
        self.steps = Steps(field, self.coordinates, solve=solve, t0=t0, span=self.span)
        self._hears = bool(field.programs.moving_delays) or (
            field.history is not None and self.switches is not None and field.programs.sides.reads_past
        )
        self._echoes: list[tuple[float, int]] = []
        self._instants, self._since = 0, t0
        self._times = np.array([])

    def run(self) -> None:
        """Go from the start to the last time to report."""
        field = self.field
        self.x = field.programs.initial(self.t, np.zeros(field.equations.n), field.p)
        self._settle()
        if self.switches is not None:
            self.switches.compare(self.t, self.x)
            self._settle()
            self.switches.compare(self.t, self.x)
        self._instant(np.array([], int), np.array([]), jumped=True)
        while self.t < self.end:
            crossing = self._flow(self._next_stop())
            if crossing is None:
                self._instant(*self._flipping_now(), jumped=False)
            else:
                self._instant(crossing.switches, crossing.after, jumped=False)

    @property
    def slack(self) -> float:
        """Times closer than this are the same."""
        return 1e-13 * max(abs(self.t), self.span)

    def _next_stop(self) -> float:
        t, x = self.t, self.x
        later = [echo for echo, _ in self._echoes]
        if self.switches is not None:
            self._times = self.switches.times(t, x)
            later.extend(self._times.tolist())
        if self.events is not None:
            later.append(self.events.next_time())
        slack = self.slack
        stop = min((s for s in later if s > t + slack), default=np.inf)
        if not stop < self.end:
            return self.end
        near = self.ts[np.searchsorted(self.ts, stop - slack) :][:1]  # exactly at a time to report, if at one
        return float(near[0]) if near[0] <= stop + slack else float(stop)

    def _flow(self, stop: float) -> Crossing | None:
        """Integrate up to the stop or the first crossing, and report on the way."""
        steps = self.steps
        start, self.x = self.coordinates.start(self.t, self.x, max(1e-15 * self.span, 4e-16 * abs(self.t)))
        if self.field.history is not None:
            self.field.history.jump(self.x)
        for step in steps.until(start, self.x, stop):
            history = self.field.history
            if history is not None:
                history.add(step.start, step.end, step.state)
            crossing = None
            if self.switches is not None and self.switches.any_watched:
                blur = max(steps.blur * (step.end - step.start), self.slack)
                crossing = first_crossing(self.switches, step, self.ts, blur)
            end = step.end if crossing is None else crossing.time
            if history is not None:
                history.cut(end)
            self._report_within(step, end)
            self.t, self.x = end, (step.last if crossing is None else step.state(end))
            if crossing is not None:
                return crossing
        return None

    def _report_within(self, step, end: float) -> None:
        first = self.reported
        last = first + int(np.searchsorted(self.ts[first:], end))
        if last > first:
            times = self.ts[first:last]
            self.out[first:last] = step.states(times).T
            for k in range(first, last):
                if self.field.history is not None:
                    self.delayed[k] = self.field.history.values(self.ts[k], self.out[k])
            self.reported = last

    def _report_now(self) -> None:
        k = self.reported
        if k < len(self.ts) and self.ts[k] <= self.t:
            self.out[k] = self.x
            if self.field.history is not None:
                self.delayed[k] = self.field.history.values(self.t, self.x)
            self.reported += 1

    def _flipping_now(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the switches that are known to flip at this time, with no sign known for after it."""
        if self.switches is None:
            return np.array([], int), np.array([])
        # what these times depend on has not changed since the stop was chosen
        flipping = np.abs(self._times - self.t) <= self.slack
        if self.switches.any_watched:
            flipping |= self.switches.watched & (self.switches.signs_at(self.t, self.x) == 0)
        places = np.flatnonzero(flipping)
        return places, np.full(len(places), np.nan)

    def _instant(self, flipping: np.ndarray, after: np.ndarray, *, jumped: bool) -> None:
        """Let happen what happens at this time, and just after it."""
        switches = self.switches
        if switches is not None:
            switches.signs[flipping] = 0.0
            switches.hold()
            switches.look(self.t, self.x)
            self._settle()
        happened = self._execute(late=False)
        self._report_now()
        if switches is not None and (switches.signs == 0).any():
            if not happened:
                known = ~np.isnan(after)
                switches.flip(flipping[known], after[known])
            self._leave_zeros()
            self._settle()
        happened = self._execute(late=True) or happened
        self._watch_crowd(flipping)
        if self._hears:
            self._echo(new=happened or jumped)

    def _execute(self, *, late: bool) -> bool:
        """Execute all events that are due; return whether there were any."""
        events = self.events
        if events is None:
            return False
        for count in range(_CASCADE):
            events.notice(self.t, self.x, late)
            waiting = events.due(self.t, self.x, late, self.slack)
            if waiting is None:
                return count > 0
            self.x = events.execute(waiting, self.t, self.x)
            self._settle()
            if self.field.history is not None:
                self.field.history.jump(self.x)
            if self.switches is not None:
                self.switches.update(self.t, self.x)
                if late and (self.switches.signs == 0).any():
                    self._leave_zeros()
        raise Failure(f"events trigger each other without end at t={self.t:g}")

    def _leave_zeros(self) -> None:
        """Give switches that are exactly equal now the sign that they are about to have."""
        switches = self.switches
        assert switches is not None
        switches.hold()
        zero = switches.signs == 0
        if not zero.any():
            return
        ahead = max(1e-6 * self.span, 1e-9 * abs(self.t))
        self.coordinates.place(self.x)
        y = self.coordinates.pull(self.x)
        rates = np.nan_to_num(self.coordinates.rates(self.t, y), nan=0.0, posinf=0.0, neginf=0.0)
        beyond = switches.sides(self.t + ahead, self.coordinates.push(self.t + ahead, y + ahead * rates))
        signs = directions(switches.sides(self.t, self.x), beyond)
        moved = zero & (signs != 0)
        switches.flip(moved, signs[moved])
        switches.hold()

    def _settle(self) -> None:
        """Bring what residuals determine up to date."""
        if isinstance(self.coordinates, BoundCoordinates):
            self.x = self.coordinates.settle(self.t, self.x)

    def _watch_crowd(self, flipping: np.ndarray) -> None:
        """Give up where things happen again and again while hardly any time passes."""
        self._instants += 1
        if self.t > self._since + _CROWD_SPAN * self.span:
            self._since, self._instants = self.t, 0
        if self._instants < _CROWD:
            return
        relations = [repr(self.field.equations.switches[j].relation) for j in flipping]
        what = f"{' and '.join(relations)} flips" if relations else "events follow each other"
        raise Failure(f"{what} again and again near t={self.t:g}")

    def _echo(self, *, new: bool) -> None:
        """Note when a jump that happens now, or the echo of one, will be seen through the delays."""
        history = self.field.history
        assert history is not None
        here = [generation for time, generation in self._echoes if abs(time - self.t) <= self.slack]
        self._echoes = [(time, g) for time, g in self._echoes if time > self.t + self.slack]
        generation = 0 if new else min(here, default=_ECHOES) + 1
        if generation <= _ECHOES:
            lags = history.lags(self.t, self.x, range(len(history.terms)))
            for lag in np.unique(lags[np.isfinite(lags) & (lags > self.slack)]):
                self._echoes.append((self.t + float(lag), generation))
