"""The dose levels of a screen: asked for by the user, or taken from the range of the training data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hybridcell._core.errors import InvalidValueError, unknown_name
from hybridcell._core.number_checks import is_number, is_whole, plain
from hybridcell.data import PerturbationData


def read_levels(
    drugs: Sequence[str], doses: Any, input_range: Any, train: PerturbationData | None
) -> tuple[np.ndarray, ...]:
    """Return the levels of each drug in the model's input (signed strengths or doses), 0 first.

    Parameters
    ----------
    doses
        A number of levels (0 included), one list of levels for all drugs, or a list per drug.
    input_range
        Largest level of all drugs, or per drug; None takes the largest of the training data.
    """
    if isinstance(doses, bool) or (not isinstance(doses, Mapping) and np.ndim(doses) == 0):
        n_levels = _count(doses)
        tops = _tops(drugs, input_range, train)
        lists: list[Any] = [np.linspace(0.0, top, n_levels) for top in tops]
    elif input_range is not None:
        raise InvalidValueError(
            "doses lists the levels and input_range states their largest; give one of the two."
        )
    else:
        lists = _per_drug("doses", doses, drugs) if isinstance(doses, Mapping) else [doses] * len(drugs)
    return tuple(_checked(drug, levels, train) for drug, levels in zip(drugs, lists))


def _count(doses: Any) -> int:
    if not is_whole(doses):
        raise InvalidValueError(
            f"doses is {doses!r}; wanted a number of levels such as 8, a list of levels, or a dict drug -> "
            "levels."
        )
    if doses < 2:
        raise InvalidValueError(f"doses is {doses}; wanted at least 2 levels, because 0 is one of them.")
    return int(doses)


def _per_drug(what: str, given: Mapping[str, Any], drugs: Sequence[str]) -> list[Any]:
    for name in given:
        if name not in drugs:
            raise unknown_name(f"drug (in {what})", name, drugs)
    missing = [drug for drug in drugs if drug not in given]
    if missing:
        raise InvalidValueError(
            f"{what} says nothing about {', '.join(missing)}; wanted an entry for each drug."
        )
    return [given[drug] for drug in drugs]


def _tops(drugs: Sequence[str], input_range: Any, train: PerturbationData | None) -> list[float]:
    if isinstance(input_range, Mapping):
        return [
            _number(f"input_range[{d!r}]", v)
            for d, v in zip(drugs, _per_drug("input_range", input_range, drugs))
        ]
    if input_range is not None:
        return [_number("input_range", input_range)] * len(drugs)
    if train is None:
        raise InvalidValueError(
            "The model comes without training data, so the range of its doses is not known. Give "
            "input_range (the "
            "largest strength, negative = inhibition, or a dict drug -> strength) or doses as lists of "
            "levels."
        )
    tops = []
    for drug in drugs:
        used = _used(drug, train)
        if not used.size:
            raise InvalidValueError(
                f"The training data never give {drug!r}, so its range is not known. Give "
                f"input_range={{...}} or "
                "doses={...}, or leave the drug out."
            )
        tops.append(float(used[np.argmax(np.abs(used))]))
    return tops


def _used(drug: str, train: PerturbationData | None) -> np.ndarray:
    """Return the non-zero doses of a drug in the training data."""
    if train is None or drug not in train.perturbations:
        return np.zeros(0)
    column = train.doses[:, train.perturbations.index(drug)]
    return column[column != 0]


def _number(what: str, value: Any) -> float:
    number = plain(value)
    if not is_number(number):  # text and truth values would become numbers without a word
        raise InvalidValueError(f"{what} is {value!r}; wanted a number.")
    if not np.isfinite(number) or number == 0:
        raise InvalidValueError(f"{what} is {number:g}; wanted a finite number other than 0.")
    return float(number)


def _checked(drug: str, levels: Any, train: PerturbationData | None) -> np.ndarray:
    try:
        given = np.asarray(levels)
    except ValueError:  # lists of unequal lengths
        given = np.asarray("")
    if given.dtype.kind not in "iuf":  # text and truth values would become numbers without a word
        raise InvalidValueError(f"The doses of {drug!r} are {levels!r:.60}; wanted numbers.")
    array = given.astype(float).reshape(-1)
    if not np.isfinite(array).all():
        raise InvalidValueError(
            f"The doses of {drug!r} hold {array[~np.isfinite(array)][0]}; wanted finite numbers."
        )
    array = np.unique(np.append(array, 0.0))
    if len(array) < 2:
        raise InvalidValueError(f"{drug!r} has no dose other than 0; wanted at least one.")
    if array[0] < 0 < array[-1]:
        raise InvalidValueError(
            f"The doses of {drug!r} reach from {array[0]:g} to {array[-1]:g}; wanted one sign per drug."
        )
    _check_sign(drug, array, train)
    return array[np.argsort(np.abs(array))] + 0.0


def _check_sign(drug: str, levels: np.ndarray, train: PerturbationData | None) -> None:
    if train is None:
        return
    if train.input == "dose" and levels[0] < 0:
        raise InvalidValueError(
            f"The doses of {drug!r} hold {levels[0]:g}; the model was trained on doses, which are 0 or more."
        )
    used = _used(drug, train)
    sign = np.sign(levels[np.argmax(np.abs(levels))])
    if used.size and not (np.sign(used) == sign).any():
        word = "negative (inhibition)" if sign > 0 else "positive (activation)"
        strongest = levels[np.argmax(np.abs(levels))]
        raise InvalidValueError(
            f"The doses of {drug!r} hold {strongest:g}, but its strengths in the training data are {word}. "
            f"Write {-strongest:g}."
        )
