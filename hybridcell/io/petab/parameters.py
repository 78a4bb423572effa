"""Parameter tables of both versions."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

from hybridcell.io.petab.errors import known_hint
from hybridcell.io.petab.priors import prior_version_1, prior_version_2
from hybridcell.io.petab.statement import SCALES, PetabParameter
from hybridcell.io.petab.table import Table

_YES, _NO = ("1", "true", "1.0"), ("0", "false", "0.0")


def parameters(table: Table, version: int, without: Collection[str] = ()) -> tuple[PetabParameter, ...]:
    """Return the rows of a parameter table.

    Parameters
    ----------
    table
    version
    without
        Ids to leave out: those of arrays of neural networks.
    """
    names = table.unique("parameterId")
    return tuple(_one(table, row, version) for row, name in enumerate(names) if name not in without)


def _one(table: Table, row: int, version: int) -> PetabParameter:
    estimate = _estimate(table, row)
    # version 2 has no scales; a column of that name is one of the columns that anyone may add
    scale = table.cell(row, "parameterScale", "lin") if version == 1 else "lin"
    if scale not in SCALES:
        reason = f"there is no scale {scale!r}"
        raise table.error(row, "parameterScale", reason, known_hint(scale, SCALES))
    lower = table.number(row, "lowerBound", -math.inf if scale == "lin" else 0.0)
    upper = table.number(row, "upperBound", math.inf)
    nominal = table.number(row, "nominalValue")
    if math.isnan(nominal) and not estimate:
        reason = "the parameter is not estimated and has no value"
        raise table.error(row, "nominalValue", reason)
    if estimate and lower > upper:
        raise table.error(row, "lowerBound", f"{lower:g} is above the upper bound {upper:g}")
    if scale != "lin" and estimate:
        _has_place(table, row, scale, {"lowerBound": lower, "upperBound": upper, "nominalValue": nominal})
    if version == 1:
        prior = prior_version_1(table, row, "objective", scale, (lower, upper))
        start = prior_version_1(table, row, "initialization", scale, (lower, upper))
    else:
        prior, start = prior_version_2(table, row), None
    return PetabParameter(
        id=table.cell(row, "parameterId"),
        name=table.cell(row, "parameterName"),
        scale=scale,
        lower=lower,
        upper=upper,
        nominal=nominal,
        estimate=estimate,
        prior=prior,
        start_prior=start,
    )


def _has_place(table: Table, row: int, scale: str, values: Mapping[str, float]) -> None:
    """Refuse what has no logarithm. A lower bound of 0 needs a prior to draw starts from."""
    prior = any(table.cell(row, f"{which}PriorType") for which in ("initialization", "objective"))
    zero = {"lowerBound": prior, "upperBound": False, "nominalValue": True}
    for column, value in values.items():
        if table.cell(row, column) and (value < 0 or (value == 0 and not zero[column])):
            hint = "Use a positive value, or the scale 'lin'."
            raise table.error(row, column, f"{value:g} has no place on the scale {scale!r}", hint)


def _estimate(table: Table, row: int) -> bool:
    text = table.needed(row, "estimate").lower()
    if text not in _YES + _NO:
        raise table.error(
            row, "estimate", f"{text!r} is neither true nor false", "Wanted 1, 0, true or false."
        )
    return text in _YES
