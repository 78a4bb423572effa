"""Priors of the parameter table, of both versions."""

from __future__ import annotations

import math

from hybridcell.io.petab.errors import known_hint
from hybridcell.io.petab.statement import PRIORS, Prior
from hybridcell.io.petab.table import Table, as_number, split

#: Names of version 1 -> family, whether it is of the value on the scale.
_VERSION_1 = {
    "uniform": ("uniform", False), "normal": ("normal", False), "laplace": ("laplace", False),
    "logNormal": ("log-normal", False), "logLaplace": ("log-laplace", False),
    "parameterScaleUniform": ("uniform", True), "parameterScaleNormal": ("normal", True),
    "parameterScaleLaplace": ("laplace", True),
}  # fmt: skip


def version_1_name(prior: Prior) -> str | None:
    """Return the name of a prior in version 1, None if it has none there."""
    names = [name for name, meaning in _VERSION_1.items() if meaning == (prior.family, prior.on_scale)]
    return names[0] if names and not prior.truncated else None


def on_scale(value: float, scale: str) -> float:
    """Return a value on the scale of its parameter."""
    if scale == "lin":
        return value
    if value <= 0:
        return -math.inf if value == 0 else math.nan
    return math.log(value) if scale == "log" else math.log10(value)


def prior_version_1(
    table: Table, row: int, which: str, scale: str, bounds: tuple[float, float]
) -> Prior | None:
    """Return the prior in the columns ``<which>PriorType`` and ``<which>PriorParameters``."""
    column = f"{which}PriorParameters"
    name = table.cell(row, f"{which}PriorType")
    if not name:
        return None
    if name not in _VERSION_1:
        raise table.error(
            row, f"{which}PriorType", f"there is no prior {name!r}", known_hint(name, _VERSION_1)
        )
    family, scaled = _VERSION_1[name]
    if not table.cell(row, column) and family == "uniform":
        lower, upper = bounds
        numbers = (on_scale(lower, scale), on_scale(upper, scale)) if scaled else (lower, upper)
    else:
        numbers = _numbers(table, row, column, family)
    return Prior(family=family, parameters=numbers, on_scale=scaled)


def prior_version_2(table: Table, row: int) -> Prior | None:
    """Return the prior of a row; every one of version 2 is cut off at the bounds."""
    family = table.cell(row, "priorDistribution")
    if not family:
        if table.cell(row, "priorParameters"):
            raise table.error(
                row, "priorDistribution", "the cell is empty, and there are numbers for a prior"
            )
        return None
    if family not in PRIORS:
        raise table.error(
            row, "priorDistribution", f"there is no prior {family!r}", known_hint(family, PRIORS)
        )
    return Prior(family=family, parameters=_numbers(table, row, "priorParameters", family), truncated=True)


def _numbers(table: Table, row: int, column: str, family: str) -> tuple[float, ...]:
    parts = split(table.cell(row, column))
    if len(parts) != PRIORS[family]:
        reason = f"a prior {family!r} has {PRIORS[family]} numbers, found {len(parts)}"
        raise table.error(row, column, reason, "Separate them by semicolons.")
    try:
        numbers = tuple(as_number(part) for part in parts)
    except ValueError:
        raise table.error(row, column, f"{table.cell(row, column)!r} are not numbers") from None
    if not all(math.isfinite(value) for value in numbers):
        raise table.error(row, column, f"{table.cell(row, column)!r} are not all finite")
    widths = numbers[1:] if family in ("normal", "laplace", "log-normal", "log-laplace", "cauchy") else ()
    if family in ("chisquare", "exponential", "gamma", "rayleigh"):
        widths = numbers
    if any(width <= 0 for width in widths):
        raise table.error(row, column, f"{table.cell(row, column)!r}: a scale or shape is not positive")
    if family == "log-uniform" and numbers[0] <= 0:
        raise table.error(row, column, f"{numbers[0]:g} has no logarithm", "Wanted positive ends.")
    if family in ("uniform", "log-uniform") and numbers[0] > numbers[1]:
        raise table.error(row, column, f"{numbers[0]:g} is above {numbers[1]:g}")
    return numbers
