"""Expressions: immutable nodes of a graph in which equal terms are one object."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from weakref import WeakValueDictionary

from hybridcell._core.expressions.operators import ARITY, LEAVES


class Expression:
    """A term. Equal terms are the same object, so that `is` compares and dictionaries by term are cheap.

    Attributes
    ----------
    op : str
        A key of `operators.ARITY`, a leaf of `operators.LEAVES`, or "call".
    args : tuple of Expression
    value : float, str or None
        The number, the id of a leaf, or the function that is called.
    """

    __slots__ = ("__weakref__", "args", "op", "value")
    op: str
    args: tuple[Expression, ...]
    value: float | str | None

    def __new__(
        cls, op: str, args: tuple[Expression, ...] = (), value: float | str | None = None
    ) -> Expression:
        """Return the node of this operation, the one that exists if it does."""
        # by repr, so that 0.0 and -0.0 stay apart and NaN is found again; the ids of arguments stay valid
        # as long as the node, which holds them
        key = (op, tuple(map(id, args)), repr(value) if isinstance(value, float) else value)
        node = _known.get(key)
        if node is None:
            node = object.__new__(cls)
            _set_op(node, op)
            _set_args(node, args)
            _set_value(node, value)
            _known[key] = node
        return node

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("Expressions are immutable.")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return Expression, (self.op, self.args, self.value)

    def __copy__(self) -> Expression:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Expression:
        return self

    @property
    def is_number(self) -> bool:
        """Whether this is a literal number."""
        return self.op == "number"

    def __repr__(self) -> str:
        from hybridcell._core.expressions.text import to_text

        return to_text(self, longest=2000)


# past __setattr__, and faster than object.__setattr__
_set_op, _set_args, _set_value = (vars(Expression)[name].__set__ for name in ("op", "args", "value"))
_known: WeakValueDictionary[tuple[object, ...], Expression] = WeakValueDictionary()


def number(value: float) -> Expression:
    """Return a literal."""
    return Expression("number", (), float(value))


def symbol(name: str) -> Expression:
    """Return an id whose meaning is settled later (species, parameter, reaction...)."""
    return Expression("symbol", (), name)


def state(name: str) -> Expression:
    """Return the entry of the state x with this id: the amount of a species, the value of anything else."""
    return Expression("state", (), name)


def constant(name: str) -> Expression:
    """Return the entry of the constants p with this id."""
    return Expression("constant", (), name)


def time() -> Expression:
    """Return the time."""
    return Expression("time")


def call(function: str, args: Iterable[Expression]) -> Expression:
    """Return the call of a user's function."""
    return Expression("call", tuple(args), function)


def apply(op: str, *args: Expression) -> Expression:
    """Return an operation, with numbers folded and neutral elements dropped.

    What is folded never changes a value, NaN and infinity included: x * 0 stays.
    """
    if len(args) != ARITY[op]:
        raise ValueError(f"{op} takes {ARITY[op]} arguments, not {len(args)}.")
    if op in ("add", "sub", "mul", "div", "pow", "neg", "if"):
        folded = _fold(op, args)
        if folded is not None:
            return folded
    return Expression(op, args)


def _fold(op: str, args: tuple[Expression, ...]) -> Expression | None:
    a, b = args[0], args[-1]
    if op == "if":
        return (args[1] if a.value else args[2]) if a.is_number else None
    if op == "neg":
        return number(-a.value) if a.is_number else a.args[0] if a.op == "neg" else None  # pyright: ignore
    if a.is_number and b.is_number:
        return _fold_numbers(op, float(a.value), float(b.value))  # pyright: ignore
    one_left, one_right = a is _ONE, b is _ONE
    if (op == "add" and a is _ZERO) or (op == "mul" and one_left):
        return b
    if (op in ("add", "sub") and b is _ZERO) or (op in ("mul", "div", "pow") and one_right):
        return a
    return None


def _fold_numbers(op: str, a: float, b: float) -> Expression | None:
    try:
        value = _FOLD[op](a, b)
    except (ZeroDivisionError, OverflowError, ValueError):
        return None  # left to the backends, which know infinity and NaN
    return number(value) if isinstance(value, float) and math.isfinite(value) else None


_FOLD: dict[str, Callable[[float, float], float]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": lambda a, b: a**b,
}
_ZERO, _ONE = number(0.0), number(1.0)


def total(terms: Iterable[Expression]) -> Expression:
    """Return a sum as a balanced tree, 0 of nothing."""
    return _balanced("add", list(terms), _ZERO)


def product(factors: Iterable[Expression]) -> Expression:
    """Return a product as a balanced tree, 1 of nothing."""
    return _balanced("mul", list(factors), _ONE)


def _balanced(op: str, terms: list[Expression], empty: Expression) -> Expression:
    while len(terms) > 1:
        pairs = [apply(op, *terms[i : i + 2]) for i in range(0, len(terms) - 1, 2)]
        terms = pairs + terms[len(terms) // 2 * 2 :]
    return terms[0] if terms else empty


def walk(roots: Iterable[Expression]) -> Iterator[Expression]:
    """Give every distinct node below the roots once, arguments before what uses them. No recursion."""
    seen: set[Expression] = set()
    for root in roots:
        stack: list[Expression | None] = [root]
        while stack:
            node = stack.pop()
            if node is None:  # what stands below the next one is done
                node = stack.pop()
            elif node.args and node not in seen:
                stack += (node, None, *node.args[::-1])
                continue
            if node not in seen:
                seen.add(node)  # pyright: ignore[reportArgumentType]
                yield node  # pyright: ignore[reportReturnType]


def rewrite(
    roots: Iterable[Expression], change: Callable[[Expression, tuple[Expression, ...]], Expression | None]
) -> dict[Expression, Expression]:
    """Return old node -> new node for everything below the roots.

    `change(node, new_args)` gives the new node, or None for the same operation on the new arguments.
    """
    new: dict[Expression, Expression] = {}
    for node in walk(roots):
        args = tuple(new[arg] for arg in node.args)
        changed = change(node, args)
        if changed is None:
            changed = rebuilt(node, args)
        new[node] = changed
    return new


def rebuilt(node: Expression, args: tuple[Expression, ...]) -> Expression:
    """Return the same operation on other arguments."""
    if args == node.args:
        return node
    return apply(node.op, *args) if node.op in ARITY else Expression(node.op, args, node.value)


def substitute(root: Expression, replacements: dict[Expression, Expression]) -> Expression:
    """Return the term with nodes replaced, all at once (replacements are not replaced again)."""
    return rewrite([root], lambda node, _: replacements.get(node))[root]


def leaves(roots: Iterable[Expression], op: str) -> tuple[str, ...]:
    """Return the ids of all leaves of one kind, in order of appearance."""
    assert op in LEAVES
    return tuple(str(node.value) for node in walk(roots) if node.op == op)
