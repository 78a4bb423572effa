"""The places where equations read the past."""

from __future__ import annotations

from hybridcell._core.expressions import Expression
from hybridcell._core.expressions.expression import walk
from hybridcell.mechanisms.reactions.equations import Equations


def delay_terms(equations: Equations) -> tuple[Expression, ...]:
    """Return every `delay` node of what moves the state and of what can be observed, inner before outer ones.

    The order is that in which backends pass delayed values.
    """
    roots = [
        *equations.dynamic,
        *equations.observables.values(),
        *equations.amounts.values(),
        *equations.concentrations.values(),
    ]
    return tuple(node for node in walk(roots) if node.op == "delay")


def delay_depth(equations: Equations) -> int:
    """Return how deep `delay` nodes are nested: 0 without any, 1 where none looks at another."""
    depth: dict[Expression, int] = {}
    for node in walk(delay_terms(equations)):
        depth[node] = max((depth[arg] for arg in node.args), default=0) + (node.op == "delay")
    return max(depth.values(), default=0)
