from __future__ import annotations

import numpy as np
import pytest

from hybridcell._core.expressions import number, symbol
from hybridcell._core.expressions.expression import apply
from hybridcell.fit.petab.binding import bind
from hybridcell.fit.petab.build import build
from hybridcell.fit.petab.read import read_petab
from hybridcell.io import read_sbml
from hybridcell.io.petab.errors import PetabError
from hybridcell.io.petab.read import read_statement
from hybridcell.simulate.solve import Solve
from tests.fit.petab.problems import COMPARTMENT_2, CONVERSION, EVENTS_2, Case, flow, write


def both(case, folder):
    statement = read_statement(case.write(folder))
    return statement, read_sbml(statement.model)


def test_targets_are_states_or_columns(tmp_path):
    binding = bind(*both(COMPARTMENT_2, tmp_path))
    assert [binding.kind(id) for id in ("A", "c", "size", "a1", "k1")] == ["state", *["column"] * 4]
    assert binding.columns[: binding.own] == binding.network.equations.constants
    assert set(binding.columns[binding.own :]) == {"size", "a1"}
    assert binding.volume("A") is not None


def test_a_formula_with_an_unknown_id_is_refused(tmp_path):
    binding = bind(*both(COMPARTMENT_2, tmp_path))
    with pytest.raises(Exception, match=r"siez.*size"):
        binding.resolve(apply("add", symbol("siez"), number(1.0)))


@pytest.mark.parametrize("where", ["parameters", "conditions"])
def test_what_a_rule_decides_cannot_be_set(where, tmp_path):
    tables = dict(EVENTS_2.tables)
    if where == "parameters":
        tables["parameters"] += "\n ruled 0 10 1 true"
    else:
        tables["conditions"] += "\n after ruled 1"
    model = EVENTS_2.model.replace("\nend", "\n  ruled := 2*A;\nend")
    case = Case(2, tables, EVENTS_2.expected, model=model)
    with pytest.raises(PetabError, match=f"'ruled' is decided by a rule.*{where}"):
        bind(*both(case, tmp_path))


def test_an_initial_assignment_gives_way_to_the_table(tmp_path):
    model = CONVERSION.replace("\nend", "\n  k1 = 2*k2;\nend")
    tables = {name: text for name, text in COMPARTMENT_2.tables.items() if name == "parameters"}
    tables["observables"] = "observableId observableFormula noiseFormula\nobs A 0.3"
    tables["measurements"] = "observableId experimentId time measurement\nobs _ 1 0.3"
    tables["parameters"] = "parameterId lowerBound upperBound nominalValue estimate\nk1 0 9 0.8 true"
    case = Case(2, tables, COMPARTMENT_2.expected, model=model)
    compiled = build(*both(case, tmp_path), Solve())
    assert "k1" in compiled.simulator.binding.network.equations.constants


def test_an_initial_assignment_holds_where_no_condition_sets_its_id(tmp_path):
    tables = {
        "parameters": "parameterId lowerBound upperBound nominalValue estimate\na0 0 9 1.4 true",
        "conditions": "conditionId targetId targetValue\nx k1 1",
        "experiments": "experimentId time conditionId\ne 0 x\nf 0 _",
        "observables": "observableId observableFormula noiseFormula\nobs A 0.3",
        "measurements": "observableId experimentId time measurement\nobs e 1 0.3\nobs f 1 0.3",
    }
    model = CONVERSION.replace("\nend", "\n  k1 = 2*k2;\nend")
    problem = read_petab(write(tmp_path, model, 2, tables))
    wanted = [flow(1.4, 0.5, k1, 0.6, 1.0)[0] for k1 in (1.0, 1.2)]
    np.testing.assert_allclose(problem.simulate()["simulation"], wanted, rtol=1e-6)
