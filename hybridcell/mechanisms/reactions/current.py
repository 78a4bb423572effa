"""A definition with the values that a network has now in place of the file's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import ArrayLike

from hybridcell.mechanisms.reactions import elements as e
from hybridcell.mechanisms.reactions.equations import Equations


def changed_values(equations: Equations, values: ArrayLike) -> dict[str, float]:
    """Return the constants that differ from the file's, by id."""
    now = np.asarray(values, float)
    if now.shape != equations.values.shape:
        return {}
    differs = ~((now == equations.values) | (np.isnan(now) & np.isnan(equations.values)))
    return {equations.constants[i]: float(now[i]) for i in np.flatnonzero(differs)}


def with_changes(definition: e.Definition, changes: Mapping[str, float]) -> e.Definition:
    """Return the definition in which elements start from other numbers.

    Parameters
    ----------
    definition : Definition
    changes : mapping of id to number
        A species keeps its quantity: an amount replaces an amount, a concentration a concentration.
    """
    if not changes:
        return definition
    return replace(
        definition,
        compartments=tuple(_changed(c, changes, "size") for c in definition.compartments),
        species=tuple(_changed(s, changes, _start_of(s)) for s in definition.species),
        parameters=tuple(_changed(p, changes, "value") for p in definition.parameters),
        reactions=tuple(
            replace(
                r,
                reactants=tuple(_changed(one, changes, "stoichiometry") for one in r.reactants),
                products=tuple(_changed(one, changes, "stoichiometry") for one in r.products),
                local_parameters=tuple(_changed(p, changes, "value") for p in r.local_parameters),
            )
            for r in definition.reactions
        ),
    )


def _start_of(species: e.Species) -> str:
    if species.initial_amount is not None or (
        species.initial_concentration is None and species.only_substance
    ):
        return "initial_amount"
    return "initial_concentration"


def _changed(element: Any, changes: Mapping[str, float], attribute: str) -> Any:
    return replace(element, **{attribute: changes[element.id]}) if element.id in changes else element
