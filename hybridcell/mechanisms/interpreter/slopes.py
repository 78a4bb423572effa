"""dx/dt and its derivatives with respect to x as expressions, so that one evaluator serves them all."""

from __future__ import annotations

from collections.abc import Sequence

from hybridcell._core.expressions import Expression, apply, number
from hybridcell._core.expressions.calculus import partials
from hybridcell._core.expressions.expression import total, walk
from hybridcell.mechanisms.reactions.equations import Equations

_ZERO = number(0.0)
Slopes = dict[int, Expression]


def rates_of_change(equations: Equations) -> tuple[Expression, ...]:
    """Return N v + r, one expression per state.

    As sums over the entries of N and not as a matrix product, in which 0 times a rate that is not a number
    would spoil the states that the reaction does not touch.
    """
    gained: list[list[Expression]] = [[] for _ in equations.states]
    lost: list[list[Expression]] = [[] for _ in equations.states]
    for row, column, coefficient in zip(equations.rows, equations.columns, equations.coefficients):
        term = apply("mul", number(abs(float(coefficient))), equations.fluxes[column])
        (gained if coefficient > 0 else lost)[row].append(term)
    sums = []
    for i, (plus, minus) in enumerate(zip(gained, lost)):
        if i in equations.rates:
            plus.append(equations.rates[i])
        if not minus:
            sums.append(total(plus))
        elif not plus:
            sums.append(apply("neg", total(minus)))
        else:
            sums.append(apply("sub", total(plus), total(minus)))
    return tuple(sums)


def jacobian_terms(
    roots: Sequence[Expression], states: Sequence[str]
) -> tuple[list[int], list[int], list[Expression]]:
    """Return rows, columns and values of the derivatives of the roots with respect to the states.

    Forward through the graph, with one small table per node: the states it depends on and the slope with
    respect to each. Comparisons, steps and delayed values count as constant.
    """
    index = {name: i for i, name in enumerate(states)}
    tables: dict[Expression, Slopes] = {}
    for node in walk(roots):
        if node.op == "state":
            tables[node] = {index[str(node.value)]: number(1.0)}
        elif not node.args or node.op == "delay":
            tables[node] = {}
        else:
            tables[node] = _chained(node, [tables[arg] for arg in node.args])
    rows, columns, values = [], [], []
    for row, root in enumerate(roots):
        for column, value in tables[root].items():
            rows.append(row)
            columns.append(column)
            values.append(value)
    return rows, columns, values


def _chained(node: Expression, args: list[Slopes]) -> Slopes:
    if not any(args):
        return {}
    if node.op == "if":
        _, then, otherwise = args
        keys = dict.fromkeys((*then, *otherwise))
        return {
            key: apply("if", node.args[0], then.get(key, _ZERO), otherwise.get(key, _ZERO)) for key in keys
        }
    if node.op in ("add", "sub"):
        return _merged(args[0], args[1], node.op)
    merged: Slopes = {}
    for partial, slopes in zip(partials(node), args):
        if partial is None or not slopes:
            continue
        scaled = {key: apply("mul", partial, slope) for key, slope in slopes.items()}
        merged = _merged(merged, scaled, "add")
    return merged


def _merged(left: Slopes, right: Slopes, op: str) -> Slopes:
    merged = dict(left)
    for key, slope in right.items():
        if key in merged:
            merged[key] = apply(op, merged[key], slope)
        else:
            merged[key] = slope if op == "add" else apply("neg", slope)
    return merged
