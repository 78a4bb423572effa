"""Expressions as plain tables, for files, and back."""

from __future__ import annotations

from typing import Any

from hybridcell._core.errors import FileFormatError
from hybridcell._core.expressions.expression import Expression, walk
from hybridcell._core.expressions.operators import ARITY, LEAVES


def to_table(root: Expression) -> list[list[Any]]:
    """Return one row for each node, arguments first: operator, positions of arguments, value as text."""
    place: dict[Expression, int] = {}
    rows: list[list[Any]] = []
    for node in walk([root]):
        place[node] = len(rows)
        value = repr(node.value) if isinstance(node.value, float) else node.value
        rows.append([node.op, [place[arg] for arg in node.args], value])
    return rows


def from_table(rows: Any) -> Expression:
    """Return the expression of a table.

    Raises
    ------
    FileFormatError
        On anything that `to_table` does not write: a file may be damaged.
    """
    nodes: list[Expression] = []
    if not isinstance(rows, list) or not rows:
        raise FileFormatError("The file holds an empty formula; it is damaged.")
    for row in rows:
        nodes.append(_node(row, nodes))
    return nodes[-1]


def _node(row: Any, nodes: list[Expression]) -> Expression:
    try:
        op, places, value = row
        args = tuple(nodes[place] for place in places if 0 <= place < len(nodes))
    except (TypeError, ValueError):
        raise FileFormatError("The file holds a formula of another form; it is damaged.") from None
    count = ARITY.get(op) if isinstance(op, str) else None
    known = op in LEAVES or op == "call" or count is not None
    if not known or len(args) != len(places) or (count is not None and len(args) != count):
        raise FileFormatError(f"The file holds a formula with {op!r:.40} of {len(places)} arguments.")
    if op == "number":
        try:
            return Expression("number", (), float(value))
        except (TypeError, ValueError):
            raise FileFormatError(f"The file holds {value!r:.40} as a number of a formula.") from None
    if op in ("symbol", "state", "constant", "call") and not isinstance(value, str):
        raise FileFormatError(f"The file holds a formula whose {op} has no name.")
    return Expression(op, args, value if op in ("symbol", "state", "constant", "call") else None)
