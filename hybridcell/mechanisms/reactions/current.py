"""A definition with the values that a network has now in place of the file's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import ArrayLike

from hybridcell._core.errors import InvalidValueError
from hybridcell.mechanisms.reactions import elements as e
from hybridcell.mechanisms.reactions.equations import Equations
from hybridcell.mechanisms.reactions.start import starts_in


def changed_values(equations: Equations, values: ArrayLike) -> dict[str, float]:
    """Return the constants that differ from the file's, by id."""
    now = np.asarray(values, float)
    if now.shape != equations.values.shape:
        return {}
    differs = ~((now == equations.values) | (np.isnan(now) & np.isnan(equations.values)))
    changed = {equations.constants[i]: float(now[i]) for i in np.flatnonzero(differs)}
    twice = sorted(set(starts_in(changed)) & set(equations.constants))
    if twice:
        raise InvalidValueError(
            f"{twice[0]!r} starts from one number and is read elsewhere as another (starting_from); a file "
            "has one number for both. Write the network before it was given that start."
        )
    return changed


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
    starts = starts_in(changes)
    changes = {**changes, **starts}
    return replace(
        definition,
        initial_assignments=tuple(a for a in definition.initial_assignments if a.variable not in starts),
        compartments=tuple(_changed(c, changes, "size") for c in definition.compartments),
        species=tuple(
            _changed(_by_amount(s, starts), changes, _start_of(s, starts)) for s in definition.species
        ),
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


def _by_amount(species: e.Species, starts: Mapping[str, float]) -> e.Species:
    return replace(species, initial_concentration=None) if species.id in starts else species


def _start_of(species: e.Species, starts: Mapping[str, float]) -> str:
    if species.id in starts:
        return "initial_amount"
    if species.initial_amount is not None or (
        species.initial_concentration is None and species.only_substance
    ):
        return "initial_amount"
    return "initial_concentration"


def _changed(element: Any, changes: Mapping[str, float], attribute: str) -> Any:
    return replace(element, **{attribute: changes[element.id]}) if element.id in changes else element
