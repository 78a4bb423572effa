"""Equations of small mass-action networks, made by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from hybridcell._core.expressions import constant, state
from hybridcell._core.expressions.expression import product
from hybridcell.mechanisms.reactions.equations import Equations


def network(n: int, reactions: list[dict[int, float]], **changes: Any) -> Equations:
    """Return mass-action equations over species s0, s1, ... with rate constants k0, k1, ..."""
    names = tuple(f"s{i}" for i in range(n))
    entries = [(i, j, c) for j, column in enumerate(reactions) for i, c in column.items()]
    rows, columns, coefficients = (np.array(a) for a in zip(*entries)) if entries else (np.zeros(0, int),) * 3
    fluxes = tuple(
        product([constant(f"k{j}"), *(state(names[i]) for i, c in column.items() if c < 0)])
        for j, column in enumerate(reactions)
    )
    observables = {name: state(name) for name in names}
    constants = (*names, *(f"k{j}" for j in range(len(reactions))))
    fields: dict[str, Any] = {
        "states": names,
        "discrete": np.zeros(n, bool),
        "constants": constants,
        "values": np.linspace(1.0, 2.0, len(constants)),
        "initial": tuple(constant(name) for name in names),
        "reactions": tuple(f"v{j}" for j in range(len(reactions))),
        "fluxes": fluxes,
        "rows": rows.astype(int),
        "columns": columns.astype(int),
        "coefficients": coefficients.astype(float),
        "rates": {},
        "differential": None,
        "residuals": (),
        "events": (),
        "switches": (),
        "observables": observables,
        "amounts": observables,
        "concentrations": observables,
    }
    return Equations(**{**fields, **changes})
