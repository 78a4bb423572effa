"""Expansions of neural pieces, run unit by unit on NumPy arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hybridcell._core.expressions import Expression
from hybridcell._core.expressions.expression import walk
from hybridcell._core.hole import Expansion
from hybridcell.mechanisms.interpreter.array_operations import ARRAY_OPERATIONS


def value_of(root: Expression, known: Mapping[str, Any]) -> Any:
    """Return a formula's value from those of its symbols."""
    found: dict[Expression, Any] = {}
    with np.errstate(all="ignore"):
        for node in walk([root]):
            if node.op == "number":
                found[node] = np.asarray(node.value, dtype=float)
            elif node.op == "symbol":
                found[node] = np.asarray(known[str(node.value)], dtype=float)
            else:
                found[node] = ARRAY_OPERATIONS[node.op](*[found[arg] for arg in node.args])
    return found[root]


def run(expansion: Expansion, known: Mapping[str, Any], numbers: Mapping[str, float] | None = None) -> Any:
    """Return the outputs of an expansion, stacked, for values of its inputs."""
    at: dict[str, Any] = {**known, **{n.id: n.value for n in expansion.numbers}, **(numbers or {})}
    for id, formula in expansion.units:
        at[id] = value_of(formula, at)
    return np.stack([at[id] for id in expansion.outputs])


def drawn(expansion: Expansion, seed: int, scale: float = 1.0) -> dict[str, float]:
    """Return random numbers in place of the first ones, of the sign that each may have."""
    rng = np.random.default_rng(seed)
    values = {n.id: scale * rng.normal() for n in expansion.numbers}
    positive = {n.id for n in expansion.numbers if n.freedom.transform == "log"}
    return {id: np.exp(np.clip(v, -20, 20)) if id in positive else v for id, v in values.items()}
