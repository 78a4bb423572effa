"""States of either sign: differences, such as the distance of a species from its set point."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np
from jaxtyping import Bool

from hybridcell._core.expressions import Expression
from hybridcell._core.expressions.expression import state, walk
from hybridcell.mechanisms.reactions.equations import Equations

_found: WeakKeyDictionary[Equations, np.ndarray] = WeakKeyDictionary()

_EVEN = frozenset({"abs", "exp", "sqrt", "cosh", "factorial", "acos"})
_EITHER = frozenset({"ln", "log10", "sin", "cos", "tan"})
_TRUTHS = frozenset({"lt", "le", "gt", "ge", "eq", "ne", "and", "or", "xor", "not"})


def signed(equations: Equations) -> Bool[np.ndarray, " n"]:
    """Return which states can fall below zero, as far as the form of laws tells.

    Such a state is taken from where nothing of it is left: by ``prey - 1``, which is negative for a small
    prey, or by a constant flux. Constants count as positive, and other states as far as they are not of
    either sign themselves. That a state starts below zero is not looked at.

    Parameters
    ----------
    equations : Equations

    Returns
    -------
    ndarray of bool, shape (n,)

    Examples
    --------
    >>> import hybridcell as hc
    >>> from hybridcell.mechanisms.reactions.signs import signed
    >>> network = hc.read_sbml("S -> P; k*S - r*P; -> x; P - 1; k = 1; r = 2; S = 1; P = 0; x = 0")
    >>> dict(zip(network.equations.states, signed(network.equations).tolist()))
    {'S': False, 'P': False, 'x': True}
    """
    if equations not in _found:
        _found[equations] = _look(equations)
    return _found[equations]


def _look(equations: Equations) -> np.ndarray:
    laws: list[list[tuple[float, Expression]]] = [[] for _ in range(equations.n)]
    for row, column, coefficient in zip(equations.rows, equations.columns, equations.coefficients):
        laws[row].append((float(coefficient), equations.fluxes[column]))
    for row, rate in equations.rates.items():
        laws[row].append((1.0, rate))
    leaves = [state(name) for name in equations.states]
    below: set[Expression] = set()
    while True:  # what a state of either sign moves may be one, too
        new = {
            leaf
            for leaf, moved in zip(leaves, laws)
            if leaf not in below and any(_takes(law, sign, leaf, below) for sign, law in moved)
        }
        if not new:
            return np.asarray([leaf in below for leaf in leaves])
        below |= new


def _takes(law: Expression, sign: float, leaf: Expression, below: set[Expression]) -> bool:
    """Tell whether a law times a sign can be negative where a leaf is zero."""
    can_fall, can_rise = _signs(law, leaf, below)
    return can_fall if sign > 0 else can_rise


def _signs(law: Expression, leaf: Expression, below: set[Expression]) -> tuple[bool, bool]:
    """Return whether a term can be negative, and positive, where a leaf is zero."""
    known: dict[Expression, tuple[bool, bool]] = {}
    for node in walk([law]):
        if node is leaf:
            known[node] = False, False
        elif node.is_number:
            value = float(node.value or 0)
            known[node] = value < 0, value > 0
        else:
            known[node] = _combined(node, [known[arg] for arg in node.args], below)
    return known[law]


def _combined(node: Expression, args: list[tuple[bool, bool]], below: set[Expression]) -> tuple[bool, bool]:
    """Return the signs of an operation on terms of these signs."""
    match node.op:
        case "add" | "min" | "max":
            return args[0][0] or args[1][0], args[0][1] or args[1][1]
        case "sub":
            return args[0][0] or args[1][1], args[0][1] or args[1][0]
        case "mul" | "div":
            (a_falls, a_rises), (b_falls, b_rises) = args
            return (a_falls and b_rises) or (a_rises and b_falls), (a_falls and b_falls) or (
                a_rises and b_rises
            )
        case "neg":
            return args[0][1], args[0][0]
        case "pow":
            return args[0][0] and not _is_even(node.args[1]), any(args[0])
        case "if":
            return args[1][0] or args[2][0], args[1][1] or args[2][1]
    if node.op in _EITHER:
        return True, True
    if node.op in _EVEN or node.op in _TRUTHS or not args:
        return node in below, True
    return args[0]  # as odd functions are, and what is delayed


def _is_even(exponent: Expression) -> bool:
    return exponent.is_number and float(exponent.value or 0) % 2 == 0
