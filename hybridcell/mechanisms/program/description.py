"""What a `System` says about its states, switches and events, padded to its sizes."""

from __future__ import annotations

import dataclasses

import numpy as np

from hybridcell._core.expressions import Expression, number
from hybridcell.mechanisms.program.sections import Sections, flat_assignments
from hybridcell.mechanisms.program.sizes import Sizes
from hybridcell.mechanisms.reactions.equations import Equations
from hybridcell.mechanisms.reactions.self_growth import self_grown

_SIGN = {"gt": 1.0, "ge": 1.0, "lt": -1.0, "le": -1.0, "eq": 0.0, "ne": 0.0}
_AT_ZERO = {"gt": 0.0, "ge": 1.0, "lt": 0.0, "le": 1.0, "eq": 1.0, "ne": 0.0}
#: What padded entries of a section compute.
_PADDING = {
    "initial": 0.0,
    "relations": 0.0,
    "roots": 1.0,
    "switch_times": float("inf"),
    "triggers": 0.0,
    "event_delays": 0.0,
    "event_priorities": -float("inf"),
    "event_values": 0.0,
    "event_scales": 1.0,
    "delay_times": 0.0,
    "delay_arguments": 0.0,
}


def pad_sections(sections: Sections, sizes: Sizes) -> Sections:
    """Lengthen every section to the system's sizes."""
    lengths = {
        **dict.fromkeys(("initial",), sizes.n),
        **dict.fromkeys(("relations", "roots", "switch_times"), sizes.s),
        **dict.fromkeys(("triggers", "event_delays", "event_priorities"), sizes.e),
        **dict.fromkeys(("event_values", "event_scales"), sizes.a),
        **dict.fromkeys(("delay_times", "delay_arguments"), sizes.k),
    }
    padded = {
        name: _lengthen(getattr(sections, name), length, number(_PADDING[name]))
        for name, length in lengths.items()
    }
    return dataclasses.replace(sections, **padded)


def _lengthen(expressions: tuple[Expression, ...], length: int, filler: Expression) -> tuple[Expression, ...]:
    return expressions + (filler,) * (length - len(expressions))


def describe(equations: Equations, sizes: Sizes) -> dict[str, np.ndarray | None]:
    """Return the arrays of a `System` beside its evaluator."""
    switches, events = equations.switches, equations.events
    ops = [switch.relation.op for switch in switches]
    assignments = flat_assignments(equations)

    def flags(values: list[bool], length: int) -> np.ndarray:
        return np.pad(np.array(values, bool), (0, length - len(values)))

    def signs(values: list[float], length: int) -> np.ndarray:
        return np.pad(np.array(values, float), (0, length - len(values)))

    def indices(values: list[int], filler: int) -> np.ndarray:
        return np.array(values + [filler] * (sizes.a - len(values)), np.int32)

    return {
        "mass": _mass(equations, sizes.n),
        "along": _along(equations, sizes.n),
        "state_mask": flags([True] * equations.n, sizes.n),
        "discrete": np.pad(
            np.asarray(equations.discrete, bool), (0, sizes.n - equations.n), constant_values=True
        ),
        "self_grown": np.pad(self_grown(equations), (0, sizes.n - equations.n)),
        "switch_mask": flags([True] * len(switches), sizes.s),
        "switch_in_trigger": flags([each.in_trigger for each in switches], sizes.s),
        "switch_in_rate": flags([each.in_rate for each in switches], sizes.s),
        "switch_timed": flags([each.time is not None for each in switches], sizes.s),
        "switch_sign": signs([_SIGN[op] for op in ops], sizes.s),
        "switch_at_zero": signs([_AT_ZERO[op] for op in ops], sizes.s),
        "event_mask": flags([True] * len(events), sizes.e),
        "event_initial": flags([each.initial_value for each in events], sizes.e),
        "event_persistent": flags([each.persistent for each in events], sizes.e),
        "event_uses_trigger_values": flags([each.use_trigger_values for each in events], sizes.e),
        "event_time_only": flags([each.time_only for each in events], sizes.e),
        "event_has_delay": flags([each.delay is not None for each in events], sizes.e),
        "event_has_priority": flags([each.priority is not None for each in events], sizes.e),
        "assignment_event": indices([event for event, _ in assignments], sizes.e),
        "assignment_state": indices([each.state for _, each in assignments], sizes.n),
    }


def _mass(equations: Equations, n: int) -> np.ndarray | None:
    if equations.differential is None:
        return None
    mass = np.zeros((n, n))
    rows, columns = equations.differential.shape
    mass[:rows, :columns] = equations.differential
    padding = np.arange(equations.n, n)
    mass[padding, padding] = 1.0
    return mass


def _along(equations: Equations, n: int) -> np.ndarray | None:
    if equations.differential is None:
        return None
    along = np.zeros((n, n))
    if equations.relaxation is not None:
        first = len(equations.differential)
        found = np.linalg.pinv(equations.relaxation)
        along[first : equations.n, : equations.n] = np.where(np.abs(found) > 1e-12, found, 0.0)
    return along
