"""Formulas over ids, evaluated with arrays in place of the ids."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hybridcell._core.expressions import Expression
from hybridcell._core.expressions.expression import walk
from hybridcell.mechanisms.interpreter.array_operations import ARRAY_OPERATIONS


def evaluate(math: Expression, values: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return what a formula gives for arrays by id ("time" for the time); they broadcast."""
    done: dict[Expression, np.ndarray] = {}
    with np.errstate(all="ignore"):
        for node in walk([math]):
            if node.op in ("symbol", "time"):
                done[node] = np.asarray(values[str(node.value or "time")], dtype=float)
            elif node.is_number:
                done[node] = np.asarray(node.value, dtype=float)
            else:
                done[node] = np.asarray(ARRAY_OPERATIONS[node.op](*(done[arg] for arg in node.args)))
    return done[math]


def is_plain(math: Expression) -> bool:
    """Whether a formula can be evaluated from the values of ids alone: no user's functions, no past."""
    return all(
        node.op in ("symbol", "time", "number") or (node.op in ARRAY_OPERATIONS and node.op != "delay")
        for node in walk([math])
    )
