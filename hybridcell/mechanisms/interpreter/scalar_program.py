"""A layout run over Python floats: one point at a time, with the least latency for small networks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hybridcell.mechanisms.interpreter.layout import Layout, Step
from hybridcell.mechanisms.interpreter.scalar_operations import SCALAR_OPERATIONS, Closure, make_closure

_NAN = float("nan")


class ScalarProgram:
    """The operations of a layout as a list of closures over one list of slots."""

    def __init__(self, layout: Layout):
        self.layout = layout
        self.fixed = [make_closure(s.op, s.out, s.args) for s in layout.fixed]
        self.moving = [_with_override(s) for s in layout.moving]
        self._n, self._last, self._roots = layout.n, layout.inputs, layout.roots
        self._first = layout.inputs - layout.switches
        self._no_delays: list = [None] * layout.delays
        self._no_modes = [_NAN] * layout.switches

    def start(self, p: Sequence[float]) -> list[float]:
        """Return slots with everything in place that depends on the constants only."""
        layout = self.layout
        slots = [_NAN] * layout.size
        for slot, value in layout.numbers.items():
            slots[slot] = value
        for slot, index in layout.constants.items():
            slots[slot] = float(p[index])
        for closure in self.fixed:
            closure(slots)
        return slots

    def run(
        self,
        slots: list[float],
        t: float,
        x: np.ndarray,
        delayed: np.ndarray | None,
        modes: np.ndarray | None,
    ) -> list[float]:
        """Fill all slots and return the values of the roots."""
        n, first, last = self._n, self._first, self._last
        slots[:n] = x.tolist()
        slots[n] = t
        if first > n + 1:
            slots[n + 1 : first] = self._no_delays if delayed is None else delayed.tolist()
        if last > first:
            slots[first:last] = self._no_modes if modes is None else modes.tolist()
        for closure in self.moving:
            closure(slots)
        return [slots[root] for root in self._roots]


def _with_override(step: Step) -> Closure:
    plain = make_closure(step.op, step.out, step.args)
    given, out = step.override, step.out
    if given is None:
        return plain
    if step.op == "delay":
        now = step.args[0]

        def delayed(r: list) -> None:
            r[out] = r[now] if r[given] is None else r[given]

        return delayed
    compare, (i, j) = SCALAR_OPERATIONS[step.op], step.args

    def switched(r: list[float]) -> None:
        mode = r[given]
        r[out] = mode if mode == mode else compare(r[i], r[j])

    return switched
