"""Cells of the tables that are written: numbers with all digits, ids, formulas between semicolons."""

from __future__ import annotations

import math
from collections.abc import Iterable

from hybridcell._core.expressions import Expression
from hybridcell.io.petab.errors import PetabError
from hybridcell.io.petab.math import to_petab_math
from hybridcell.io.petab.network_use import NetworkArray
from hybridcell.io.petab.priors import on_scale, version_1_name
from hybridcell.io.petab.statement import Observable, PetabParameter, Prior

#: Column -> cells.
Columns = dict[str, list[str]]


def number_cell(value: float) -> str:
    """Return a number, empty for NaN."""
    return "" if math.isnan(value) else repr(float(value))


def formulas_cell(given: Iterable[Expression]) -> str:
    """Return expressions between semicolons."""
    return ";".join(map(to_petab_math, given))


def columns_of(rows: Iterable[dict[str, str]]) -> Columns:
    """Return rows as columns, without those that are empty everywhere but in the first three."""
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows for name in row))
    found = {name: [row.get(name, "") for row in rows] for name in names}
    return {name: cells for i, (name, cells) in enumerate(found.items()) if i < 3 or any(cells)}


def parameter_row(parameter: PetabParameter, version: int) -> dict[str, str]:
    """Return a row of the parameter table."""
    yes, no = ("1", "0") if version == 1 else ("true", "false")
    row = {"parameterId": parameter.id, "estimate": yes if parameter.estimate else no}
    row["nominalValue"] = number_cell(parameter.nominal)
    row |= {"lowerBound": number_cell(parameter.lower), "upperBound": number_cell(parameter.upper)}
    if parameter.scale != "lin" and parameter.lower in (0.0, -math.inf):
        row["lowerBound"] = ""  # neither has a place on the scale; read back, an empty cell is 0
    row["parameterName"] = parameter.name
    if version == 1:
        row["parameterScale"] = parameter.scale
        row |= _prior_1(parameter, parameter.prior, "objective")
        return row | _prior_1(parameter, parameter.start_prior, "initialization")
    if parameter.scale != "lin" or parameter.start_prior is not None:
        what = "scale" if parameter.scale != "lin" else "prior of starts"
        raise _no_form(f"the {what} of {parameter.id!r} has no form in version 2")
    prior = parameter.prior
    if prior is not None and (prior.on_scale or not (prior.truncated or is_left_whole(parameter, prior))):
        what = "on the scale" if prior.on_scale else "not cut off at the bounds"
        raise _no_form(f"the prior of {parameter.id!r} is {what}")
    row["priorDistribution"] = "" if prior is None else prior.family
    row["priorParameters"] = "" if prior is None else ";".join(map(number_cell, prior.parameters))
    return row


def _prior_1(parameter: PetabParameter, prior: Prior | None, which: str) -> dict[str, str]:
    if prior is None:
        return {f"{which}PriorType": "", f"{which}PriorParameters": ""}
    name = version_1_name(prior)
    if name is None:
        what = f"the prior {prior.family!r}{', cut off at the bounds,' if prior.truncated else ''}"
        raise _no_form(f"{what} of {parameter.id!r} has no form in version 1")
    numbers = ";".join(map(number_cell, prior.parameters))
    if not all(map(math.isfinite, prior.parameters)):
        bounds = (parameter.lower, parameter.upper)
        if prior.on_scale:
            bounds = tuple(on_scale(bound, parameter.scale) for bound in bounds)
        if prior.family != "uniform" or prior.parameters != bounds:
            raise _no_form(f"the prior of {parameter.id!r} has the numbers {numbers}, not all finite")
        numbers = ""  # read back, those of the bounds
    return {f"{which}PriorType": name, f"{which}PriorParameters": numbers}


def _no_form(reason: str) -> PetabError:
    return PetabError("the table of parameters", reason=reason)


def is_left_whole(parameter: PetabParameter | NetworkArray, prior: Prior) -> bool:
    """Return whether the bounds of a parameter, or of an array, leave the prior whole."""
    if prior.family in ("uniform", "log-uniform"):
        return parameter.lower <= prior.parameters[0] and prior.parameters[1] <= parameter.upper
    lowest = -math.inf if prior.family in ("normal", "laplace", "cauchy") else 0.0
    return parameter.lower <= lowest and parameter.upper == math.inf


def observable_row(observable: Observable, version: int) -> dict[str, str]:
    """Return a row of the observable table."""
    row = {
        "observableId": observable.id,
        "observableFormula": to_petab_math(observable.formula),
        "noiseFormula": to_petab_math(observable.noise),
        "observableName": observable.name,
    }
    transformation, _, distribution = observable.distribution.rpartition("-")
    if version == 1:
        for prefix, names in (
            ("observable", observable.placeholders),
            ("noise", observable.noise_placeholders),
        ):
            wanted = tuple(f"{prefix}Parameter{i + 1}_{observable.id}" for i in range(len(names)))
            if names != wanted:
                reason = (
                    f"the placeholders {', '.join(names)} of {observable.id!r} are not named as in version 1"
                )
                hint = f"Wanted {', '.join(wanted)}."
                raise PetabError("the table of observables", reason=reason, hint=hint)
        return row | {"observableTransformation": transformation or "lin", "noiseDistribution": distribution}
    if transformation == "log10":
        reason = f"the distribution {observable.distribution!r} of {observable.id!r} has no name in version 2"
        raise PetabError("the table of observables", reason=reason, hint="See as_version_2.")
    row["noiseDistribution"] = observable.distribution
    row["observablePlaceholders"] = ";".join(observable.placeholders)
    return row | {"noisePlaceholders": ";".join(observable.noise_placeholders)}
