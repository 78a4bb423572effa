"""A statement with other nominal values, those in the arrays of its networks included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from hybridcell.fit.petab.networks import entry_ids
from hybridcell.io.petab.statement import Statement


def with_nominal_values(statement: Statement, values: Mapping[str, float]) -> Statement:
    """Return the statement with the values that are given, by id of parameters or entries of arrays."""
    parameters = tuple(replace(p, nominal=values.get(p.id, p.nominal)) for p in statement.parameters)
    networks = tuple(replace(use, arrays=_updated(use.id, use.arrays, values)) for use in statement.networks)
    return replace(statement, parameters=parameters, networks=networks)


def _updated(network: str, arrays: Mapping[str, Any], values: Mapping[str, float]) -> dict[str, Any]:
    found = {}
    for name, array in arrays.items():
        ids = entry_ids(network, name, array.value.shape)
        flat = [values.get(id, v) for id, v in zip(ids.ravel(), array.value.ravel())]
        found[name] = replace(array, value=np.array(flat).reshape(array.value.shape))
    return found
