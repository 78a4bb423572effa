"""States that only grow from themselves: a prey, an infection, a population of cells."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np
from jaxtyping import Bool

from hybridcell._core.expressions import Expression
from hybridcell._core.expressions.expression import state, walk
from hybridcell.mechanisms.reactions.equations import Equations

_found: WeakKeyDictionary[Equations, np.ndarray] = WeakKeyDictionary()


def self_grown(equations: Equations) -> Bool[np.ndarray, " n"]:
    """Return which states can grow, and stay at zero for ever once they are there.

    Nothing but themselves brings them back: how small they have become decides when. It is read from the
    form of the laws, where a factor that vanishes with the state makes a law vanish; a law that vanishes in
    another way is taken for one that does not.

    Parameters
    ----------
    equations : Equations

    Returns
    -------
    ndarray of bool, shape (n,)

    Examples
    --------
    >>> import hybridcell as hc
    >>> from hybridcell.mechanisms.reactions.self_growth import self_grown
    >>> epidemic = hc.read_sbml("S + I -> 2 I; b*S*I; I -> R; c*I; b = 1; c = 0.5; S = 1; I = 0.01; R = 0")
    >>> dict(zip(epidemic.equations.states, self_grown(epidemic.equations).tolist()))
    {'S': False, 'I': True, 'R': False}
    """
    if equations not in _found:
        _found[equations] = _look(equations)
    return _found[equations]


def _look(equations: Equations) -> np.ndarray:
    grown = np.zeros(equations.n, bool)
    if equations.differential is not None:  # what algebra determines is not moved by laws alone
        return grown
    laws: list[list[tuple[float, Expression]]] = [[] for _ in range(equations.n)]
    for row, column, coefficient in zip(equations.rows, equations.columns, equations.coefficients):
        laws[row].append((float(coefficient), equations.fluxes[column]))
    for row, rate in equations.rates.items():
        laws[row].append((-1.0 if _is_negative(rate) else 1.0, rate))
    for row, moved in enumerate(laws):
        if any(coefficient > 0 for coefficient, _ in moved):
            leaf = state(equations.states[row])
            # producing laws first: one that does not read the state at all is what most states have
            moved = sorted(moved, key=lambda pair: -pair[0])
            grown[row] = all(_vanishes(law, leaf) for _, law in moved)
    return grown


def _vanishes(law: Expression, leaf: Expression) -> bool:
    """Tell whether a law is zero wherever a leaf is, as far as its form tells."""
    zero: dict[Expression, bool] = {}
    for node in walk([law]):
        args = [zero[arg] for arg in node.args]
        match node.op:
            case "mul" | "min":
                found = any(args) if node.op == "mul" else all(args)
            case "add" | "sub" | "max":
                found = all(args)
            case "div":
                found = args[0] and not args[1]
            case "pow":
                exponent = node.args[1]
                found = args[0] and not (exponent.is_number and float(exponent.value or 0) <= 0)
            case "neg" | "abs" | "sqrt" | "tanh" | "sin" | "sinh" | "atan":
                found = args[0]
            case "if":
                found = args[1] and args[2]
            case _:
                found = node is leaf or (node.is_number and node.value == 0)
        zero[node] = found
    return zero[law]


def _is_negative(rate: Expression) -> bool:
    """Tell whether an expression is minus something, as far as its form tells."""
    if rate.is_number:
        return float(rate.value or 0) < 0
    if rate.op == "neg":
        return not _is_negative(rate.args[0])
    if rate.op in ("mul", "div"):
        return _is_negative(rate.args[0]) != _is_negative(rate.args[1])
    if rate.op == "add":
        return _is_negative(rate.args[0]) and _is_negative(rate.args[1])
    if rate.op == "sub":
        return _is_negative(rate.args[0]) and not _is_negative(rate.args[1])
    return False
