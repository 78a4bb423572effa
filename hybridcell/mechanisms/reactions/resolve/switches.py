"""Comparisons that flip while time goes on, and the times at which they do where those are known."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hybridcell._core.expressions import Expression, apply, number, time
from hybridcell._core.expressions.calculus import derivative
from hybridcell._core.expressions.expression import substitute, walk
from hybridcell._core.expressions.operators import LOGIC, RELATIONS
from hybridcell.mechanisms.reactions.equations import Switch

_STEPS = frozenset((*RELATIONS, *LOGIC, "abs", "floor", "ceil", "min", "max", "quotient", "rem", "delay"))
_ONE = number(1.0)


def switches(
    triggers: Iterable[Expression], rates: Iterable[Expression], discrete: set[str]
) -> tuple[Switch, ...]:
    """Return every comparison of these terms that can flip between events.

    What stands inside a delay is compared in the past, and is no switch. `discrete` are the states that only
    events change.
    """
    in_trigger = dict.fromkeys(_relations(triggers))
    in_rate = dict.fromkeys(_relations(rates))
    both = [*in_trigger, *(relation for relation in in_rate if relation not in in_trigger)]
    moving = _moving(both, discrete)
    return tuple(
        _switch(relation, discrete, relation in in_trigger, relation in in_rate)
        for relation in both
        if relation in moving
    )


def reads_moving(root: Expression, discrete: set[str]) -> bool:
    """Whether a term reads a state that changes between events, or the past."""
    return any(_moves(node, discrete) for node in walk([root]))


def reads_through_a_step(root: Expression, is_leaf: Callable[[Expression], bool]) -> bool:
    """Whether a leaf is read by a comparison, a condition or another step function."""
    reads: set[Expression] = set()
    for node in walk([root]):
        if any(arg in reads for arg in node.args):
            if node.op in _STEPS or (node.op == "if" and node.args[0] in reads):
                return True
            reads.add(node)
        elif not node.args and is_leaf(node):
            reads.add(node)
    return False


def _switch(relation: Expression, discrete: set[str], in_trigger: bool, in_rate: bool) -> Switch:
    root = apply("sub", *relation.args)
    return Switch(
        relation=relation,
        root=root,
        time=None if reads_moving(root, discrete) else _zero(root),
        in_trigger=in_trigger,
        in_rate=in_rate,
    )


def _zero(root: Expression) -> Expression | None:
    """Return the time at which a term is 0, where it is linear in time."""
    clock = time()
    if reads_through_a_step(root, lambda leaf: leaf is clock):
        return None
    slope = derivative(root, lambda leaf: _ONE if leaf is clock else None)
    if any(node is clock for node in walk([slope])):
        return None
    return apply("div", apply("neg", substitute(root, {clock: number(0.0)})), slope)


def _relations(roots: Iterable[Expression]) -> Iterable[Expression]:
    """Give the comparisons below the roots, not looking into delays."""
    seen: set[Expression] = set()
    waiting = list(reversed(list(roots)))
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        if node.op in RELATIONS:
            yield node
        waiting.extend(node.args[1:] if node.op == "delay" else node.args)


def _moving(roots: Iterable[Expression], discrete: set[str]) -> set[Expression]:
    """Return the nodes that change between events."""
    moving: set[Expression] = set()
    for node in walk(roots):
        if node.op == "time" or _moves(node, discrete) or any(arg in moving for arg in node.args):
            moving.add(node)
    return moving


def _moves(node: Expression, discrete: set[str]) -> bool:
    return node.op == "delay" or (node.op == "state" and node.value not in discrete)
