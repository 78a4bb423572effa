"""Numbers where booleans are wanted. Booleans where numbers are wanted need nothing: they are 0 and 1."""

from __future__ import annotations

from hybridcell._core.expressions import Expression, apply, number
from hybridcell._core.expressions.expression import rebuilt
from hybridcell._core.expressions.operators import LOGIC, RELATIONS


def is_boolean(node: Expression) -> bool:
    """Whether a term is 0 or 1 whatever its leaves are."""
    while node.op == "if":  # along the "otherwise" branches, which is how a piecewise nests
        if not _plainly_boolean(node.args[1]):
            return False
        node = node.args[2]
    return _plainly_boolean(node)


def _plainly_boolean(node: Expression) -> bool:
    return node.op in RELATIONS or node.op in LOGIC or (node.is_number and node.value in (0.0, 1.0))


def truth(node: Expression) -> Expression:
    """Return a term as a boolean: anything but 0 is true."""
    if is_boolean(node):
        return node
    if node.is_number:
        return number(1.0)
    return apply("ne", node, number(0.0))


def with_truths(node: Expression, args: tuple[Expression, ...]) -> Expression | None:
    """Return an operation on booleans with its arguments made boolean; None for other operations."""
    if node.op in LOGIC:
        return rebuilt(node, tuple(map(truth, args)))
    if node.op == "if":
        return rebuilt(node, (truth(args[0]), *args[1:]))
    return None
