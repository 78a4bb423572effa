"""Events over states."""

from __future__ import annotations

from collections.abc import Mapping

from hybridcell._core.expressions import Expression
from hybridcell.mechanisms.reactions.elements import Event
from hybridcell.mechanisms.reactions.equations import EventAssignment, EventEquations
from hybridcell.mechanisms.reactions.resolve.booleans import truth
from hybridcell.mechanisms.reactions.resolve.dynamics import Dynamics
from hybridcell.mechanisms.reactions.resolve.switches import reads_moving


def events(
    dynamics: Dynamics, index: Mapping[str, int], discrete: set[str], closed: Mapping[Expression, Expression]
) -> tuple[EventEquations, ...]:
    """Return the events that can change something.

    Assignments without math have no effect, nor have those to variables that an algebraic rule determines.
    """
    return tuple(_event(event, dynamics, index, discrete, closed) for event in dynamics.table.events)


def _event(
    event: Event,
    dynamics: Dynamics,
    index: Mapping[str, int],
    discrete: set[str],
    closed: Mapping[Expression, Expression],
) -> EventEquations:
    math = {what: closed[dynamics.math(m)] for what, m in dynamics.table.event_math[event].items()}
    trigger = truth(math["trigger"])
    return EventEquations(
        id=event.id,
        trigger=trigger,
        initial_value=event.initial_value,
        persistent=event.persistent,
        delay=math.get("delay"),
        priority=math.get("priority"),
        use_trigger_values=event.use_trigger_values,
        assignments=tuple(
            EventAssignment(
                state=index[variable], value=math[f"= {variable}"], scale=_scale(variable, dynamics, closed)
            )
            for variable, given in event.assignments
            if given is not None and variable in index
        ),
        time_only=not reads_moving(trigger, discrete),
    )


def _scale(variable: str, dynamics: Dynamics, closed: Mapping[Expression, Expression]) -> Expression | None:
    """Return what turns an assigned value into the state's: the size, for a concentration."""
    species = dynamics.table.species.get(variable)
    if species is None or dynamics.table.by_amount(variable):
        return None
    return closed[dynamics.value(species.compartment)]
