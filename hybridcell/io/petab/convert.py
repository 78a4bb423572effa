"""From version 1 to version 2."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

from hybridcell._core.expressions import apply, number
from hybridcell.io.petab.errors import PetabError
from hybridcell.io.petab.model_ids import ModelIds, model_ids
from hybridcell.io.petab.statement import (
    Change,
    Experiment,
    Observable,
    Period,
    PetabParameter,
    Prior,
    Statement,
)  # fmt: skip

_OF_LOGARITHM = {"uniform": "log-uniform", "normal": "log-normal", "laplace": "log-laplace"}


def as_version_2(statement: Statement) -> Statement:
    """Return the same problem in version 2.

    Scales of parameters go (bounds and values are linear already). Priors on a logarithmic scale become those
    of the same distribution. Noise of decimal logarithms becomes that of natural ones, with the noise formula
    times log(10): the likelihood stays the same number.

    Log priors differ, because of what is no part of a statement. In version 2 priors are cut off at the
    bounds and normalized, a parameter without a prior has the uniform one between its bounds, and a density
    is one of the value, not of its logarithm.

    Parameters
    ----------
    statement
        Of version 1; one of version 2 is returned as it is.

    Returns
    -------
    Statement
        Without tables: `write_statement` makes them.

    Raises
    ------
    PetabError
        If something has no exact form in version 2.
    """
    if statement.version == 2:
        return statement
    needs_model = any(
        change.value is None for e in statement.experiments for p in e.periods for change in p.changes
    )
    ids = (
        model_ids(statement.model, statement.model.name)
        if needs_model
        else ModelIds(frozenset(), frozenset())
    )
    return dataclasses.replace(
        statement,
        version=2,
        parameters=tuple(map(_parameter, statement.parameters)),
        experiments=tuple(_experiment(experiment, ids.values) for experiment in statement.experiments),
        observables=tuple(map(_observable, statement.observables)),
        tables={},
        origins={},
        yaml={},
    )


def _parameter(parameter: PetabParameter) -> PetabParameter:
    prior = None if parameter.prior is None else _prior(parameter, parameter.prior)
    return dataclasses.replace(parameter, scale="lin", prior=prior, start_prior=None)


def _prior(parameter: PetabParameter, prior: Prior) -> Prior:
    numbers = prior.parameters
    if not prior.on_scale or parameter.scale == "lin":
        return Prior(family=prior.family, parameters=numbers, truncated=True)
    if prior.family not in _OF_LOGARITHM:
        reason = f"the prior {prior.family!r} of {parameter.id!r} on its scale has no form in version 2"
        raise PetabError("the table of parameters", reason=reason)
    unit = math.log(10.0) if parameter.scale == "log10" else 1.0
    if prior.family == "uniform":
        base = 10.0 if parameter.scale == "log10" else math.e
        numbers = (base ** numbers[0], base ** numbers[1])
    else:
        numbers = (numbers[0] * unit, numbers[1] * unit)
    return Prior(family=_OF_LOGARITHM[prior.family], parameters=numbers, truncated=True)


def _observable(observable: Observable) -> Observable:
    if not observable.distribution.startswith("log10-"):
        return observable
    return dataclasses.replace(
        observable,
        # log10 y = ln y / ln 10: the same density with a width that is ln 10 times as large
        noise=apply("mul", number(math.log(10.0)), observable.noise),
        distribution=observable.distribution.replace("log10-", "log-"),
    )


def _experiment(experiment: Experiment, values: Mapping[str, float]) -> Experiment:
    changed: set[str] = set()
    periods: list[Period] = []
    for period in experiment.periods:
        changes: list[Change] = []
        for change in period.changes:
            if change.value is not None:
                changes.append(change)
            elif change.target in changed:  # back to the model's own value
                changes.append(Change(target=change.target, value=number(_own(change.target, values))))
        changed |= {change.target for change in changes}
        # a condition that sets nothing has no row in version 2
        names = period.conditions if changes else ()
        periods.append(dataclasses.replace(period, changes=tuple(changes), conditions=names))
    return dataclasses.replace(experiment, periods=tuple(periods))


def _own(target: str, values: Mapping[str, float]) -> float:
    if target not in values:
        reason = f"a condition gives {target!r} the model's own value, which the model computes"
        raise PetabError("the table of conditions", reason=reason, hint="Give the number.")
    return values[target]
