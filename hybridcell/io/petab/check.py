"""Whether every id in the formulas of a problem exists, and whether every parameter is read."""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Iterator

from hybridcell._core.expressions import Expression
from hybridcell._core.expressions.expression import leaves
from hybridcell.io.petab.errors import PetabError, known_hint
from hybridcell.io.petab.statement import Change, Statement


def check_symbols(statement: Statement, model_ids: Collection[str]) -> None:
    """Check that every id in formulas, changes and measurements is one of the model or of the problem.

    Parameters
    ----------
    statement
    model_ids
        Ids of the model that can be read or set: species, compartments, parameters (and reactions, where
        formulas may read their rates).

    Raises
    ------
    PetabError
        At the first id that is not known; it names the table, the line and the column.
    """
    own = {parameter.id for parameter in statement.parameters} | set(statement.parts)
    own |= {output for network in statement.networks for output in network.outputs}
    own |= {network.id for network in statement.networks}
    values = own | set(model_ids)
    targets = {change.target for _, change in _changes(statement)}
    # what a condition sets may be an id that only formulas read; its value cannot read such an id
    formulas = values | targets
    _check_observables(statement, formulas)
    _check_overrides(statement, formulas)
    read = {name for o in statement.observables for name in leaves([o.formula, o.noise], "symbol")}
    read |= {name for row in _overrides(statement) for name in leaves(row[2], "symbol")}
    for conditions, change in _changes(statement):
        if change.value is not None:
            for name in leaves([change.value], "symbol"):
                if name not in values:
                    raise _of_change(statement, conditions, change.target, name, "targetValue", values)
        if change.target not in values | read:
            raise _of_change(statement, conditions, change.target, change.target, "targetId", model_ids)


def warn_of_unread(statement: Statement, model_ids: Collection[str]) -> None:
    """Warn of parameters that neither the model nor a table reads: a misspelled id, most often.

    Parameters
    ----------
    statement
    model_ids
        As in `check_symbols`.
    """
    formulas = [o.formula for o in statement.observables] + [o.noise for o in statement.observables]
    formulas += [part for _, _, given in _overrides(statement) for part in given]
    formulas += [change.value for _, change in _changes(statement) if change.value is not None]
    read = {*leaves(formulas, "symbol"), *model_ids, *statement.parts}
    # conditions without measurements have cells, too
    for _, cells in statement.tables["conditions"].items() if "conditions" in statement.tables else ():
        read |= {name for cell in cells for name in re.findall(r"[A-Za-z_]\w*", cell)}
    unread = [repr(parameter.id) for parameter in statement.parameters if parameter.id not in read]
    if unread:
        shown = ", ".join(unread[:5]) + (f" and {len(unread) - 5} more" if len(unread) > 5 else "")
        warnings.warn(
            f"{shown} in the parameter table of {statement.file.name}: neither the model nor another table "
            "reads it, so that its value changes nothing. Correct the id, or take the row out.",
            UserWarning,
            stacklevel=3,
        )


def _changes(statement: Statement) -> Iterator[tuple[tuple[str, ...], Change]]:
    for experiment in statement.experiments:
        for period in experiment.periods:
            for change in period.changes:
                yield period.conditions, change


def _overrides(statement: Statement) -> Iterator[tuple[int, str, tuple[Expression, ...]]]:
    measurements = statement.measurements
    for row in range(len(measurements)):
        if measurements.observable_parameters[row]:
            yield row, "observableParameters", measurements.observable_parameters[row]
        if measurements.noise_parameters[row]:
            yield row, "noiseParameters", measurements.noise_parameters[row]


def _check_observables(statement: Statement, known: Collection[str]) -> None:
    for row, observable in enumerate(statement.observables):
        valid = {*known, *observable.placeholders, *observable.noise_placeholders}
        for column, formula in (
            ("observableFormula", observable.formula),
            ("noiseFormula", observable.noise),
        ):
            for name in leaves([formula], "symbol"):
                if name not in valid:
                    raise _error(statement, "observables", row, column, name, valid)


def _check_overrides(statement: Statement, known: Collection[str]) -> None:
    seen: set[tuple[Expression, ...]] = set()
    for row, column, given in _overrides(statement):
        if given not in seen:
            seen.add(given)
            for name in leaves(given, "symbol"):
                if name not in known:
                    raise _error(statement, "measurements", row, column, name, known)


def _of_change(
    statement: Statement,
    conditions: tuple[str, ...],
    target: str,
    name: str,
    column: str,
    known: Collection[str],
) -> PetabError:
    table = statement.tables.get("conditions")
    if table is not None and "conditionId" in table:
        for row, condition in enumerate(table["conditionId"]):
            if condition in conditions:
                if statement.version == 1 and target in table:
                    return _error(statement, "conditions", row, target, name, known)
                if statement.version == 2 and table["targetId"].iloc[row] == target:
                    return _error(statement, "conditions", row, column, name, known)
    return _error(statement, "conditions", -1, target, name, known)


def _error(
    statement: Statement, kind: str, row: int, column: str, name: str, known: Collection[str]
) -> PetabError:
    origin = statement.origins.get(kind, ())
    file, line = origin[row] if 0 <= row < len(origin) else (f"the table of {kind}", 0)
    reason = f"there is no {name!r} in the model or in the parameter table"
    return PetabError(file, line, column, reason, known_hint(name, sorted(known)))
