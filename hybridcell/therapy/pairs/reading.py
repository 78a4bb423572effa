"""Tables of effects of perturbations alone and together, read and checked."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int

from hybridcell._core.errors import DataError, InvalidValueError, unknown_name
from hybridcell._core.number_checks import plain

if TYPE_CHECKING:
    import pandas as pd

_SIZES = {2: "pair", 3: "triple"}
#: Growth may shrink below what was there at the start, to a relative change below -1; not by far.
_MOST_LOST = -3.0


def read_singles(singles: Any, *, least: int = 2) -> tuple[list[str], Float[np.ndarray, " n"]]:
    """Return names and effects of perturbations alone, `least` of them at least."""
    if getattr(singles, "ndim", 1) == 2:
        raise InvalidValueError(
            f"singles is a table of {singles.shape[0]} x {singles.shape[1]}; wanted effects by name, a dict "
            "or a Series, such as dict(zip(table['name'], table['effect']))."
        )
    if not hasattr(singles, "keys"):
        raise InvalidValueError(
            f"singles is a {type(singles).__name__}; wanted effects by name, a dict or a Series."
        )
    names = [str(name) for name in singles.keys()]  # noqa: SIM118 - a Series iterates over its values
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"There is more than one single effect of {twice!r}; average them first.")
    alone = _numbers("singles", [singles[name] for name in singles.keys()])  # noqa: SIM118
    if len(names) < least:
        words = {2: "two", 3: "three"}
        raise InvalidValueError(f"{len(names)} singles are given; a {_SIZES[least]} needs {words[least]}.")
    if not np.isfinite(alone).all():
        raise DataError(
            f"The effect of {names[int(np.argmin(np.isfinite(alone)))]!r} is not a finite number; "
            "leave it out."
        )
    return names, alone


def _numbers(what: str, effects: Iterable[Any]) -> Float[np.ndarray, " k"]:
    """Return effects as numbers, from tables of text too; truth values would become some without a word."""
    values = [plain(value) for value in effects]
    truths = [value for value in values if isinstance(value, bool | np.bool_)]
    if truths:
        raise DataError(f"The effects of {what} must be numbers; found {truths[0]!r}.")
    try:
        return np.array(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise DataError(f"The effects of {what} must be numbers; {error}.") from None


def warn_of_percentages(scale: str, names: Sequence[str], alone: Float[np.ndarray, " n"]) -> None:
    """Warn of relative changes that take away several times what is there: percentages, or logarithms."""
    if scale == "relative" and alone.min() < _MOST_LOST:
        warnings.warn(
            f"The effect of {names[int(np.argmin(alone))]!r} is {alone.min():g}, and a relative change of -1 "
            "takes everything away. Divide percentages by 100; say scale='log' of logarithms.",
            stacklevel=3,
        )


def in_order_of_names(names: Sequence[str], *positions: Int[np.ndarray, " k"]) -> Int[np.ndarray, " k"]:
    """Return the order of sets by the names of their members: one order, however they were written down."""
    keys = [sorted(names[int(k)] for k in one) for one in zip(*positions)]
    return np.array(sorted(range(len(keys)), key=lambda k: keys[k]), dtype=int)


def least_effect(scale: str, *given: Float[np.ndarray, " k"]) -> float:
    """Return the lowest effect there can be: less than nothing is left only if some given effect says so."""
    if scale != "relative":
        return -np.inf
    return min(-1.0, *(float(effects.min(initial=-1.0)) for effects in given))


def sets_of_names(sets: Iterable[Any]) -> list[tuple[str, ...]]:
    """Return pairs or triples that were asked for, as tuples of names."""
    found = []
    for one in sets:
        if isinstance(one, str) or not isinstance(one, Iterable):
            raise DataError(f"{one!r} that is asked for is no set of names; wanted such as [('A', 'B')].")
        found.append(tuple(map(str, one)))
    return found


def positions(
    sets: Sequence[tuple[str, ...]], position: Mapping[str, int], what: str, *, size: int = 2
) -> tuple[Int[np.ndarray, " k"], ...]:
    """Return where each member of each pair (or triple) is among the singles: `size` arrays."""
    word = _SIZES[size]
    for one in sets:
        shown = ", ".join(map(repr, one))
        if len(one) != size:
            raise DataError(f"({shown}) that is {what} is no {word}; wanted {size} names.")
        for name in one:
            if name not in position:
                error = unknown_name("single", name, list(position))
                raise type(error)(f"{error} (in the {word} {shown} that is {what})")
        if len(set(one)) < size:
            raise DataError(f"The {word} {shown} that is {what} is one perturbation twice.")
    found = np.array([[position[name] for name in one] for one in sets], dtype=int).reshape(-1, size)
    return tuple(found.T)


def read_measured(
    measured: pd.DataFrame, position: Mapping[str, int], *, size: int = 2
) -> tuple[tuple[Int[np.ndarray, " k"], ...], Float[np.ndarray, " k"]]:
    """Return positions and effects of measured pairs (columns a, b, effect) or triples (a, b, c, effect)."""
    word, columns = _SIZES[size], "abc"[:size]
    for column in (*columns, "effect"):
        if column not in measured.columns:
            raise unknown_name(f"column of the measured {word}s", column, list(map(str, measured.columns)))
    named = list(zip(*(map(str, measured[column]) for column in columns)))
    found = positions(named, position, "measured", size=size)
    values = _numbers(f"measured {word}s", measured["effect"])
    if not np.isfinite(values).all():
        shown = ", ".join(map(repr, named[int(np.argmin(np.isfinite(values)))]))
        raise DataError(
            f"The effect of the measured {word} {shown} is not a finite number; leave the row out."
        )
    seen = {frozenset(one) for one in named}
    if len(seen) < len(named):
        raise DataError(f"{len(named) - len(seen)} {word}s are measured twice; average them first.")
    return found, values
