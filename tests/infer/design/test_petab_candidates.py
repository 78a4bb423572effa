"""Candidates of PEtab problems: what rows leave out, and what they say themselves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import hybridcell as hc
from hybridcell._core.errors import DataError, InvalidValueError, UnknownNameError
from hybridcell.infer.design.petab_candidates import experiment_labels, with_candidates
from hybridcell.infer.updating.kinetics import _appended
from tests.fit.petab.problems import write
from tests.infer.problems import A0, HEAD, MODEL, K

TABLES = {
    "parameters": f"{HEAD}\n{K}\n{A0}",
    "conditions": "conditionId s\nlow 1\nhigh 5",
    "observables": "observableId observableFormula noiseFormula\n"
    "plain A 0.1\nscaled observableParameter1_scaled*A noiseParameter1_scaled\n"
    "never A noiseParameter1_never",
    "measurements": "observableId simulationConditionId time measurement observableParameters "
    "noiseParameters\nplain low 1 1.0 _ _\nscaled low 1 2.0 2 0.2\nscaled high 1 3.0 3 0.3",
}
SCALED = {"observableId": "scaled", "simulationConditionId": "high", "time": 2.0}


@pytest.fixture(scope="module")
def problem(tmp_path_factory):
    return hc.read_petab(write(tmp_path_factory.mktemp("placeholders"), MODEL, 1, TABLES))


def texts(fills):
    return [";".join(map(str, one)) for one in fills]


def filled(problem, *candidates):
    """Return what fills the placeholders of observables and of noises."""
    measured = with_candidates(problem, list(candidates), None)[0].statement.measurements
    return texts(measured.observable_parameters), texts(measured.noise_parameters)


def test_rows_take_the_place_of_measurements_and_are_filled_like_them():
    problem = hc.read_petab(hc.networks.load("jak_stat").petab)
    statement = problem.statement
    label = experiment_labels(statement)[0][0]
    asked, owner, names = with_candidates(problem, [{"experimentId": label, "time": 3.0}], None)
    assert len(asked.statement.measurements) == len(statement.observables)
    assert owner.tolist() == [0] * len(statement.observables)
    assert len(names) == 1
    measured = statement.measurements
    row = int(np.flatnonzero(measured.observable == 0)[0])
    assert asked.statement.measurements.noise_parameters[0] == measured.noise_parameters[row]


def test_placeholders_are_those_of_the_same_experiment_unless_a_row_says_its_own(problem):
    assert filled(problem, SCALED) == (["3"], ["0.3"])
    own = {**SCALED, "noiseParameters": 0.9}
    assert filled(problem, own, {**SCALED, "observableParameters": "4"}) == (["3", "4"], ["0.9", "0.3"])
    assert filled(problem, {**own, "observableId": "never"}) == ([""], ["0.9"])
    assert filled(problem, {**SCALED, "noiseParameters": "k"})[1] == ["k"]


def test_new_measurements_have_their_own_errors_in_the_table_and_in_the_problem(problem):
    table = pd.DataFrame(
        [{**SCALED, "measurement": 4.0, "noiseParameters": "0.9"}, {**SCALED, "measurement": 5.0}]
    )
    rows = with_candidates(problem, table, None)[0].statement.measurements
    joint = _appended(problem, rows, table).statement
    assert texts(joint.measurements.noise_parameters[-2:]) == ["0.9", "0.3"]
    written = joint.tables["measurements"].iloc[-2:]
    assert written["noiseParameters"].tolist() == ["0.9", "0.3"]
    assert written["observableParameters"].tolist() == ["3", "3"]
    assert written["measurement"].tolist() == ["4.0", "5.0"]
    assert len(joint.measurements) == len(joint.tables["measurements"]) == 5


def test_rows_say_only_what_they_have_to(problem):
    rows = [
        {"experimentId": "low", "time": 1.0, "observableId": "plain"},
        {"simulationConditionId": "high", "time": 1.0, "observableId": "plain"},
        {"experimentId": "low", "time": np.inf},
    ]
    asked, owner, names = with_candidates(problem, rows, ["plain", "scaled"])
    assert owner.tolist() == [0, 1, 2, 2]
    assert names == ("low, plain, t 1", "high, plain, t 1", "low, t inf")
    assert asked.statement.measurements.observable.tolist() == [0, 0, 0, 1]
    assert asked.statement.measurements.time.tolist() == [1.0, 1.0, np.inf, np.inf]


def test_what_is_asked_for_twice_has_two_names_unless_it_has_one(problem):
    twice = [SCALED, SCALED, SCALED]
    assert with_candidates(problem, twice, None)[2] == tuple(
        f"high, scaled, t 2{end}" for end in ("", " #2", " #3")
    )
    _, owner, names = with_candidates(problem, [{**one, "candidate": "x"} for one in twice], None)
    assert (owner.tolist(), names) == ([0, 0, 0], ("x",))
    assert with_candidates(problem, pd.DataFrame(twice, index=["p", "q", "p"]), None)[2] == ("p", "q", "p #2")
    # rows that name none are experiments of their own
    named = [SCALED, {**SCALED, "candidate": "high, scaled, t 2"}, {**SCALED, "candidate": " "}]
    _, owner, names = with_candidates(problem, named, None)
    assert (owner.tolist(), len(set(names))) == ([0, 1, 2], 3)
    assert names[1] == "high, scaled, t 2"


@pytest.mark.parametrize(
    ("candidates", "error", "words"),
    [
        ([], InvalidValueError, "no candidates"),
        ("low", InvalidValueError, "Candidates are str; wanted a DataFrame or a list of dicts"),
        ([{"observableId": "plain"}], DataError, 'need a "time" each'),
        (
            [{**SCALED, "time": -1.0}],
            DataError,
            "candidate 1 is -1.0; wanted a number from 0 on, or inf",
        ),
        ([{"time": 1.0}], DataError, "has 2 experiments: say which"),
        ([{**SCALED, "simulationConditionId": "hihg"}], UnknownNameError, "Did you mean 'high'"),
        ([{**SCALED, "observableId": "scalde"}], UnknownNameError, "Did you mean 'scaled'"),
        (
            [{**SCALED, "observableId": "never"}],
            DataError,
            "says what its placeholders noiseParameter1_never",
        ),
        (
            [{**SCALED, "noiseParameters": "1;2"}],
            DataError,
            "'1;2', 2 values; wanted 1, of noiseParameter1_",
        ),
        (
            [{**SCALED, "observableId": "plain", "noiseParameters": 0.5}],
            DataError,
            "1 values; wanted 0: it has no placeholders",
        ),
    ],
)
def test_what_is_wrong_with_candidates_is_said(problem, candidates, error, words):
    with pytest.raises(error, match=words):
        with_candidates(problem, candidates, None)
