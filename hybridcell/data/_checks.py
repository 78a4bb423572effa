"""Checks of the arrays of a data set: each says what was found, where, and how to mend it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from hybridcell._core.errors import DataError
from hybridcell._core.number_checks import SMALLEST_ERROR, errors_count
from hybridcell.data._labels import CONTROL, MISSING_TEXTS, SEPARATOR

KINDS = ("protein", "phenotype", "drug", "gene")
INPUTS = ("dose", "strength")
CONTROLS = ("measured", "implied")

# A log ratio or log expression is rarely a whole number and rarely above 20, and never both everywhere.
_COUNT_LIKE = 20.0


def float_array(what: str, values: object, shape: tuple[int, ...]) -> np.ndarray:
    """Return a read-only float64 copy of the wanted shape."""
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{what} must be numbers; {error}.") from None
    if array.shape != shape:
        raise DataError(f"{what} has shape {array.shape}; wanted {shape}.")
    array.flags.writeable = False
    return array


def unique_names(what: str, names: Sequence[object], *, hint: str = "") -> tuple[str, ...]:
    """Return the names as strings; none may be empty, and none may come twice."""
    texts = tuple(str(name) for name in names)
    if any(not text.strip() for text in texts):
        raise DataError(
            f"There is an empty {what} name at position {[bool(t.strip()) for t in texts].index(False)}."
        )
    twice = [name for name, count in Counter(texts).items() if count > 1]
    if twice:
        raise DataError(
            f"The {what} name {twice[0]!r} is used {Counter(texts)[twice[0]]} times; names must be "
            f"unique. {hint}".strip()
        )
    return texts


def perturbation_names(names: Sequence[object]) -> tuple[str, ...]:
    """Return the names of perturbations; the label "A+B" must have one reading."""
    texts = unique_names("perturbation", names)
    for name in texts:
        if SEPARATOR in name:
            raise DataError(
                f"The perturbation name {name!r} contains {SEPARATOR!r}, which joins the names of a "
                "combination. "
                f"Rename it, for example to {name.replace(SEPARATOR, '_')!r}."
            )
        if name == CONTROL:
            raise DataError(
                f"No perturbation may be called {CONTROL!r}: that is the row without perturbation."
            )
        if name in MISSING_TEXTS:
            raise DataError(
                f"No perturbation may be called {name!r}: that is how tables say that nothing is known."
            )
        if name != name.strip():
            raise DataError(f"The perturbation name {name!r} begins or ends with a space; remove it.")
    return texts


def _first(bad: np.ndarray, rows: Sequence[str], columns: Sequence[str]) -> str:
    i, j = np.argwhere(bad)[0]
    more = int(bad.sum()) - 1
    return f"row {rows[i]!r}, column {columns[j]!r}" + (f" and {more} more" if more else "")


def check_values(values: np.ndarray, rows: Sequence[str], columns: Sequence[str]) -> None:
    """Refuse infinities; NaN means not measured."""
    bad = np.isinf(values)
    if bad.any():
        raise DataError(
            f"Values are infinite at {_first(bad, rows, columns)}. A logarithm of zero? Use NaN for what "
            "was not "
            f"measured, or add a pseudocount before taking logs."
        )


def check_finite_doses(doses: np.ndarray, rows: Sequence[str], columns: Sequence[str]) -> None:
    """Refuse doses that are not known."""
    bad = ~np.isfinite(doses)
    if bad.any():
        raise DataError(
            f"The dose is NaN or infinite at {_first(bad, rows, columns)}. Wanted a number; 0 where the "
            "perturbation was not given, as from doses.fillna(0)."
        )


def check_doses(doses: np.ndarray, rows: Sequence[str], columns: Sequence[str], *, input: str) -> None:
    """Doses are finite everywhere and, unless they are strengths, not negative."""
    check_finite_doses(doses, rows, columns)
    if input == "dose" and (doses < 0).any():
        raise DataError(
            f"The dose is negative at {_first(doses < 0, rows, columns)}. Doses are 0 or more; signed "
            "strengths "
            f"(negative = inhibition) are read with input='strength' (in AnnData: "
            f"uns['hybridcell']['input'] = 'strength')."
        )


def check_sd(sd: np.ndarray, values: np.ndarray, rows: Sequence[str], columns: Sequence[str]) -> None:
    """A measured value has a positive, finite measurement error, whose inverse can be squared."""
    observed = np.isfinite(values)
    bad = observed & ~(np.isfinite(sd) & (sd > 0))
    if bad.any():
        raise DataError(f"The measurement error sd is not a positive number at {_first(bad, rows, columns)}.")
    tiny = observed & ~errors_count(sd, values)
    if tiny.any():
        raise DataError(
            f"The measurement error sd is {sd[tiny][0]:g} at {_first(tiny, rows, columns)}: too small, a fit "
            f"squares its inverse. Wanted more than {SMALLEST_ERROR:g} of the value (or of 1, if that is "
            "more); give the values in a smaller unit, or the error that was measured."
        )


def check_weight(weight: np.ndarray, rows: Sequence[str], columns: Sequence[str]) -> None:
    """Loss weights are finite and not negative."""
    bad = ~(np.isfinite(weight) & (weight >= 0))
    if bad.any():
        raise DataError(f"The loss weight is not a finite number >= 0 at {_first(bad, rows, columns)}.")


def check_not_counts(values: np.ndarray, kinds: Sequence[str]) -> None:
    """Refuse raw counts; phenotypes (percent viable, cell numbers) may be whole numbers."""
    molecular = values[:, [kind in ("protein", "gene") for kind in kinds]]
    measured = molecular[np.isfinite(molecular)]
    if measured.size < 2 or measured.max() < _COUNT_LIKE or measured.min() < 0:
        return
    if np.array_equal(measured, np.floor(measured)):
        raise DataError(
            f"All molecular values are non-negative whole numbers, up to {measured.max():g}: they look "
            "like raw "
            "counts, but log values are wanted. Normalize and take logs first (scanpy: normalize_total, "
            "log1p), "
            f"or name the layer that holds them with layer=."
        )
