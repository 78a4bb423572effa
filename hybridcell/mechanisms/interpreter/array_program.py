"""A layout run over arrays: one NumPy call per group of equal operations that can be done together.

For large networks and for many points at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hybridcell.mechanisms.interpreter.array_operations import ARRAY_OPERATIONS
from hybridcell.mechanisms.interpreter.layout import Layout, Step


@dataclass(frozen=True, eq=False)
class Group:
    """Operations of one kind: rows `out` of the slots from rows `args`."""

    operation: Callable[..., np.ndarray]
    out: np.ndarray
    args: tuple[np.ndarray, ...]
    override: np.ndarray | None
    is_delay: bool


class ArrayProgram:
    """The operations of a layout in groups over an array (slots, *batch)."""

    def __init__(self, layout: Layout):
        self.layout = layout
        self.fixed = _grouped(layout.fixed)
        self.moving = _grouped(layout.moving)
        self.number_slots = np.fromiter(layout.numbers, int)
        self.numbers = np.fromiter(layout.numbers.values(), float)
        self.constant_slots = np.fromiter(layout.constants, int)
        self.constants = np.fromiter(layout.constants.values(), int)
        self.roots = np.array(layout.roots, int)

    def start(self, p: np.ndarray, batch: tuple[int, ...]) -> np.ndarray:
        """Return slots with everything in place that depends on the constants only."""
        slots = np.full((self.layout.size, *batch), np.nan)
        ones = (1,) * len(batch)
        slots[self.number_slots] = self.numbers.reshape(-1, *ones)
        values = p[self.constants]
        slots[self.constant_slots] = values if values.ndim > 1 else values.reshape(-1, *ones)
        for group in self.fixed:
            slots[group.out] = group.operation(*[slots[arg] for arg in group.args])
        return slots

    def run(
        self,
        slots: np.ndarray,
        t: float | np.ndarray,
        x: np.ndarray,
        delayed: np.ndarray | None,
        modes: np.ndarray | None,
    ) -> np.ndarray:
        """Fill all slots and return the values of the roots (roots, *batch)."""
        layout = self.layout
        n, ones = layout.n, (1,) * (slots.ndim - 1)
        slots[:n] = x if x.ndim > 1 else x.reshape(-1, *ones)
        slots[n] = t
        if layout.delays and delayed is not None:
            slots[n + 1 : n + 1 + layout.delays] = delayed
        if layout.switches:
            first = layout.inputs - layout.switches
            given = np.nan if modes is None else modes
            slots[first : layout.inputs] = (
                given.reshape(-1, *ones) if isinstance(given, np.ndarray) and given.ndim == 1 else given
            )
        for group in self.moving:
            if group.is_delay and delayed is not None:
                slots[group.out] = slots[group.override]
                continue
            value = group.operation(*[slots[arg] for arg in group.args])
            if group.override is not None and not group.is_delay:
                mode = slots[group.override]
                value = np.where(np.isnan(mode), value, mode)
            slots[group.out] = value
        return slots[self.roots]


def _grouped(steps: Sequence[Step]) -> list[Group]:
    """Put the steps in groups: again and again, all that are ready of the operator with the most."""
    made_by = {step.out: k for k, step in enumerate(steps)}
    waits = [0] * len(steps)
    readers: dict[int, list[int]] = defaultdict(list)
    for k, step in enumerate(steps):
        needed = {made_by[arg] for arg in step.args if arg in made_by}
        waits[k] = len(needed)
        for j in needed:
            readers[j].append(k)
    ready: dict[tuple[str, bool], list[int]] = defaultdict(list)

    def put(k: int) -> None:
        ready[steps[k].op, steps[k].override is None].append(k)

    for k in range(len(steps)):
        if not waits[k]:
            put(k)
    groups: list[Group] = []
    while ready:
        chosen = ready.pop(max(ready, key=lambda kind: len(ready[kind])))
        groups.append(_group([steps[k] for k in chosen]))
        for k in chosen:
            for reader in readers[k]:
                waits[reader] -= 1
                if not waits[reader]:
                    put(reader)
    return groups


def _group(steps: list[Step]) -> Group:
    op = steps[0].op
    overrides = [step.override for step in steps if step.override is not None]
    return Group(
        operation=ARRAY_OPERATIONS[op],
        out=np.array([step.out for step in steps]),
        args=tuple(np.array(column) for column in zip(*(step.args for step in steps))),
        override=np.array(overrides) if overrides else None,
        is_delay=op == "delay" and bool(overrides),
    )
