"""Which simulations a problem asks for: experiments as a tree of spans, each computed once.

A span is a stretch of time under one set of conditions. Experiments that begin alike share spans: one
preequilibration serves all that start from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Int

from hybridcell.io.petab.statement import Change, Experiment, PetabMeasurements, Statement


@dataclass(eq=False)
class Span:
    """A stretch of time.

    Attributes
    ----------
    parent : Span or None
        From whose end it goes on.
    changes : tuple of Change
        Made at its start.
    conditions : tuple of str
        Of the experiment, up to here; for arrays and messages.
    begin, end : float
        `end` grows with the measurements that are asked for.
    rests : bool
        It goes on until nothing moves.
    lane : int
        Its place among the spans of its level.
    """

    parent: Span | None
    changes: tuple[Change, ...]
    conditions: tuple[str, ...]
    begin: float
    end: float
    rests: bool
    lane: int = -1

    @property
    def depth(self) -> int:
        """How many spans come before it."""
        return 0 if self.parent is None else self.parent.depth + 1


@dataclass(eq=False)
class Plan:
    """All spans, by level, and where each measurement is read.

    Attributes
    ----------
    levels : list of list of Span
        Parents stand one level above.
    times : ndarray, shape (t,)
        Ascending; the last is infinite.
    level, lane, when : ndarray of int, shape (r,)
        Of each measurement: its level, its lane there, its place in `times`.
    """

    levels: list[list[Span]]
    times: Float[np.ndarray, " t"]
    level: Int[np.ndarray, " r"]
    lane: Int[np.ndarray, " r"]
    when: Int[np.ndarray, " r"]
    length: float = field(default=1.0)


def make_plan(statement: Statement) -> Plan:
    """Return the spans that the measurements of a problem need."""
    measured = statement.measurements
    finite = measured.time[np.isfinite(measured.time)]
    times = np.append(np.unique(finite), np.inf)
    tree = _Tree()
    of_row: list[Span] = [None] * len(measured)  # pyright: ignore[reportAssignmentType]
    for number, experiment in enumerate(statement.experiments):
        rows = np.flatnonzero(measured.experiment == number)
        if rows.size:
            _add_experiment(tree, experiment, measured, rows, of_row)
    levels = tree.levels()
    spans = [span for level in levels for span in level]
    sizes = [s.end - s.begin for s in spans if not s.rests and s.end > s.begin]
    return Plan(
        levels=levels,
        times=times,
        level=np.array([span.depth for span in of_row], int),
        lane=np.array([span.lane for span in of_row], int),
        when=np.searchsorted(times, measured.time),
        length=max(sizes, default=1.0),
    )


class _Tree:
    """Spans, each once."""

    def __init__(self) -> None:
        self.spans: dict[object, Span] = {}

    def add(
        self,
        parent: Span | None,
        changes: tuple[Change, ...],
        conditions: tuple[str, ...],
        begin: float,
        end: float | None,
        *,
        rests: bool,
    ) -> Span:
        """Return the span, made if there is none like it. `end` None: as late as anyone asks."""
        key = (parent and id(parent), frozenset(changes), conditions, begin, end, rests)
        if key not in self.spans:
            last = begin if end is None else end
            self.spans[key] = Span(parent, changes, conditions, begin, last, rests)
        return self.spans[key]

    def levels(self) -> list[list[Span]]:
        """Return the spans by depth, and number them."""
        found: list[list[Span]] = []
        for span in self.spans.values():
            while len(found) <= span.depth:
                found.append([])
            span.lane = len(found[span.depth])
            found[span.depth].append(span)
        return found


def _add_experiment(
    tree: _Tree, experiment: Experiment, measured: PetabMeasurements, rows: np.ndarray, of_row: list[Span]
) -> None:
    """Add the spans of one experiment and note which of them each of its measurements reads."""
    periods = list(experiment.periods)
    starts = np.array([period.time for period in periods])
    # a measurement at the time of a change sees what follows it
    place = np.searchsorted(starts, measured.time[rows], side="right") - 1
    place = np.where(np.isinf(measured.time[rows]), len(periods) - 1, place)
    last = int(place.max())
    parent: Span | None = None
    conditions: tuple[str, ...] = ()
    for number, period in enumerate(periods[: last + 1]):
        conditions = (*conditions, *period.conditions)
        own = rows[place == number]
        at_rest, timed = own[np.isinf(measured.time[own])], own[np.isfinite(measured.time[own])]
        begin = 0.0 if np.isinf(period.time) else period.time
        rests = bool(np.isinf(period.time)) or (number == last and timed.size == 0 and at_rest.size > 0)
        end = None if number == last or rests else periods[number + 1].time
        span = tree.add(parent, period.changes, conditions, begin, end, rests=rests)
        if timed.size and rests:
            # after a preequilibration that no period follows, the clock starts at 0
            span = tree.add(span, (), conditions, 0.0, None, rests=False)
        if timed.size:
            span.end = max(span.end, float(measured.time[timed].max()))
        resting = span
        if at_rest.size and not span.rests:
            resting = tree.add(span, (), conditions, span.end, None, rests=True)
        for row in timed:
            of_row[row] = span
        for row in at_rest:
            of_row[row] = resting
        parent = span
