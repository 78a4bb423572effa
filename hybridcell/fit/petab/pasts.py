"""What a period cannot know of the one before it: a problem whose numbers would need that is refused.

From period to period go the states, what conditions set, and whether triggers were true. Assignments that
wait for the delay of their event do not, nor does the course that a `delay` in the model looks back at.
"""

from __future__ import annotations

from collections.abc import Iterable

from hybridcell.fit.petab.plan import Plan, Span
from hybridcell.io.petab.errors import PetabError
from hybridcell.mechanisms.reactions.equations import Equations


def check_pasts(file: str, plan: Plan, equations: Equations) -> None:
    """Refuse delays that may reach across the end of a period.

    A period that goes on until nothing moves is no such: all that is under way has happened by its end, and
    its past is where it rests.

    Raises
    ------
    PetabError
        If the model has an event with a delay, or equations that read the past, and a timed period is
        followed by another.
    """
    found = _first_cut(span for level in plan.levels for span in level)
    if found is None:
        return
    where, more = found
    for event in equations.events:
        if event.delay is not None and not (event.delay.is_number and event.delay.value == 0):
            raise PetabError(
                file,
                reason=f"event {event.id!r} of the model has a delay, and {where}: an assignment that still "
                f"waits for its delay {more} would be lost",
                hint="Give the model a second event that fires when the assignment is due, in place of the "
                "delay; or make the changes of the later period by an event, so that one period is enough.",
            )
    if equations.has_delays:
        raise PetabError(
            file,
            reason=f"the model reads its own past (`delay`), and {where}: what happened before {more} would "
            "be forgotten",
            hint="Make the changes of the later period by an event of the model, so that one period is "
            "enough.",
        )


def _first_cut(spans: Iterable[Span]) -> tuple[str, str] | None:
    """Return where a timed period is followed by another, in words; None where none is."""
    for span in spans:
        before = span.parent
        if before is None or before.rests:
            continue
        named = ", ".join(span.conditions)
        under = f" under the conditions {named}" if named else ""
        if span.rests:
            return f"a measurement at rest (time inf) follows those until time {before.end:g}{under}", "then"
        return f"at time {span.begin:g} another period follows{under}", "there"
    return None
