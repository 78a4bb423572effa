"""Measurement tables of both versions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from hybridcell._core.expressions import Expression
from hybridcell.io.petab.statement import Experiment, Observable, Period, PetabMeasurements
from hybridcell.io.petab.table import Table

#: The experiment of rows of version 2 that name none: the model as it is, from time 0.
DEFAULT = Experiment(id="", periods=(Period(time=0.0),))


def experiment_places(
    table: Table, experiments: tuple[Experiment, ...], model_id: str = ""
) -> tuple[tuple[Experiment, ...], list[int]]:
    """Return the experiments, with the default one if a row of version 2 needs it, and each row's place."""
    places = {experiment.id: i for i, experiment in enumerate(experiments)}
    rows: list[int] = []
    for row in range(len(table)):
        name = table.cell(row, "experimentId")
        if not name and "" not in places:
            places[""] = len(experiments)
            experiments = (*experiments, DEFAULT)
        if name:
            table.known(row, "experimentId", name, places, "experiment")
        model = table.cell(row, "modelId")
        if model and model_id:
            table.known(row, "modelId", model, {model_id: 0}, "model")
        rows.append(places[name])
    return experiments, rows


def measurements(
    table: Table, observables: Sequence[Observable], experiments: Sequence[Experiment], rows: Sequence[int]
) -> PetabMeasurements:
    """Return the rows of a measurement table; `rows` has the place of each one's experiment."""
    places = {observable.id: i for i, observable in enumerate(observables)}
    found: list[int] = []
    for row in range(len(table)):
        name = table.known(row, "observableId", table.needed(row, "observableId"), places, "observable")
        found.append(places[name])
    times = [_time(table, row, experiments[rows[row]]) for row in range(len(table))]
    values = [_value(table, row, observables[found[row]]) for row in range(len(table))]
    return PetabMeasurements(
        observable=np.array(found, dtype=np.int64),
        experiment=np.array(rows, dtype=np.int64),
        time=np.array(times, dtype=np.float64),
        value=np.array(values, dtype=np.float64),
        observable_parameters=tuple(
            _overrides(table, row, "observableParameters", observables[i].placeholders)
            for row, i in enumerate(found)
        ),
        noise_parameters=tuple(
            _overrides(table, row, "noiseParameters", observables[i].noise_placeholders)
            for row, i in enumerate(found)
        ),
    )


def _time(table: Table, row: int, experiment: Experiment) -> float:
    table.needed(row, "time")
    time = table.number(row, "time")
    if math.isnan(time) or time == -math.inf:
        hint = "Wanted a number, or inf for the steady state."
        raise table.error(row, "time", f"{table.columns['time'][row]!r} is no time of a measurement", hint)
    starts = [period.time for period in experiment.periods if period.time > -math.inf]
    start = starts[0] if starts else 0.0
    if time < start:
        raise table.error(row, "time", f"{time:g} is before the experiment begins, at {start:g}")
    return time


def _value(table: Table, row: int, observable: Observable) -> float:
    table.needed(row, "measurement")
    value = table.number(row, "measurement")
    if not math.isfinite(value):
        raise table.error(row, "measurement", f"{value} is no measurement", "Leave the row out.")
    if value <= 0 and observable.distribution.startswith("log"):
        reason = (
            f"{value:g} has no logarithm, and the noise of {observable.id!r} is {observable.distribution!r}"
        )
        raise table.error(row, "measurement", reason)
    return value


def _overrides(table: Table, row: int, column: str, wanted: tuple[str, ...]) -> tuple[Expression, ...]:
    given = table.formulas(row, column)
    if len(given) != len(wanted):
        reason = f"{len(given)} values for {len(wanted)} placeholders"
        hint = f"Placeholders: {', '.join(wanted)}." if wanted else "The formulas have no placeholders."
        raise table.error(row, column, reason, hint)
    return given
