"""How long formulas become in programs that put assignment rules in place of their variables."""

from __future__ import annotations

from hybridcell._core.expressions import Expression
from hybridcell._core.expressions.expression import walk
from hybridcell.mechanisms.reactions.elements import Definition


def inlined_products(definition: Definition) -> int:
    """Return the number of products in all laws and rules, those of the variables they read included."""
    ruled = {r.variable: r.math for r in definition.rules if r.kind == "assignment" and r.math is not None}
    known: dict[str, int] = {}
    for variable in ruled:
        _expand(variable, ruled, known)
    others = [r.math for r in definition.rules if r.kind != "assignment"]
    laws = [r.law for r in definition.reactions]
    return sum(known.values()) + sum(_products(m, known) for m in (*others, *laws) if m is not None)


def _expand(variable: str, ruled: dict[str, Expression], known: dict[str, int]) -> None:
    """Count the products of a rule and of all that it reads, without recursion: rules make long chains."""
    stack = [variable]
    while stack:
        top = stack[-1]
        if top in known:
            stack.pop()
            continue
        read = {str(node.value) for node in walk([ruled[top]]) if node.op == "symbol"}
        missing = [id for id in read if id in ruled and id not in known]
        if missing:
            stack.extend(missing)
        else:
            known[top] = _products(ruled[top], known)
            stack.pop()


def _products(math: Expression, known: dict[str, int]) -> int:
    counts: dict[Expression, int] = {}
    for node in walk([math]):
        own = int(node.op == "mul") if node.op != "symbol" else known.get(str(node.value), 0)
        counts[node] = own + sum(counts[arg] for arg in node.args)
    return counts[math]
