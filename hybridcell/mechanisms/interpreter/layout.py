"""Where every value of a set of expressions is kept: one numbered slot per distinct node.

The slots of the inputs come first (state, time, delayed values, modes), then what depends on constants only,
then the rest. Both programs (over floats and over arrays) use the same numbering.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hybridcell._core.expressions import Expression
from hybridcell._core.expressions.expression import walk


@dataclass(frozen=True, eq=False)
class Step:
    """One operation: ``slots[out] = op(slots[args])``.

    `override` is the slot of an input that goes before the operation: of a mode (unless it is NaN) for a
    comparison, of a delayed value (if there are any) for a delay.
    """

    op: str
    out: int
    args: tuple[int, ...]
    override: int | None = None


@dataclass(frozen=True, eq=False)
class Layout:
    """The slots of a set of roots.

    Attributes
    ----------
    n, delays, switches : int
        Numbers of states, delayed values and modes. Their slots are [0, n), [n + 1, n + 1 + delays) and those
        after; the time is in slot n.
    numbers : dict of slot to float
    constants : dict of slot to index into p
    fixed, moving : tuple of Step
        Operations on numbers and constants only, and all others, in an order in which they can be done.
    roots : tuple of int
        Slot of each root.
    size : int
    """

    n: int
    delays: int
    switches: int
    numbers: dict[int, float]
    constants: dict[int, int]
    fixed: tuple[Step, ...]
    moving: tuple[Step, ...]
    roots: tuple[int, ...]
    size: int

    @property
    def inputs(self) -> int:
        """Number of slots that a call fills."""
        return self.n + 1 + self.delays + self.switches


def make_layout(
    roots: Sequence[Expression],
    *,
    states: Sequence[str],
    constants: Sequence[str],
    delays: Sequence[Expression] = (),
    relations: Iterable[Expression] = (),
) -> Layout:
    """Number all nodes below the roots."""
    relations = tuple(relations)
    n = len(states)
    inputs = n + 1 + len(delays) + len(relations)
    overrides = {node: n + 1 + k for k, node in enumerate((*delays, *relations))}
    of_state = {name: i for i, name in enumerate(states)}
    of_constant = {name: i for i, name in enumerate(constants)}
    slots: dict[Expression, int] = {}
    numbers: dict[int, float] = {}
    constant_slots: dict[int, int] = {}
    fixed: list[Step] = []
    moving: list[Step] = []
    stays: set[Expression] = set()
    for node in walk(roots):
        if node.op == "state":
            slots[node] = of_state[str(node.value)]
            continue
        if node.op == "time":
            slots[node] = n
            continue
        slot = slots[node] = inputs + len(numbers) + len(constant_slots) + len(fixed) + len(moving)
        if node.op == "number":
            numbers[slot] = float(node.value)  # pyright: ignore[reportArgumentType]
            stays.add(node)
        elif node.op == "constant":
            constant_slots[slot] = of_constant[str(node.value)]
            stays.add(node)
        else:
            override = overrides.get(node)
            step = Step(node.op, slot, tuple(slots[arg] for arg in node.args), override)
            if override is None and all(arg in stays for arg in node.args):
                fixed.append(step)
                stays.add(node)
            else:
                moving.append(step)
    return Layout(
        n=n,
        delays=len(delays),
        switches=len(relations),
        numbers=numbers,
        constants=constant_slots,
        fixed=tuple(fixed),
        moving=tuple(moving),
        roots=tuple(slots[root] for root in roots),
        size=inputs + len(numbers) + len(constant_slots) + len(fixed) + len(moving),
    )
