"""Training and test parts of a screen, cut the way the question is asked, with a check for leaks."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from jaxtyping import Bool

from hybridcell._core.errors import DataError, InvalidValueError, check_choice, unknown_name
from hybridcell._core.number_checks import is_number, is_whole
from hybridcell.data.perturbation_data import PerturbationData, as_perturbation_data

if TYPE_CHECKING:
    from anndata import AnnData

    Data = TypeVar("Data", AnnData, PerturbationData)

_ALIASES = {
    "leave-one-drug-out": "drug",
    "random-partition": "random",
}
#: Options that a split reads, and the values that say nothing. The count is for `splits` alone.
_READ = {
    "random": ("test_fraction", "seed", "n"),
    "drug": ("drug", "keep_singles"),
    "dose": ("dose",),
    "time": ("time", "test_fraction"),
    "context": ("context",),
}
_DEFAULTS = {"test_fraction": 0.3, "keep_singles": True, "dose": "highest", "seed": 0, "n": 10}
_CHOICES = ("random", "single-to-combo", "drug", "dose", "time", "context")


def split(
    data: Data,
    *,
    by: str = "random",
    test_fraction: float = 0.3,
    drug: str | None = None,
    keep_singles: bool = True,
    dose: str | float = "highest",
    time: float | None = None,
    context: str | None = None,
    seed: int = 0,
) -> tuple[Data, Data]:
    """Cut a screen into a training and a test part.

    Replicates of a condition stay together, and the result is checked for leaks (`check_leak`).

    Parameters
    ----------
    data
        AnnData or `PerturbationData`; the parts are of the same type and say in their provenance how they
        were made.
    by
        "random": a fraction of the conditions is tested; control rows always train, and all times of a
        condition stay together.
        "single-to-combo": singles and controls train, combinations are tested.
        "drug" (also "leave-one-drug-out"): rows with `drug` are tested.
        "dose": rows in which any perturbation is at its highest (or lowest) of several levels are tested, or
        rows with any dose above a number (by absolute value).
        "time": rows after `time` are tested.
        "context": all rows of `context` are tested.
    test_fraction
        For "random", the share of conditions, and for "time" without `time`, the share of time points tested.
    drug
        The perturbation left out.
    keep_singles
        For "drug": True trains on the rows with the drug alone, False tests every row with the drug.
    dose
        "highest", "lowest" or a number.
    time
        The last time that trains, in the unit of the data.
    context
        The context left out.
    seed
        Of the random partition; the same seed gives the same partition.

    Returns
    -------
    tuple
        The training and the test part, rows in the order of `data`.

    Raises
    ------
    DataError
        When either part would be empty, or a tested condition is also trained on.
    UnknownNameError
        When the drug or context does not exist.
    InvalidValueError
        When an option is missing, out of range, or none that this split reads.

    Examples
    --------
    >>> import hybridcell as hc
    >>> screen = hc.datasets.demo()
    >>> train, test = hc.split(screen, by="single-to-combo")
    >>> train.n_obs, test.n_obs
    (19, 144)
    """
    by = check_choice("by", _ALIASES.get(by, by), _CHOICES)
    asked = {"test_fraction": test_fraction, "drug": drug, "keep_singles": keep_singles}
    _refuse_unread(by, asked | {"dose": dose, "time": time, "context": context, "seed": seed})
    screen = as_perturbation_data(data)
    how: dict[str, Any] = {"by": by}
    if by == "random":
        how |= {"test_fraction": _fraction(test_fraction), "seed": _seed(seed)}
        test = _random(screen, **{k: how[k] for k in ("test_fraction", "seed")})
    elif by == "single-to-combo":
        test = screen.order >= 2
    elif by == "drug":
        how |= {"drug": _named(drug, "drug", screen.perturbations), "keep_singles": bool(keep_singles)}
        given = screen.doses[:, screen.perturbations.index(how["drug"])] != 0
        test = given & (screen.order >= 2) if keep_singles else given
    elif by == "dose":
        how |= {"dose": dose}
        test = _by_dose(screen, dose)
    elif by == "time":
        how |= {"time": _last_training_time(screen, time, test_fraction)}
        test = _times(screen) > how["time"]
    else:
        how |= {"context": _named(context, "context", _contexts(screen))}
        test = np.array([c == how["context"] for c in screen.context or ()])
    _refuse_empty(test, how, screen)
    parts = _part(data, screen, ~test, how, "train"), _part(data, screen, test, how, "test")
    left_out = how["drug"] if by == "drug" and not keep_singles else None
    check_leak(screen.subset(~test), screen.subset(test), drug=left_out)
    return parts


def splits(
    data: Data, *, by: str = "random", n: int = 10, seed: int = 0, **options: Any
) -> Iterator[tuple[Data, Data]]:
    """Yield (train, test) for every drug or context, or for n random partitions.

    Parameters
    ----------
    data
        AnnData or `PerturbationData`.
    by
        "random" (n partitions with seeds seed, seed + 1, ...), "drug" or "context" (one after the other left
        out; with `keep_singles` a drug that is in no combination is passed over).
    n
        Number of random partitions; those by drug or context are as many as there are drugs or contexts.
    seed
        Of the first random partition.
    **options
        As in `split`.

    Yields
    ------
    tuple
        Training and test part; `uns["hybridcell"]["provenance"]["split"]` says what was left out.

    Raises
    ------
    InvalidValueError
        When an option is one that this split does not read, such as `n` or `seed` with by="drug", or names
        what every partition has another of; otherwise as `split`.

    Examples
    --------
    >>> import hybridcell as hc
    >>> from hybridcell.data import splits
    >>> sum(1 for train, test in splits(hc.datasets.demo(), by="drug"))
    9
    """
    by = check_choice("by", _ALIASES.get(by, by), ("random", "drug", "context"))
    _refuse_unread(by, {"n": n, "seed": seed})
    if by in options:
        raise InvalidValueError(
            f"splits leaves out every {by} in turn, and {by} is {options[by]!r}; for that one alone take "
            f"split(data, by={by!r}, {by}={options[by]!r})."
        )
    if not (is_whole(n) and n >= 0):
        raise InvalidValueError(f"n is {n!r}; wanted a whole number of partitions, not negative.")
    screen = as_perturbation_data(data)
    if by == "random":
        for i in range(n):
            yield split(data, by="random", seed=seed + i, **options)
    elif by == "context":
        for context in dict.fromkeys(_contexts(screen)):
            yield split(data, by="context", context=context, **options)
    else:
        least = 2 if options.get("keep_singles", True) else 1
        for j, drug in enumerate(screen.perturbations):
            if ((screen.doses[:, j] != 0) & (screen.order >= least)).any():
                yield split(data, by="drug", drug=drug, **options)


def check_leak(
    train: AnnData | PerturbationData, test: AnnData | PerturbationData, *, drug: str | None = None
) -> None:
    """Refuse a test part of which a condition is also in the training part.

    Parameters
    ----------
    train, test
        The two parts. Conditions are equal when perturbations, doses, time and context are.
    drug
        A perturbation that the training part must not contain at all.

    Raises
    ------
    DataError
        Naming the first row that leaks.

    Examples
    --------
    >>> import hybridcell as hc
    >>> from hybridcell.data import check_leak
    >>> train, test = hc.split(hc.datasets.demo(), by="random", seed=1)
    >>> check_leak(train, test)
    """
    train, test = as_perturbation_data(train), as_perturbation_data(test)
    trained = dict(zip(_keys(train), train.conditions))
    for key, name in zip(_keys(test), test.conditions):
        if key in trained:
            raise DataError(
                f"The test row {name!r} leaks: the training row {trained[key]!r} has the same "
                "perturbations, doses, "
                f"time and context. Keep replicates of a condition on one side."
            )
    if drug is not None and drug in train.perturbations:
        rows = np.flatnonzero(train.doses[:, train.perturbations.index(drug)] != 0)
        if rows.size:
            raise DataError(
                f"The training row {train.conditions[rows[0]]!r} contains {drug!r}, which was to be left "
                "out entirely."
            )


def in_both(train: PerturbationData, test: PerturbationData) -> Bool[np.ndarray, " c"]:
    """Return which rows of the test part are of a perturbed condition that the training part has, too."""
    trained = set(_keys(train))
    return np.array([key in trained for key in _keys(test)], dtype=bool) & ~test.is_control


def _keys(data: PerturbationData, *, with_time: bool = True) -> list[Hashable]:
    """Return one hashable condition per row; equal conditions have equal keys."""
    return [
        (
            frozenset((data.perturbations[j], float(row[j])) for j in np.flatnonzero(row)),
            _time_key(data.time[i]) if with_time and data.time is not None else None,
            data.context[i] if data.context is not None else None,
        )
        for i, row in enumerate(data.doses)
    ]


def _time_key(time: float) -> float | None:
    # NaN, a steady state, is not equal to itself
    return None if np.isnan(time) else float(time)


def _random(data: PerturbationData, *, test_fraction: float, seed: int) -> np.ndarray:
    keys = _keys(data, with_time=False)
    # Sorted, so that the partition depends on the conditions and the seed, not on the order of the rows.
    groups = sorted({key for key, control in zip(keys, data.is_control) if not control}, key=_sortable)
    # Rounded in favor of the test part: 89 conditions at 0.3 give 62 and 27, as in the published partitions.
    count = len(groups) - math.floor((1 - test_fraction) * len(groups) + 1e-9)
    chosen = np.random.default_rng(seed).permutation(len(groups))[:count]
    tested = {groups[i] for i in chosen}
    return np.array([key in tested for key in keys], dtype=bool)


def _sortable(key: Any) -> tuple[list[tuple[str, float]], str]:
    return sorted(key[0]), str(key[2])


def _by_dose(data: PerturbationData, dose: str | float) -> np.ndarray:
    size = np.abs(data.doses)
    if not isinstance(dose, str):
        return np.any(size > _number("dose", dose), axis=1)
    check_choice("dose", dose, ("highest", "lowest"))
    test = np.zeros(len(data), dtype=bool)
    for column in size.T:
        levels = np.unique(column[column > 0])
        if len(levels) > 1:
            test |= column == (levels[-1] if dose == "highest" else levels[0])
    return test


def _times(data: PerturbationData) -> np.ndarray:
    if data.time is None:
        raise DataError("The data have no times (obs['time']); a split by time needs them.")
    return data.time


def _last_training_time(data: PerturbationData, time: float | None, test_fraction: float) -> float:
    if time is not None:
        return _number("time", time)
    points = _times(data)
    points = np.unique(points[~np.isnan(points)])
    if not points.size:
        raise DataError("The data have no times that are numbers (obs['time']); a split by time needs them.")
    kept = len(points) - max(1, round(_fraction(test_fraction) * len(points)))
    return float(points[max(kept, 1) - 1])


def _contexts(data: PerturbationData) -> tuple[str, ...]:
    if data.context is None:
        raise DataError("The data have no contexts (obs['context']); a split by context needs them.")
    return data.context


def _named(name: str | None, what: str, valid: tuple[str, ...]) -> str:
    valid = tuple(dict.fromkeys(valid))
    if name is None:
        raise InvalidValueError(
            f"A split by {what} needs {what}=; known: {', '.join(valid)}. To leave out each in turn use "
            "splits()."
        )
    if name not in valid:
        raise unknown_name(what, name, valid)
    return name


def _fraction(value: float) -> float:
    if not 0 < _number("test_fraction", value) < 1:
        raise InvalidValueError(f"test_fraction is {value!r}; wanted a number between 0 and 1.")
    return float(value)


def _seed(value: Any) -> int:
    if not is_whole(value) or value < 0:
        raise InvalidValueError(f"seed is {value!r}; wanted a whole number, 0 or more.")
    return int(value)


def _number(what: str, value: Any) -> float:
    if not is_number(value) or np.isnan(value):
        raise InvalidValueError(f"{what} is {value!r:.60}; wanted a number.")
    return float(value)


def _refuse_unread(by: str, asked: dict[str, Any]) -> None:
    """Refuse an option that this split does not read: a drug left out of a random partition, say."""
    for name, value in asked.items():
        readers = [kind for kind, read in _READ.items() if name in read]
        if by not in readers and value != _DEFAULTS.get(name):
            raise InvalidValueError(
                f"A split by={by!r} does not read {name}={value!r}, which is for "
                f"{' and '.join(f'by={kind!r}' for kind in readers)}. Say which is meant."
            )


def _refuse_empty(test: np.ndarray, how: dict[str, Any], data: PerturbationData) -> None:
    for part, count in (("test", int(test.sum())), ("training", int((~test).sum()))):
        if count == 0:
            orders = ", ".join(f"{int((data.order == k).sum())} of order {k}" for k in np.unique(data.order))
            hint = " With keep_singles=False its singles are tested too." if how.get("keep_singles") else ""
            raise DataError(
                f"The {part} part of the split {how} is empty; the data have {len(data)} rows "
                f"({orders}).{hint}"
            )


def _part(data: Any, screen: PerturbationData, rows: np.ndarray, how: dict[str, Any], part: str) -> Any:
    subset = screen.subset(rows)
    subset.provenance["split"] = {**how, "part": part}
    if isinstance(data, PerturbationData):
        return subset
    from hybridcell.data.anndata_contract import stamp

    return stamp(data[rows].copy(), subset)
