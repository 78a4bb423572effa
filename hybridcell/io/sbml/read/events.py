"""Events."""

from __future__ import annotations

from typing import Any

from hybridcell._core.expressions import Expression
from hybridcell.io.sbml.read.common import common
from hybridcell.io.sbml.read.expressions import Scope
from hybridcell.io.sbml.read.old_units import OldUnits
from hybridcell.io.sbml.read.rules import math_of
from hybridcell.mechanisms.reactions.elements import Event


def read_events(model: Any, scope: Scope, old_units: OldUnits) -> tuple[Event, ...]:
    """Return the events.

    Level 2 says less about triggers: they are persistent, and count as true before the start.
    """
    found: list[Event] = []
    modern = model.getLevel() > 2
    for i, element in enumerate(model.getListOfEvents()):
        sid = element.getIdAttribute()
        name = sid or f"event {i + 1}"
        trigger = element.getTrigger()
        delay = math_of(element.getDelay(), scope, name)
        if delay is not None and not modern:
            delay = old_units.delay(element, delay, name)
        found.append(
            Event(
                **common(element, sid),
                trigger=math_of(trigger, scope, name),
                initial_value=trigger.getInitialValue() if modern and trigger is not None else True,
                persistent=trigger.getPersistent() if modern and trigger is not None else True,
                delay=delay,
                priority=math_of(element.getPriority(), scope, name) if modern else None,
                use_trigger_values=element.getUseValuesFromTriggerTime(),
                assignments=_assignments(element, scope, name),
            )
        )
    return tuple(found)


def _assignments(event: Any, scope: Scope, name: str) -> tuple[tuple[str, Expression], ...]:
    found: list[tuple[str, Expression]] = []
    for element in event.getListOfEventAssignments():
        math = math_of(element, scope, f"{name}, {element.getVariable()}")
        if math is not None:
            found.append((element.getVariable(), math))
    return tuple(found)
