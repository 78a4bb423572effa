from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import HybridCellError
from hybridcell.io.petab import PetabError, check_symbols, read_statement, write_statement
from hybridcell.io.petab.math import parse_math
from hybridcell.io.petab.model_ids import model_ids
from hybridcell.io.petab.statement import Change
from tests.io.petab.problems import (
    VERSION_1,
    VERSION_2,
    benchmarks,
    differences,
    needs_suite,
    problem,
    published,
    suite,
)


@pytest.mark.parametrize("path", published())
def test_published_problems(path):
    statement = read_statement(path)
    check_symbols(statement, model_ids(statement.model, statement.model.name).all)
    assert len(statement.measurements) == len(statement.tables["measurements"])
    assert len(statement.parameters) == len(statement.tables["parameters"])
    assert set(statement.origins) == set(statement.tables)


@needs_suite
def test_all_published_problems_are_there():
    assert (len(suite(1)), len(suite(2)), len(benchmarks())) == (20, 31, 18)


def test_version_1(tmp_path):
    found = read_statement(problem(tmp_path, 1))
    assert found.version == 1
    assert found.model == tmp_path / "model.xml"
    assert [p.id for p in found.parameters] == ["k1", "scale", "sigma"]
    after, both = found.experiments
    assert (after.id, both.id) == ("after", "before__after")
    assert [period.time for period in both.periods] == [-math.inf, 0]
    # B and D move: they go on as they are; the compartment gets its size back
    changes = (Change(target="k2", value=parse_math("0.5")), Change(target="c", value=None))
    assert both.periods[1].changes == after.periods[0].changes == changes
    assert [o.distribution for o in found.observables] == ["normal", "log10-laplace"]
    assert found.measurements.observable_parameters[1] == (parse_math("2"), parse_math("scale"))
    assert list(found.tables["measurements"]["datasetId"]) == ["one", "two", "three"]
    assert found.origins["measurements"][0] == ("measurements.tsv", 2)


def test_without_conditions_the_model_is_as_it_is(tmp_path):
    measured = "observableId simulationConditionId time measurement\nother _ 1 0.7\nother _ inf 0.4\n"
    changes = {"problem": ("- condition_files: [conditions.tsv]\n  ", "- "), "conditions": None}
    yaml = problem(tmp_path, 1, measurements=measured, **changes)
    found = read_statement(yaml)
    (experiment,) = found.experiments
    assert [(period.time, period.changes) for period in experiment.periods] == [(0.0, ())]
    assert set(found.origins) == {"parameters", "observables", "measurements"}
    again = write_statement(found, tmp_path / "again")
    assert (tmp_path / "again" / "conditions.tsv").read_text() == "conditionId\ndefault\n"
    assert differences(found, read_statement(again)) == []
    yaml = problem(tmp_path, 1, measurements=measured.replace("_ inf", "c1 inf"), **changes)
    said = "'condition_files': no file is named, and line 3 of measurements.tsv names the condition 'c1'"
    with pytest.raises(PetabError, match=said):
        read_statement(yaml)


def test_version_2(tmp_path):
    found = read_statement(str(problem(tmp_path, 2)))
    assert found.version == 2
    assert [e.id for e in found.experiments] == ["e", ""]
    assert [len(p.changes) for p in found.experiments[0].periods] == [2, 0, 2]
    assert found.observables[0].noise is parse_math("(s*A + offset)*n")
    assert found.measurements.experiment.tolist() == [0, 1]
    assert found.parts == {"alias": "k2"}


@pytest.mark.parametrize("text", ["no", "42", "[1]"])
def test_damaged_sections(tmp_path, text):
    with pytest.raises(PetabError):
        read_statement(problem(tmp_path, 2, problem=("[measurements.tsv]", text)))


@pytest.mark.parametrize(
    "name", ["model", "parameters", "conditions", "experiments", "observables", "measurements", "mapping"]
)
def test_missing_files_are_named(tmp_path, name):
    with pytest.raises(PetabError, match=rf"{name}\.\w+' does not exist"):
        read_statement(problem(tmp_path, 2, **{name: None}))


@pytest.mark.parametrize(
    ("version", "name", "column"),
    [
        (1, "conditions", "conditionId"), (1, "measurements", "simulationConditionId"),
        (1, "parameters", "estimate"), (1, "observables", "noiseFormula"), (2, "conditions", "targetValue"),
        (2, "experiments", "conditionId"), (2, "measurements", "time"), (2, "mapping", "modelEntityId"),
    ],
)  # fmt: skip
def test_missing_columns_are_named(tmp_path, version, name, column):
    with pytest.raises(PetabError, match=f"column '{column}': the column is missing") as caught:
        read_statement(problem(tmp_path, version, **{name: (column, "x" + column)}))
    assert (caught.value.file, caught.value.row) == (f"{name}.tsv", 1)


def test_other_columns_are_kept(tmp_path):
    found = read_statement(
        problem(tmp_path, 2, parameters=("priorParameters\n", "priorParameters my_note\n"))
    )
    assert "my_note" in found.tables["parameters"]


def test_a_condition_sets_no_parameter_of_the_table(tmp_path):
    with pytest.raises(PetabError, match=r"conditions.tsv, line 2, column 'targetId'"):
        read_statement(problem(tmp_path, 2, conditions=("c0 k2 0.3", "c0 k1 0.3")))


_WORDS = (
    "", "nan", "inf", "-inf", "-1", "0", "1e400", "k1", "A", "obs", "c0", "after", "time", "1;2", "a;;b",
    "+", "\t", "\n", '"', "\0", "é", "true", "log10", "array", "[]", "{", ": ", "- ", "*a", "&a", "!!int",
    "../x",
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([1, 2]),
    st.sampled_from(sorted(VERSION_2)),
    st.floats(0, 1),
    st.integers(0, 12),
    st.one_of(st.sampled_from(_WORDS), st.text(max_size=5)),
)  # fmt: skip
def test_damaged_problems_are_read_or_refused(tmp_path_factory, version, name, place, length, word):
    folder = tmp_path_factory.mktemp("damaged")
    path = problem(folder, version)
    if name in (VERSION_1 if version == 1 else VERSION_2):
        text = (folder / name).read_text(encoding="utf-8")
        at = round(place * len(text))
        text = text[:at] + word + text[at + length :]
        (folder / name).write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
    try:
        statement = read_statement(path)
        check_symbols(statement, model_ids(statement.model, "model.xml").all)
        written = write_statement(statement, folder / "again")
    except HybridCellError:
        return
    assert not differences(statement, read_statement(written))
