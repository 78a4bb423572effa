"""Observable tables of both versions."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable

from hybridcell._core.expressions import Expression, symbol
from hybridcell._core.expressions.expression import leaves, substitute
from hybridcell.io.petab.errors import known_hint
from hybridcell.io.petab.statement import Observable
from hybridcell.io.petab.table import ID, Table, split

_TRANSFORMATIONS = {"lin": "", "log": "log-", "log10": "log10-"}
_VERSION_1, _VERSION_2 = ("normal", "laplace"), ("normal", "laplace", "log-normal", "log-laplace")


def observables(
    table: Table, version: int, model_ids: Callable[[], Collection[str]]
) -> tuple[Observable, ...]:
    """Return the rows of an observable table.

    Parameters
    ----------
    table
    version
    model_ids
        Gives the ids of the model. Called only if the id of an observable is in a formula: where the model
        has the same id, the model is meant.
    """
    names = table.unique("observableId")
    formulas = [table.formula(row, "observableFormula") for row in range(len(names))]
    noises = [table.formula(row, "noiseFormula") for row in range(len(names))]
    formulas, noises = _inlined(table, names, formulas, noises, model_ids)
    return tuple(
        _one(table, row, version, formula, noise)
        for row, (formula, noise) in enumerate(zip(formulas, noises))
    )


def _one(table: Table, row: int, version: int, formula: Expression, noise: Expression) -> Observable:
    name = table.cell(row, "observableId")
    ids = leaves([formula, noise], "symbol")
    if version == 1:
        placeholders = tuple(_numbered(table, row, ids, prefix, name) for prefix in ("observable", "noise"))
    else:
        placeholders = tuple(
            _listed(table, row, f"{prefix}Placeholders") for prefix in ("observable", "noise")
        )
        both = set(placeholders[0]) & set(placeholders[1])
        if both:
            reason = f"{sorted(both)[0]!r} is a placeholder of the observable too"
            raise table.error(row, "noisePlaceholders", reason)
    return Observable(
        id=name,
        name=table.cell(row, "observableName"),
        formula=formula,
        noise=noise,
        placeholders=placeholders[0],
        noise_placeholders=placeholders[1],
        distribution=_distribution(table, row, version),
    )


def _distribution(table: Table, row: int, version: int) -> str:
    found = table.cell(row, "noiseDistribution", "normal")
    choices = _VERSION_1 if version == 1 else _VERSION_2
    if found not in choices:
        reason = f"there is no distribution {found!r} in version {version}"
        raise table.error(row, "noiseDistribution", reason, known_hint(found, choices))
    if version == 2:
        return found
    transformation = table.cell(row, "observableTransformation", "lin")
    if transformation not in _TRANSFORMATIONS:
        reason = f"there is no transformation {transformation!r}"
        raise table.error(
            row, "observableTransformation", reason, known_hint(transformation, _TRANSFORMATIONS)
        )
    return _TRANSFORMATIONS[transformation] + found


def _numbered(table: Table, row: int, ids: Iterable[str], prefix: str, name: str) -> tuple[str, ...]:
    # version 1: the formulas have observableParameter1_<id>, observableParameter2_<id>, ...
    pattern = re.compile(rf"{prefix}Parameter(\d+)_{re.escape(name)}\Z")
    found = sorted(int(match.group(1)) for match in map(pattern.match, ids) if match)
    if found != list(range(1, len(found) + 1)):
        reason = f"the placeholders {prefix}Parameter..._{name} have the numbers {found}"
        raise table.error(row, f"{prefix}Formula", reason, "Number them from 1, without gaps.")
    return tuple(f"{prefix}Parameter{i}_{name}" for i in found)


def _listed(table: Table, row: int, column: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in split(table.cell(row, column)))
    for i, name in enumerate(found):
        if not ID.match(name):
            raise table.error(row, column, f"{name!r} is not an id")
        if name in found[:i]:
            raise table.error(row, column, f"{name!r} is there twice")
    return found


def _inlined(
    table: Table,
    names: list[str],
    formulas: list[Expression],
    noises: list[Expression],
    model_ids: Callable[[], Collection[str]],
) -> tuple[list[Expression], list[Expression]]:
    """Put the formulas of observables where other formulas name them."""
    place = {name: row for row, name in enumerate(names)}
    read = set(leaves(formulas + noises, "symbol")) & set(place)
    read = read - set(model_ids()) if read else read
    if not read:
        return formulas, noises
    done: dict[str, Expression] = {}
    for name in names:
        _resolve(table, name, place, formulas, read, done)
    known = {symbol(name): done[name] for name in read}
    return [done[name] for name in names], [substitute(noise, known) for noise in noises]


def _resolve(
    table: Table,
    root: str,
    place: dict[str, int],
    formulas: list[Expression],
    read: set[str],
    done: dict[str, Expression],
) -> None:
    stack, waiting = [root], set[str]()
    while stack:
        name = stack[-1]
        if name in done:
            stack.pop()
            continue
        waiting.add(name)
        inner = [i for i in leaves([formulas[place[name]]], "symbol") if i in read]
        missing = [i for i in inner if i not in done]
        for i in missing:
            if i in waiting:
                reason = (
                    f"the formula of {name!r} needs {i!r}, which needs {name!r}"
                    if i != name
                    else (f"the formula of {name!r} needs itself")
                )
                raise table.error(place[name], "observableFormula", reason)
        if missing:
            stack += missing
            continue
        done[name] = substitute(formulas[place[name]], {symbol(i): done[i] for i in inner})
        stack.pop()
