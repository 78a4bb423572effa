"""The rates of a network as sums of terms, so that turnover and every conserved sum can be told.

A flux k1 A - k2 B is two terms. Each distinct term stands once, whoever reads it: rate rules that share a
term keep sums of parameters constant just as reactions do for species. The net rate of a state against the
sum of its terms' sizes is a measure of rest that knows no units.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from jaxtyping import Float, Int

from hybridcell._core.expressions import Expression
from hybridcell._core.expressions.expression import apply as operation
from hybridcell._core.expressions.expression import number, product, rewrite, walk
from hybridcell.mechanisms.reactions.conservation import as_fraction, as_integers
from hybridcell.mechanisms.reactions.elimination import left_null_space
from hybridcell.mechanisms.reactions.equations import Equations

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Factors above and below the fraction line -> coefficient.
Sum: TypeAlias = dict[tuple[tuple[Expression, ...], tuple[Expression, ...]], float]

#: Products of sums are multiplied out up to this many terms; beyond, they stand as one.
_MOST_TERMS = 32


@dataclass(frozen=True, eq=False)
class Terms:
    """F = weights @ terms: rows as in `System.rhs`, differential ones first.

    Attributes
    ----------
    expressions : tuple of Expression, length k
    weights : sparse array, shape (n, k)
    laws : ndarray, shape (l, n)
        Sums of states that stay constant between events.
    dependent : ndarray of int, shape (l,)
        A row of F for each law that the others make superfluous.
    n_differential : int
        Rows before those of the residuals.
    """

    expressions: tuple[Expression, ...]
    weights: csr_array
    laws: Float[np.ndarray, "l n"]
    dependent: Int[np.ndarray, " l"]
    n_differential: int


def make_terms(equations: Equations) -> Terms:
    """Split the rates of a network; what is delayed counts as it is at rest, where the past is like now."""
    from scipy.sparse import csr_array

    rows = _rows(equations)
    order: dict[object, int] = {
        key: k for k, key in enumerate(dict.fromkeys(key for row in rows for key in row))
    }
    if equations.differential is None:
        mixed = rows
    else:
        n, a = equations.n, len(equations.residuals)
        mixed = [
            _added([(float(row[i]), rows[i]) for i in np.flatnonzero(row)]) for row in equations.differential
        ] + rows[n : n + a]
    entries = [(d, order[key], c) for d, row in enumerate(mixed) for key, c in row.items() if c]
    i, j, c = (np.array(column) for column in zip(*entries)) if entries else (np.zeros(0, int),) * 3
    n_differential = len(mixed) - len(equations.residuals)
    laws, dependent = _laws(equations, mixed[:n_differential])
    return Terms(
        expressions=tuple(_expression(key) for key in order),  # pyright: ignore[reportArgumentType]
        weights=csr_array((c.astype(float), (i, j)), shape=(len(mixed), len(order))),
        laws=laws,
        dependent=dependent,
        n_differential=n_differential,
    )


def _rows(equations: Equations) -> list[Sum]:
    """Return the rates of all states and then the residuals, each as a sum of terms."""
    roots = [*equations.fluxes, *equations.rates.values(), *equations.residuals]
    at_rest = rewrite(roots, lambda node, args: args[0] if node.op == "delay" else None)
    split = _split([at_rest[root] for root in roots])
    parts: list[list[tuple[float, Sum]]] = [[] for _ in range(equations.n)]
    for i, j, c in zip(equations.rows, equations.columns, equations.coefficients):
        parts[i].append((float(c), split[at_rest[equations.fluxes[j]]]))
    for i, rate in equations.rates.items():
        parts[i].append((1.0, split[at_rest[rate]]))
    return [_added(part) for part in parts] + [split[at_rest[g]] for g in equations.residuals]


def _laws(equations: Equations, rows: list[Sum]) -> tuple[np.ndarray, np.ndarray]:
    columns: dict[object, dict[int, float]] = {}
    for d, row in enumerate(rows):
        for key, c in row.items():
            columns.setdefault(key, {})[d] = c
    finite = (column for column in columns.values() if all(map(np.isfinite, column.values())))
    whole = [as_integers({d: as_fraction(c) for d, c in column.items()}) for column in finite]
    basis = left_null_space(whole, range(len(rows)))
    combinations = np.zeros((len(basis), len(rows)))
    for k, y in enumerate(basis):
        combinations[k, list(y)] = [float(v) for v in y.values()]
    laws = combinations if equations.differential is None else combinations @ equations.differential
    return laws, np.array([next(iter(y)) for y in basis], int)


def _split(roots: Iterable[Expression]) -> dict[Expression, Sum]:
    """Return every node below the roots as a sum of terms."""
    roots = list(roots)
    place = {node: k for k, node in enumerate(walk(roots))}
    split: dict[Expression, Sum] = {}
    for node in place:
        args = [split[arg] for arg in node.args]
        whole: Sum = {((node,), ()): 1.0}
        if node.op == "number":
            split[node] = {((), ()): float(node.value)}  # pyright: ignore[reportArgumentType]
        elif node.op in ("add", "sub"):
            split[node] = _added([(1.0, args[0]), (1.0 if node.op == "add" else -1.0, args[1])])
        elif node.op == "neg":
            split[node] = {key: -c for key, c in args[0].items()}
        elif node.op == "mul" and len(args[0]) * len(args[1]) <= _MOST_TERMS:
            split[node] = _multiplied(args[0], args[1], place)
        elif node.op == "div" and len(args[1]) == 1:
            (((above, below), c),) = args[1].items()
            split[node] = _multiplied(args[0], {(below, above): 1.0 / c}, place) if c else whole
        elif node.op == "div":
            split[node] = _multiplied(args[0], {((), (node.args[1],)): 1.0}, place)
        else:
            split[node] = whole
    return split


def _added(parts: Iterable[tuple[float, Sum]]) -> Sum:
    total: Sum = {}
    for scale, part in parts:
        for key, c in part.items():
            total[key] = total.get(key, 0.0) + scale * c
    return total


def _multiplied(a: Sum, b: Sum, place: dict[Expression, int]) -> Sum:
    total: Sum = {}
    for (above_a, below_a), c in a.items():
        for (above_b, below_b), d in b.items():
            above = tuple(sorted(above_a + above_b, key=place.__getitem__))
            below = tuple(sorted(below_a + below_b, key=place.__getitem__))
            total[above, below] = total.get((above, below), 0.0) + c * d
    return total


def _expression(key: tuple[tuple[Expression, ...], tuple[Expression, ...]]) -> Expression:
    above, below = key
    numerator = product(above) if above else number(1.0)
    return operation("div", numerator, product(below)) if below else numerator
