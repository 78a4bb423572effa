"""Which terms are computed once and looked up afterwards, so that laws stay small and alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hybridcell._core.expressions import Expression
from hybridcell.mechanisms.program.operations import SAFE

#: A term that several roots share is computed once where that saves so many operations.
_WORTH_SHARING = 12
#: Templates of more operations are split: there is little hope for a second law of that shape.
LARGEST_TEMPLATE = 48
#: Sums of so many terms are added up by index instead of by an expression.
_LONG_SUM = 8
_COSTLY = {"pow": 8, "exp": 6, "ln": 6, "log10": 6, "factorial": 20, "sin": 6, "cos": 6, "tan": 8}
_HUGE = 10**9


@dataclass
class Cuts:
    """`nodes` are looked up by what stands above them; `sums` gives the signed terms of long sums."""

    nodes: set[Expression] = field(default_factory=set)
    sums: dict[Expression, list[tuple[float, Expression]]] = field(default_factory=dict)


def choose_cuts(
    roots: Sequence[Expression], is_operand: Callable[[Expression], bool], largest: int = LARGEST_TEMPLATE
) -> Cuts:
    """Choose what is computed once. What may be singular stays in the branch that protects it.

    Terms of more than `largest` operations are split.
    """
    order = inner_nodes(roots, is_operand)
    graph = _Graph(order, set(roots))
    cuts = Cuts()
    _share(graph, roots, cuts)
    _split(graph, cuts, largest)
    return cuts


def inner_nodes(roots: Sequence[Expression], is_operand: Callable[[Expression], bool]) -> list[Expression]:
    """Return every node that must be computed, arguments first."""
    seen: set[Expression] = set()
    order: list[Expression] = []
    for root in roots:
        stack = [(root, False)]
        while stack:
            node, ready = stack.pop()
            if ready:
                order.append(node)
            elif node not in seen and not is_operand(node):
                seen.add(node)
                stack.append((node, True))
                stack.extend((arg, False) for arg in reversed(node.args))
    return order


class _Graph:
    """What decides about cuts, node by node."""

    def __init__(self, order: list[Expression], roots: set[Expression]):
        self.order = order
        self.inner = set(order)
        self.uses = dict.fromkeys(order, 0)
        self.size: dict[Expression, int] = {}
        self.safe: dict[Expression, bool] = {}
        for node in order:
            args = [arg for arg in node.args if arg in self.inner]
            for arg in args:
                self.uses[arg] += 1
            self.size[node] = min(_HUGE, _COSTLY.get(node.op, 1) + sum(self.size[arg] for arg in args))
            self.safe[node] = node.op not in SAFE and all(self.safe[arg] for arg in args)
        for root in roots & self.inner:
            self.uses[root] += 1
        self.terms: dict[Expression, int] = {}
        for node in order:
            if node.op in ("add", "sub", "neg"):
                self.terms[node] = sum(self.terms[arg] if self.chained(arg) else 1 for arg in node.args)
        self.always = dict.fromkeys(order, False)

    def chained(self, node: Expression) -> bool:
        """Whether a term of a sum is itself a sum that nobody else uses."""
        return node in self.terms and self.uses[node] == 1

    def may_cut(self, node: Expression) -> bool:
        return self.always[node] or self.safe[node]


def _share(graph: _Graph, roots: Sequence[Expression], cuts: Cuts) -> None:
    """Cut what several roots share and long sums, from the top down."""
    owners = dict.fromkeys(graph.order, 0)
    fresh = 0
    for root in dict.fromkeys(roots):
        if root in graph.inner:
            owners[root] |= 1 << fresh
            graph.always[root] = True
            fresh += 1
    inside_sum: set[Expression] = set()
    for node in reversed(graph.order):
        if node in inside_sum:
            continue
        owner, always = owners[node], graph.always[node]
        shared = owner.bit_count() - 1
        long_sum = graph.terms.get(node, 0) >= _LONG_SUM
        if graph.may_cut(node) and (
            long_sum or (graph.size[node] >= 3 and shared * graph.size[node] >= _WORTH_SHARING)
        ):
            cuts.nodes.add(node)
            owner = 1 << fresh
            fresh += 1
        if long_sum and node in cuts.nodes:
            cuts.sums[node] = _flatten(node, graph, inside_sum)
            for _, term in cuts.sums[node]:
                if term in graph.inner:
                    cuts.nodes.add(term)
                    owners[term] |= owner
                    graph.always[term] |= always
            continue
        for position, arg in enumerate(node.args):
            if arg in graph.inner:
                owners[arg] |= owner
                graph.always[arg] |= always and not (node.op == "if" and position > 0)


def _flatten(node: Expression, graph: _Graph, inside: set[Expression]) -> list[tuple[float, Expression]]:
    """Return the terms of a sum with their signs; the sums within go to `inside`."""
    found: list[tuple[float, Expression]] = []
    stack = [(1.0, node)]
    while stack:
        sign, term = stack.pop()
        if term is not node and not graph.chained(term):
            found.append((sign, term))
            continue
        if term is not node:
            inside.add(term)
        last = -sign if term.op in ("sub", "neg") else sign
        stack.append((last, term.args[-1]))
        if term.op != "neg":
            stack.append((sign, term.args[0]))
    return found


def _split(graph: _Graph, cuts: Cuts, largest: int) -> None:
    """Cut terms that are too large, from the bottom up, at their largest arguments."""
    left: dict[Expression, int] = {}
    for node in graph.order:
        parts = {arg: left[arg] for arg in node.args if arg in graph.inner and arg not in cuts.nodes}
        for arg in sorted(parts, key=lambda arg: -parts[arg]):
            if 1 + sum(parts.values()) <= largest:
                break
            if parts[arg] > 3 and graph.may_cut(arg):
                cuts.nodes.add(arg)
                del parts[arg]
        left[node] = min(_HUGE, 1 + sum(parts.values()))
