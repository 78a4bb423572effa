from __future__ import annotations

import dataclasses

import pytest

from hybridcell.io.petab import PetabError, check_symbols, read_statement
from hybridcell.io.petab.check import warn_of_unread
from tests.io.petab.problems import IDS, problem


@pytest.mark.parametrize("version", [1, 2])
def test_good_problems(tmp_path, version):
    check_symbols(read_statement(problem(tmp_path, version)), IDS)


@pytest.mark.parametrize(
    ("version", "name", "change", "row", "column", "unknown"),
    [
        (1, "observables", ("other B", "other Bx"), 3, "observableFormula", "Bx"),
        (1, "observables", ("B 0.5", "B wide"), 3, "noiseFormula", "wide"),
        (1, "measurements", ("2;scale", "2;scal"), 3, "observableParameters", "scal"),
        (1, "measurements", ("1 sigma", "1 sigmo"), 2, "noiseParameters", "sigmo"),
        (1, "conditions", ("before 0.3", "before three"), 2, "k2", "three"),
        (1, "conditions", ("conditionId k2", "conditionId k3"), 3, "k3", "k3"),
        (2, "conditions", ("scale+1", "scala+1"), 3, "targetValue", "scala"),
        # an id that only formulas read has no value before
        (2, "conditions", ("c2 offset 2", "c2 offset offset+2"), 5, "targetValue", "offset"),
        (2, "conditions", ("c1 A A+5", "c1 Q A+5"), 4, "targetId", "Q"),
        (2, "observables", ("obs*n", "obs*m"), 2, "noiseFormula", "m"),
    ],
)
def test_unknown_ids_are_found(tmp_path, version, name, change, row, column, unknown):
    statement = read_statement(problem(tmp_path, version, **{name: change}))
    with pytest.raises(PetabError, match=f"there is no '{unknown}'") as caught:
        check_symbols(statement, IDS)
    assert (caught.value.file, caught.value.row, caught.value.column) == (f"{name}.tsv", row, column)


@pytest.mark.parametrize("version", [1, 2])
def test_parameters_that_nothing_reads_are_warned_of(tmp_path, version):
    last = {1: "sigma lin 0 10 0.5 0\n", 2: "sigma _ _ 0.5 false _ _\n"}[version]
    # k_1 is misspelled; other is an observable; spare is read by a condition that has no measurements
    more = [last.replace("sigma", name) for name in ("k_1", "other", "spare")]
    condition = {
        1: ("after 0.5", "never spare NaN NaN _\nafter 0.5"),
        2: ("c2 offset", "c3 k2 2*spare\nc2 offset"),
    }
    changes = {"parameters": (last, last + "".join(more)), "conditions": condition[version]}
    statement = read_statement(problem(tmp_path, version, **changes))
    with pytest.warns(
        UserWarning, match=r"^'k_1', 'other' in the parameter table of problem.yaml: neither"
    ) as w:
        warn_of_unread(statement, IDS)
    assert len(w) == 1


@pytest.mark.parametrize("version", [1, 2])
def test_parameters_that_something_reads_are_not_warned_of(tmp_path, version):
    warn_of_unread(read_statement(problem(tmp_path, version)), IDS)


def test_a_problem_made_in_code(tmp_path):
    statement = read_statement(problem(tmp_path, 2))
    statement = dataclasses.replace(statement, tables={}, origins={})
    with pytest.raises(PetabError, match="the table of conditions, 'A'"):
        check_symbols(statement, ["B", "k2", "k1"])
    with pytest.raises(PetabError, match="the table of conditions"):
        check_symbols(statement, ["A", "B", "k1"])
