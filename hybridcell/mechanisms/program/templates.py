"""The shape of an expression: what is left of it when every leaf is a numbered slot.

Laws of one shape differ only in what their slots hold, so one template computes all of them at once, on
vectors.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias
from weakref import WeakValueDictionary

from hybridcell._core.expressions import Expression

#: Operator, references and a number. A reference i >= 0 is slot i, ~i is the value of step i. The number is
#: the exponent of `integer_power` and `reciprocal_power`, and the value of `number`.
Step: TypeAlias = tuple[str, tuple[int, ...], float]

_CHAINS = frozenset(("add", "mul"))
_COMMUTATIVE = frozenset(("add", "mul", "min", "max", "and", "or", "xor", "eq", "ne"))
#: Numbers that stay part of the shape; all others are operands.
_STRUCTURAL = (0.0, 1.0, -1.0)
_LARGEST_POWER = 8
_LEAF_KEY = 0
_KIND_RANK = {"number": 0, "constant": 1, "time": 2, "state": 3}


@dataclass(frozen=True, eq=False, weakref_slot=True, slots=True)
class Template:
    """An expression over slots. Equal templates are one object: hashing one costs nothing.

    Attributes
    ----------
    slots : int
        Number of operands.
    steps : tuple of Step
        Arguments before what uses them; the last one is the value.
    """

    slots: int
    steps: tuple[Step, ...]


_known: WeakValueDictionary[tuple[int, tuple[Step, ...]], Template] = WeakValueDictionary()


def _template(slots: int, steps: tuple[Step, ...]) -> Template:
    key = (slots, steps)
    found = _known.get(key)
    if found is None:
        found = _known[key] = Template(slots, steps)
    return found


def make_template(
    root: Expression, is_operand: Callable[[Expression], bool]
) -> tuple[Template, list[Expression]]:
    """Return the shape of a term and what fills its slots.

    Parameters
    ----------
    root : Expression
        No leaf.
    is_operand : callable
        Whether a node below the root is looked up instead of computed. Leaves must be.
    """
    builder = _Builder(root, is_operand)
    return _template(len(builder.operands), tuple(builder.steps)), builder.operands


class _Builder:
    """Normalizes one term and emits its steps, without recursion: files nest thousands of pieces."""

    def __init__(self, root: Expression, is_operand: Callable[[Expression], bool]):
        self.root = root
        self.is_operand = is_operand
        self.uses = Counter[Expression]()
        self.keys: dict[Expression, int] = {}
        self.children: dict[Expression, list[Expression]] = {}
        self.operands: list[Expression] = []
        self.steps: list[Step] = []
        self._slot: dict[Expression, int] = {}
        self._step: dict[Expression, int] = {}
        order = self._post_order(lambda node: node.args)
        #: A term of nothing but numbers needs a slot too.
        self.moving = any(not arg.is_number and self._leaf(arg) for node in order for arg in node.args)
        for node in order:
            self.uses.update(node.args)
        for node in order:
            self._normalize(node)
        for node in self._post_order(lambda node: self.children[node]):
            self._emit(node)

    def _leaf(self, node: Expression) -> bool:
        return node is not self.root and (node.is_number or self.is_operand(node))

    def _post_order(self, arguments: Callable[[Expression], object]) -> list[Expression]:
        """Return the nodes to compute, arguments first, in the order of `arguments`."""
        seen: set[Expression] = set()
        order: list[Expression] = []
        stack = [(self.root, False)]
        while stack:
            node, ready = stack.pop()
            if ready:
                order.append(node)
            elif node not in seen and not self._leaf(node):
                seen.add(node)
                stack.append((node, True))
                stack.extend((arg, False) for arg in reversed(list(arguments(node))))  # pyright: ignore
        return order

    def _normalize(self, node: Expression) -> None:
        """Settle the order of arguments and the key of the shape, those of the arguments being known."""
        parts = self._chain(node) if node.op in _CHAINS else list(node.args)
        power = structural_power(node)
        if power is not None:
            parts = parts[:1]
        if node.op in _COMMUTATIVE:
            parts.sort(key=self._rank)
        self.children[node] = parts
        text = repr((node.op, power, [self._key(part) for part in parts]))
        # a digest, not hash() or a counter: the same in every process, so that compiled programs are found
        # again
        self.keys[node] = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")

    def _chain(self, node: Expression) -> list[Expression]:
        """Return the terms of a sum or the factors of a product, through what nobody else uses."""
        found: list[Expression] = []
        for arg in node.args:
            inner = arg.op == node.op and self.uses[arg] == 1 and not self._leaf(arg)
            found.extend(self.children[arg] if inner else [arg])
        return found

    def _key(self, node: Expression) -> int:
        if not self._leaf(node):
            return self.keys[node]
        return 1 + _STRUCTURAL.index(node.value) if is_structural(node) else _LEAF_KEY  # pyright: ignore

    def _rank(self, node: Expression) -> tuple[int, int, int]:
        leaf = self._leaf(node)
        return self._key(node), self.uses[node] if leaf else 0, _KIND_RANK.get(node.op, 4) if leaf else 0

    def _emit(self, node: Expression) -> None:
        references = [self._reference(child) for child in self.children[node]]
        power = structural_power(node)
        if power is not None:
            op = "sqrt" if power == 0.5 else "integer_power" if power > 0 else "reciprocal_power"
            self._add(node, op, tuple(references), abs(power))
        elif node.op in _CHAINS:
            first = references[0]
            for other in references[1:]:
                first = self._add(node, node.op, (first, other), 0.0)
        else:
            self._add(node, node.op, tuple(references), 0.0)

    def _add(self, node: Expression, op: str, references: tuple[int, ...], value: float) -> int:
        self.steps.append((op, references, value))
        self._step[node] = len(self.steps) - 1
        return ~self._step[node]

    def _reference(self, node: Expression) -> int:
        if not self._leaf(node):
            return ~self._step[node]
        if is_structural(node) and self.moving:
            if node not in self._step:
                self._add(node, "number", (), float(node.value))  # pyright: ignore[reportArgumentType]
            return ~self._step[node]
        # a number is an operand of its own wherever it stands: two equal ones are no part of the shape
        if node.is_number or node not in self._slot:
            self._slot[node] = len(self.operands)
            self.operands.append(node)
        return self._slot[node]


def is_structural(node: Expression) -> bool:
    """Whether this is a number that belongs to the shape (-0.0 is not 0.0, and NaN is an operand)."""
    return node.is_number and node.value in _STRUCTURAL and repr(node.value) != "-0.0"


def structural_power(node: Expression) -> float | None:
    """Return the exponent where it belongs to the shape: small integers but 0 and 1, and one half."""
    if node.op != "pow" or not node.args[1].is_number:
        return None
    exponent = float(node.args[1].value)  # pyright: ignore[reportArgumentType]
    if exponent == 0.5:
        return exponent
    whole = exponent == int(exponent) if abs(exponent) <= _LARGEST_POWER else False
    return exponent if whole and exponent not in (0.0, 1.0) else None
