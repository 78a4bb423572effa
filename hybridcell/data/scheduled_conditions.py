"""Conditions of which some perturbations follow a schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hybridcell.data._labels import CONTROL, SEPARATOR
from hybridcell.data.conditions import Conditions, are_named, as_conditions, unique_names
from hybridcell.data.schedule import Schedule


def read_schedules(conditions: Any) -> tuple[Conditions, dict[tuple[int, str], Schedule]]:
    """Return conditions with constant doses only, and the schedules by (row, perturbation).

    Schedules stand where a dict has its doses; other ways to state conditions have none.
    """
    if are_named(conditions):
        given, found = read_schedules(list(conditions.values()))
        return replace(given, names=tuple(map(str, conditions))), found
    dicts = [conditions] if isinstance(conditions, Mapping) else conditions
    listed = isinstance(dicts, list | tuple) and all(isinstance(one, Mapping) for one in dicts)
    if not listed or not any(isinstance(dose, Schedule) for one in dicts for dose in one.values()):
        return as_conditions(conditions), {}
    found = {
        (row, str(name)): dose
        for row, one in enumerate(dicts)
        for name, dose in one.items()
        if isinstance(dose, Schedule)
    }
    constant = as_conditions(
        [{name: 0.0 if isinstance(dose, Schedule) else dose for name, dose in one.items()} for one in dicts]
    )
    names = []
    for row, name in enumerate(constant.names):
        given = [f"{which} {len(schedule.doses)} doses" for (k, which), schedule in found.items() if k == row]
        # the control's own name, or its number among the controls, says nothing beside what is scheduled
        plain = [] if name.split(" #")[0] == CONTROL and given else [name]
        names.append(f" {SEPARATOR} ".join([*plain, *given]))
    return replace(constant, names=unique_names(names)), found
