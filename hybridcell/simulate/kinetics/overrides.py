"""Conditions of a reaction network: other values for some of its constants."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from hybridcell._core.arrays import is_traced
from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell._core.number_checks import is_number, plain
from hybridcell.mechanisms.reactions.network import ReactionNetwork
from hybridcell.mechanisms.reactions.perturbed import Times

CONTROL = "control"


def constant_sets(network: ReactionNetwork, conditions: Any = None) -> tuple[tuple[str, ...], Any]:
    """Return names of conditions and their constants, shape (c, m), on NumPy or, if traced, on JAX.

    Parameters
    ----------
    network
        Its `values` may be traced by JAX; the rows then are, too.
    conditions
        None (the network's own values), a dict ``{"k1": 0.5, "S1": 10}``, a list of such dicts, a dict of
        name to such a dict, or a DataFrame (index: conditions, columns: ids; NaN keeps the network's value).
        A number of type `Times` is a factor on the network's value.

    Raises
    ------
    UnknownNameError
        On an id that is no constant of the network.
    InvalidValueError
        On values that are not numbers, or infinite.
    """
    names, columns, given, scaled = _as_table(conditions)
    if not names:
        raise InvalidValueError("The table of conditions has no row; wanted at least one, or None.")
    places = [_place(network, id_) for id_ in columns]
    traced = is_traced(network.values)
    own = jnp.repeat(network.values[None], len(names), axis=0) if traced else _copies(network, len(names))
    if not columns:
        return names, own
    factor, kept = np.where(scaled, given, 1.0), np.isnan(given) | scaled
    if isinstance(own, np.ndarray):
        own[:, places] = np.where(kept, own[:, places] * factor, given)
        return names, own
    at = np.array(places)
    return names, own.at[:, at].set(jnp.where(kept, own[:, at] * factor, given))


def _copies(network: ReactionNetwork, n: int) -> np.ndarray:
    return np.repeat(np.asarray(network.values, dtype=float)[None], n, axis=0)


def _as_table(conditions: Any) -> tuple[tuple[str, ...], tuple[str, ...], np.ndarray, np.ndarray]:
    """Return names of conditions, ids, the values given (NaN: none), and which of them are factors."""
    if _is_frame(conditions) and not conditions.columns.is_unique:
        twice = conditions.columns[conditions.columns.duplicated()][0]
        raise InvalidValueError(f"Conditions have two columns {str(twice)!r}; wanted one column per id.")
    if _is_frame_of_numbers(conditions):
        # at once: a number at a time, a thousand conditions take longer to read than some to simulate
        names, ids = _unique(map(str, conditions.index)), tuple(map(str, conditions.columns))
        given = conditions.to_numpy(dtype=float, na_value=np.nan)
        for row, column in np.argwhere(np.isinf(given))[:1]:
            _number(given[row, column], ids[column])
        return names, ids, given, np.zeros(given.shape, bool)
    names, rows = _as_rows(conditions)
    ids = tuple(dict.fromkeys(str(id_) for row in rows for id_ in row))
    given = np.array([[_number(row.get(id_, np.nan), id_) for id_ in ids] for row in rows])
    scaled = np.array([[isinstance(row.get(id_), Times) for id_ in ids] for row in rows], dtype=bool)
    return names, ids, given, scaled


def _is_frame_of_numbers(conditions: Any) -> bool:
    return _is_frame(conditions) and all(dtype.kind in "iuf" for dtype in conditions.dtypes)


def _is_frame(conditions: Any) -> bool:
    return hasattr(conditions, "columns") and hasattr(conditions, "index")


def _as_rows(conditions: Any) -> tuple[tuple[str, ...], list[Mapping[str, Any]]]:
    if conditions is None:
        return (CONTROL,), [{}]
    if isinstance(conditions, Mapping):
        values = list(conditions.values())
        if values and all(isinstance(value, Mapping) for value in values):
            return _unique(map(str, conditions)), values
        return (_label(conditions),), [conditions]
    if _is_frame(conditions):
        # not by to_dict, which makes plain numbers of factors
        cells = conditions.itertuples(index=False, name=None)
        return _unique(map(str, conditions.index)), [dict(zip(conditions.columns, row)) for row in cells]
    if isinstance(conditions, list | tuple) and all(isinstance(one, Mapping) for one in conditions):
        if not conditions:
            raise InvalidValueError("The list of conditions is empty; wanted at least one, or None.")
        return _unique(map(_label, conditions)), list(conditions)
    raise InvalidValueError(
        f"Conditions are {type(conditions).__name__} {conditions!r:.60}; wanted None, a dict such as "
        "{'k1': 0.5}, a list of such dicts, or a DataFrame with ids as columns."
    )


def _label(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{id_}={_number(value, id_):g}" for id_, value in row.items()) or CONTROL


def _unique(names: Any) -> tuple[str, ...]:
    names = list(names)
    if len(set(names)) == len(names):
        return tuple(names)
    return tuple(f"{name} #{i + 1}" for i, name in enumerate(names))


def _number(value: Any, id_: str) -> float:
    found = plain(value)
    if not is_number(found) or math.isinf(found):
        raise InvalidValueError(f"The value of {id_!r} is {found!r:.60}; wanted a number that is finite.")
    return float(found)


def _place(network: ReactionNetwork, id_: str) -> int:
    constants = network.equations.constants
    try:
        return constants.index(id_)
    except ValueError:
        pass
    if id_ in network.equations.observables:
        raise InvalidValueError(
            f"{id_!r} cannot be set by a condition: a rule, an initial assignment or the network's structure "
            "decides its value. Set what it is computed from."
        )
    raise unknown_name("constant of the network", id_, constants)
