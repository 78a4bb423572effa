"""Weights as numbers in the math, the small ones left away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.expressions import Expression, number, symbol
from hybridcell._core.expressions.expression import rewrite, substitute, walk
from hybridcell._core.hole import Hole
from hybridcell.io.sbml.learned import NUMBERS
from hybridcell.mechanisms.interpreter import Interpreter
from hybridcell.mechanisms.reactions.elements import Definition
from hybridcell.mechanisms.reactions.equations import Equations
from hybridcell.mechanisms.reactions.network import ReactionNetwork

#: Weights of one file: more make files of hundreds of megabytes, which no simulator loads.
MOST_WEIGHTS = 2_000_000


def check_weights(network: ReactionNetwork) -> None:
    """Refuse weights that are not finite, and more of them than a file can hold."""
    values = values_of(network)
    for hole in network.holes:
        for id in (*hole.weights, *hole.scales, *hole.amplitudes.values()):
            if id and not np.isfinite(values[id]):
                raise InvalidValueError(
                    f"{id!r} of the neural {hole.kind} of {', '.join(hole.targets)} is {values[id]}; wanted "
                    "a finite number. Export the model of a fit that succeeded, or use neural='omit'."
                )
    check_count(sum(len(hole.weights) for hole in network.holes))


def check_count(n: int) -> None:
    """Refuse to write more weights than any simulator loads."""
    if n > MOST_WEIGHTS:
        raise InvalidValueError(
            f"The neural part has {n:,} weights; at most {MOST_WEIGHTS:,} are written as formulas. Use fewer "
            "units, a prune threshold on a smaller model, or neural='omit'."
        )


def values_of(network: ReactionNetwork) -> dict[str, float]:
    """Return the values of the constants, by id."""
    return dict(zip(network.equations.constants, np.asarray(network.values, dtype=float).tolist()))


def with_numbers(
    definition: Definition, parts: Mapping[str, tuple[Hole, str]], values: Mapping[str, float]
) -> Definition:
    """Return the definition in which weights, scales and amplitudes are numbers in the math."""
    ids = {id for id, (_, part) in parts.items() if part in NUMBERS}
    changed = _with_replaced(definition, {symbol(id): number(values[id]) for id in ids})
    return replace(changed, parameters=tuple(p for p in changed.parameters if p.id not in ids))


def pruned(
    network: ReactionNetwork, definition: Definition, threshold: float, states: np.ndarray, times: np.ndarray
) -> tuple[Definition, int]:
    """Return the definition without the terms of small weights, and how many those were.

    Parameters
    ----------
    network : ReactionNetwork
    definition : Definition
        Of the network, with weights as parameters.
    threshold : float
        Of ``|weight| * largest |input of the weight|``.
    states : ndarray, shape (T, n)
        Where inputs are looked at.
    times : ndarray, shape (T,)
    """
    if threshold <= 0:
        return definition, 0
    values = values_of(network)
    weights = {symbol(id) for hole in network.holes for id in hole.weights}
    terms = {
        node: node.args[1]
        for node in walk(_maths(definition))
        if node.op == "mul" and node.args[0] in weights
    }
    sizes = _largest(network.equations, list(dict.fromkeys(terms.values())), network, states, times)
    small = {
        term: number(0.0)
        for term, value in terms.items()
        if abs(values[str(term.args[0].value)]) * sizes[value] < threshold
    }
    # the negative of nothing is nothing too, and not the number -0 that a sum would keep
    negative = {
        node: number(0.0) for node in walk(_maths(definition)) if node.op == "neg" and node.args[0] in small
    }
    left_out = {str(term.args[0].value) for term in small}
    changed = _with_replaced(definition, {**small, **negative})
    kept = tuple(p for p in changed.parameters if p.id not in left_out)
    return replace(changed, parameters=kept), len(small)


def _largest(
    equations: Equations,
    values: list[Expression],
    network: ReactionNetwork,
    states: np.ndarray,
    times: np.ndarray,
) -> dict[Expression, float]:
    observed = {symbol(id): value for id, value in equations.observables.items()}
    read = Interpreter([substitute(value, observed) for value in values], equations)
    p = np.asarray(network.values, dtype=float)
    with np.errstate(all="ignore"):
        largest = np.abs(read(times, states.T, p)).max(axis=1)
    return dict(zip(values, np.where(np.isfinite(largest), largest, np.inf).tolist()))


def _maths(definition: Definition) -> list[Expression]:
    found: Iterable[Expression | None] = (
        *(one.math for one in (*definition.rules, *definition.initial_assignments)),
        *(reaction.law for reaction in definition.reactions),
    )
    return [math for math in found if math is not None]


def _with_replaced(definition: Definition, replacements: Mapping[Expression, Expression]) -> Definition:
    new = rewrite(_maths(definition), lambda node, _: replacements.get(node))

    def of(math: Expression | None) -> Expression | None:
        return None if math is None else new[math]

    return replace(
        definition,
        rules=tuple(replace(r, math=of(r.math)) for r in definition.rules),
        initial_assignments=tuple(replace(a, math=of(a.math)) for a in definition.initial_assignments),
        reactions=tuple(replace(r, law=of(r.law)) for r in definition.reactions),
    )
