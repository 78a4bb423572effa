"""Candidate measurements of a PEtab problem: experiments, observables and times that its tables know."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from hybridcell._core.errors import DataError, InvalidValueError, unknown_name
from hybridcell.data._labels import format_number
from hybridcell.fit.petab.problem import PetabProblem
from hybridcell.infer.design.candidate_names import untaken
from hybridcell.io.petab.statement import PetabMeasurements, Statement
from hybridcell.io.petab.table import Table


def experiment_labels(statement: Statement) -> list[tuple[str, ...]]:
    """Return the names by which each experiment may be called: its id, and those of its last conditions."""
    found = []
    for experiment in statement.experiments:
        last = experiment.periods[-1].conditions
        found.append(tuple(dict.fromkeys([experiment.id, "+".join(last), *(last if len(last) == 1 else ())])))
    return found


def with_candidates(
    problem: PetabProblem, candidates: Any, readouts: Any
) -> tuple[PetabProblem, np.ndarray, tuple[str, ...]]:
    """Return the problem with candidates in the place of its measurements.

    Parameters
    ----------
    candidates : DataFrame or list of dict
        Columns ``time``, ``experimentId`` (or ``simulationConditionId``; may be left out where the problem
        has one experiment), ``observableId`` (may be left out, or empty: all of `readouts`, by default all),
        and optionally ``candidate``: rows of one name are one experiment; ``observableParameters`` and
        ``noiseParameters`` (left out, or empty: as in the measurements nearest to the row).

    Returns
    -------
    PetabProblem
        Its measurements are the rows of the candidates; their values mean nothing.
    ndarray of int
        The candidate of each.
    tuple of str
        Names of the candidates.
    """
    import pandas as pd

    table = candidates if isinstance(candidates, pd.DataFrame) else _frame(candidates)
    if not len(table):
        raise InvalidValueError("There are no candidates; wanted at least one.")
    if "time" not in table.columns:
        raise DataError('Candidates need a "time" each; found none.')
    statement = problem.statement
    observables = [o.id for o in statement.observables]
    wanted = list(observables if readouts is None else readouts)
    rows: list[tuple[int, int, float]] = []
    filled: list[tuple[Any, Any]] = []
    owner: list[int] = []
    names: list[str] = []
    told = [] if "candidate" not in table.columns else [str(one).strip() for one in table["candidate"]]
    for k, (index, row) in enumerate(table.iterrows()):
        experiment = _experiment(statement, row)
        named = not _blank(row, "observableId")
        several = [str(row["observableId"])] if named else wanted
        for observable in several:
            if observable not in observables:
                raise unknown_name("observable", str(observable), observables)
        time = float(row["time"])
        if np.isnan(time) or time < 0:
            raise DataError(f"The time of candidate {k + 1} is {time}; wanted a number from 0 on, or inf.")
        if not _blank(row, "candidate"):
            label = str(row["candidate"]).strip()
        else:
            own = statement.experiments[experiment].id
            label = _label(table, index, own, several[0] if named else "", time)
            label = untaken(label, {*names, *told})
        if label not in names:
            names.append(label)
        asked = [(observables.index(str(o)), experiment, time) for o in several]
        rows += asked
        filled += [_overrides(statement, o, experiment, row) for o, *_ in asked]
        owner += [names.index(label)] * len(several)
    return _replaced(problem, rows, filled), np.array(owner), tuple(names)


def _frame(candidates: Any) -> Any:
    import pandas as pd

    if isinstance(candidates, dict):
        candidates = [candidates]
    if not isinstance(candidates, list | tuple) or not all(isinstance(one, dict) for one in candidates):
        raise InvalidValueError(
            f"Candidates are {type(candidates).__name__}; wanted a DataFrame or a list of dicts such as "
            "{'experimentId': 'e1', 'observableId': 'pAKT', 'time': 10.0}."
        )
    return pd.DataFrame(list(candidates))


def _experiment(statement: Statement, row: Any) -> int:
    labels = experiment_labels(statement)
    known = [label for of_one in labels for label in of_one]
    given = [row[c] for c in ("experimentId", "simulationConditionId") if not _blank(row, c)]
    if not given:
        if len(labels) == 1:
            return 0
        raise DataError(
            f"The problem has {len(labels)} experiments: say which a candidate is of, in a column "
            f"experimentId (one of {', '.join(known[:6])})."
        )
    places = [k for k, of_one in enumerate(labels) if str(given[0]) in of_one]
    if not places:
        raise unknown_name("experiment", str(given[0]), known)
    return places[0]


def _blank(row: Any, column: str) -> bool:
    """Return whether a row does not say something."""
    import pandas as pd

    return column not in row.index or bool(pd.isna(row[column])) or not str(row[column]).strip()


def _label(table: Any, index: Any, experiment: str, observable: str, time: float) -> str:
    import pandas as pd

    if not isinstance(table.index, pd.RangeIndex):
        return str(index)
    return ", ".join([*filter(None, [experiment, observable]), f"t {format_number(time)}"])


def _replaced(
    problem: PetabProblem, rows: list[tuple[int, int, float]], filled: list[tuple[Any, Any]]
) -> PetabProblem:
    statement = problem.statement
    measured = PetabMeasurements(
        observable=np.array([r[0] for r in rows], int),
        experiment=np.array([r[1] for r in rows], int),
        time=np.array([r[2] for r in rows], float),
        value=np.ones(len(rows)),
        observable_parameters=tuple(f[0] for f in filled),
        noise_parameters=tuple(f[1] for f in filled),
    )
    assert len(statement.measurements)
    return replace(problem, statement=replace(statement, measurements=measured), _origin=None)


def _overrides(statement: Statement, observable: int, experiment: int, row: Any) -> tuple[Any, Any]:
    """Return what fills the placeholders: what the row says, or what the nearest measurements have."""
    one = statement.observables[observable]
    wanted = {"observableParameters": one.placeholders, "noiseParameters": one.noise_placeholders}
    usual = _usual(statement, observable, experiment)
    found = []
    for (column, names), its in zip(wanted.items(), usual):
        if not _blank(row, column):
            cells = Table(columns={column: [str(row[column])]}, origin=(("the candidates", 0),))
            its = cells.formulas(0, column)
            if len(its) != len(names):
                what = f", of {', '.join(names)}" if names else ": it has no placeholders"
                raise DataError(
                    f"{column} of {one.id!r} are {row[column]!r}, {len(its)} values; wanted "
                    f"{len(names)}{what}."
                )
        elif its is None:
            raise DataError(
                f"The observable {one.id!r} was never measured, and nothing says what its placeholders "
                f"{', '.join((*one.placeholders, *one.noise_placeholders))} are. Say it in columns "
                "observableParameters and noiseParameters, or take another observable."
            )
        found.append(its)
    return found[0], found[1]


def _usual(statement: Statement, observable: int, experiment: int) -> tuple[Any, Any]:
    """Return what fills placeholders in the measurements nearest to a row; None where nothing does."""
    given = statement.measurements
    same = given.observable == observable
    rows = np.flatnonzero(same & (given.experiment == experiment))
    rows = rows if len(rows) else np.flatnonzero(same)
    if len(rows):
        return given.observable_parameters[rows[0]], given.noise_parameters[rows[0]]
    one = statement.observables[observable]
    return None if one.placeholders else (), None if one.noise_placeholders else ()
