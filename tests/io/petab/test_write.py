from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.expressions import number
from hybridcell.io.petab import PetabError, as_version_2, read_statement, write_statement
from hybridcell.io.petab.cells import columns_of, number_cell, parameter_row
from hybridcell.io.petab.generate import named_conditions
from hybridcell.io.petab.merge import written_tables
from hybridcell.io.petab.statement import Change, Experiment, Period, PetabParameter, Prior
from tests.io.petab.problems import differences, problem, published


def in_code(statement):
    return dataclasses.replace(statement, tables={}, origins={}, yaml={})


def names_of_conditions_aside(statement):
    """Conditions of one time become one condition where tables are made anew."""
    experiments = tuple(
        Experiment(id=e.id, periods=tuple(dataclasses.replace(p, conditions=()) for p in e.periods))
        for e in statement.experiments
    )
    return dataclasses.replace(statement, experiments=experiments)


@pytest.mark.parametrize("path", published())
def test_published_problems(path, tmp_path):
    statement = read_statement(path)
    again = read_statement(write_statement(statement, tmp_path / "a"))
    assert not differences(statement, again)
    assert all(statement.tables[kind].equals(again.tables[kind]) for kind in statement.tables)
    made = read_statement(write_statement(in_code(statement), tmp_path / "b"))
    assert not differences(names_of_conditions_aside(statement), names_of_conditions_aside(made))
    two = as_version_2(statement)
    made = read_statement(write_statement(two, tmp_path / "c"))
    assert not differences(names_of_conditions_aside(two), names_of_conditions_aside(made))


@pytest.mark.parametrize("version", [1, 2])
def test_small_problems(tmp_path, version):
    statement = read_statement(problem(tmp_path, version))
    path = write_statement(statement, tmp_path / "a" / "b")
    again = read_statement(path)
    assert path == tmp_path / "a" / "b" / "problem.yaml"
    assert again.model.read_bytes() == statement.model.read_bytes()
    assert not differences(statement, again)
    assert all(statement.tables[kind].equals(again.tables[kind]) for kind in statement.tables)
    assert not differences(
        names_of_conditions_aside(statement),
        names_of_conditions_aside(read_statement(write_statement(in_code(statement), tmp_path / "c"))),
    )
    # in its own place
    assert not differences(statement, read_statement(write_statement(statement, tmp_path)))
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


NOTES = "id: decay\nauthor: {name: somebody, year: 2021}\nvisualization_files: [figure.tsv]\n"


@pytest.mark.parametrize("version", [1, 2])
def test_the_id_of_a_problem_and_notes_in_its_yaml_file_are_kept(tmp_path, version):
    first = {1: "format_version: 1\n", 2: "format_version: 2.0.0\n"}[version]
    (tmp_path / "figure.tsv").write_text("plotId\n", "utf-8")
    statement = read_statement(problem(tmp_path, version, problem=(first, first + NOTES)))
    changed = dataclasses.replace(statement, parameters=statement.parameters[:2])
    for i, one in enumerate((statement, changed)):
        again = read_statement(write_statement(one, tmp_path / f"{i}"))
        notes = {"id": "decay", "author": {"name": "somebody", "year": 2021}}
        assert again.yaml == {**notes, **{k: again.yaml[k] for k in again.yaml if k not in notes}}
        assert again.yaml["visualization_files"] == ["figure.tsv"]
        assert next(iter(again.yaml)) == "format_version"


def test_notes_of_the_problem_inside_of_a_yaml_file_of_version_1_are_kept(tmp_path):
    start = "problems:\n- condition_files"
    noted = start.replace("- ", "- note: by hand\n  visualization_files: [figure.tsv]\n  ")
    (tmp_path / "figure.tsv").write_text("plotId\n", "utf-8")
    statement = read_statement(problem(tmp_path, 1, problem=(start, noted)))
    again = read_statement(write_statement(statement, tmp_path / "a"))
    (found,) = again.yaml["problems"]
    assert found["note"] == "by hand"
    files = ["condition_files", "measurement_files", "observable_files", "sbml_files", "visualization_files"]
    assert sorted(found) == sorted([*files, "note"])


@pytest.mark.parametrize("version", [1, 2])
def test_values_of_parameters_are_updated(tmp_path, version):
    statement = read_statement(problem(tmp_path, version))
    k1, scale, sigma = statement.parameters
    changed = (
        dataclasses.replace(k1, nominal=0.1 + 0.2),
        dataclasses.replace(scale, lower=1.0, estimate=False, nominal=3.0),
        sigma,
        PetabParameter(id="more", lower=0.0, upper=1.0, nominal=0.5, prior=None),
    )
    again = read_statement(
        write_statement(dataclasses.replace(statement, parameters=changed), tmp_path / "a")
    )
    assert again.parameters[0].nominal == 0.1 + 0.2
    assert again.parameters == changed
    # the cells that did not change have their text
    assert again.tables["parameters"]["lowerBound"].iloc[0] == "1e-3"
    fewer = dataclasses.replace(statement, parameters=(sigma, k1))
    assert read_statement(write_statement(fewer, tmp_path / "b")).parameters == (sigma, k1)


@pytest.mark.parametrize("version", [1, 2])
def test_other_fields_are_updated(tmp_path, version):
    statement = read_statement(problem(tmp_path, version))
    given = statement.measurements
    measured = dataclasses.replace(given, value=given.value * np.pi)
    first = dataclasses.replace(statement.observables[1], name="new", noise=number(1 / 3))
    changed = dataclasses.replace(
        statement, measurements=measured, observables=(statement.observables[0], first)
    )
    again = read_statement(write_statement(changed, tmp_path / "a"))
    assert not differences(names_of_conditions_aside(changed), names_of_conditions_aside(again))
    if version == 1:
        assert list(again.tables["measurements"]["datasetId"]) == ["one", "two", "three"]


def test_several_files_become_one(tmp_path):
    path = problem(tmp_path, 2, problem=("[parameters.tsv]", "[parameters.tsv, more.tsv]"))
    (tmp_path / "more.tsv").write_text("parameterId\testimate\tnominalValue\tnote\nz\t0\t1\thi\n", "utf-8")
    statement = read_statement(path)
    again = read_statement(write_statement(statement, tmp_path / "a"))
    assert not differences(statement, again)
    assert again.origins["parameters"][-1] == ("parameters.tsv", 5)
    assert again.tables["parameters"]["note"].iloc[-1] == "hi"


def test_what_a_version_cannot_say(tmp_path):
    (tmp_path / "1").mkdir()
    (tmp_path / "2").mkdir()
    one, two = read_statement(problem(tmp_path / "1", 1)), read_statement(problem(tmp_path / "2", 2))
    with pytest.raises(PetabError, match="the model's own value"):
        written_tables(dataclasses.replace(in_code(one), version=2, parameters=(), observables=()))
    with pytest.raises(PetabError, match="has periods from"):
        written_tables(dataclasses.replace(in_code(two), version=1, observables=(), parameters=()))
    with pytest.raises(PetabError, match="not named as in version 1"):
        written_tables(dataclasses.replace(in_code(two), version=1, parameters=()))
    nameless = dataclasses.replace(two.experiments[0], id="")
    with pytest.raises(PetabError, match="without an id"):
        written_tables(dataclasses.replace(in_code(two), experiments=(nameless,)))
    assert not (tmp_path / "a").exists()
    gone = dataclasses.replace(one, model=tmp_path / "gone.xml")
    with pytest.raises(InvalidValueError, match=r"gone\.xml"):
        write_statement(gone, tmp_path / "a")


def test_changes_that_version_1_cannot_say(tmp_path):
    one = in_code(read_statement(problem(tmp_path, 1)))

    def made(before, after):
        periods = (Period(time=-math.inf, changes=before), Period(time=0.0, changes=after))
        both = Experiment(id="x", periods=periods)
        return dataclasses.replace(one, experiments=(one.experiments[0], both))

    k, species = Change(target="k2", value=number(1)), Change(target="A", value=None)
    with pytest.raises(PetabError, match="keeps its value"):
        written_tables(made((k,), ()))
    with pytest.raises(PetabError, match="the model's own value"):
        written_tables(made((k,), (k, species)))
    from hybridcell.io.petab.math import parse_math

    with pytest.raises(PetabError, match="numbers and ids"):
        written_tables(made((k,), (Change(target="k2", value=parse_math("scale+1")),)))
    again = read_statement(write_statement(made((k,), (k,)), tmp_path / "a"))
    assert [p.changes[0] for p in again.experiments[1].periods] == [k, k]


@pytest.mark.parametrize(
    ("version", "parameter", "words"),
    [
        (2, PetabParameter(id="a", scale="log"), "the scale"),
        (
            2,
            PetabParameter(id="a", prior=Prior(family="normal", parameters=(0, 1), on_scale=True)),
            "on the scale",
        ),
        (2, PetabParameter(id="a", lower=0, prior=Prior(family="normal", parameters=(0, 1))), "cut off"),
        (1, PetabParameter(id="a", prior=Prior(family="gamma", parameters=(1, 1))), "'gamma'"),
        (
            1,
            PetabParameter(id="a", prior=Prior(family="normal", parameters=(1, 1), truncated=True)),
            "cut off",
        ),
    ],
)
def test_priors_without_a_form(version, parameter, words):
    with pytest.raises(PetabError, match=words):
        parameter_row(parameter, version)


def test_cells():
    assert [number_cell(x) for x in (0.1, math.nan, -math.inf, 3)] == ["0.1", "", "-inf", "3.0"]
    rows = [{"a": "", "b": "", "c": "", "d": ""}, {"a": "1", "e": "2"}]
    assert columns_of(rows) == {"a": ["", "1"], "b": ["", ""], "c": ["", ""], "e": ["", "2"]}
    whole = PetabParameter(id="a", lower=0.0, prior=Prior(family="gamma", parameters=(1.0, 1.0)))
    assert parameter_row(whole, 2)["priorDistribution"] == "gamma"


def test_names_of_conditions():
    change = Change(target="A", value=number(1))
    period = Period(time=0.0, changes=(change,), conditions=("a",))
    other = Period(time=0.0, conditions=("a",))
    found, names = named_conditions(
        [Experiment(id="e", periods=(period,)), Experiment(id="f", periods=(other, Period(time=1.0)))]
    )
    assert found == {"a": (change,), "a_2": (), "f_1": ()}
    assert names == [["a"], ["a_2", "f_1"]]


WITH_PRIORS = """parameterId parameterScale lowerBound upperBound nominalValue estimate objectivePriorType objectivePriorParameters
k1 log10 1e-3 1e3 0.8 1 parameterScaleUniform _
scale lin 0 10 2 1 uniform _
sigma lin 0 10 0.5 0 normal 0;1
"""  # noqa: E501


@pytest.mark.parametrize("field", ["lower", "upper"])
def test_a_uniform_prior_stays_where_it_was_when_the_bounds_move(tmp_path, field):
    statement = read_statement(problem(tmp_path, 1, parameters=WITH_PRIORS))
    moved = tuple(dataclasses.replace(p, **{field: 2.0}) for p in statement.parameters)
    path = write_statement(dataclasses.replace(statement, parameters=moved), tmp_path / "a")
    assert read_statement(path).parameters == moved
    assert moved[0].prior.parameters == (-3.0, 3.0)


def reordered(measurements, order):
    fields = {field.name: getattr(measurements, field.name) for field in dataclasses.fields(measurements)}
    rows = {
        name: values[order] if isinstance(values, np.ndarray) else tuple(values[i] for i in order)
        for name, values in fields.items()
    }
    return dataclasses.replace(measurements, **rows)


@pytest.mark.parametrize(
    ("version", "rows"),
    [
        (1, "other _ after 0 0.7 early\nother _ after 10 0.1 late\n"),
        (1, "other _ after 10 0.7 alone\nother before after 10 0.1 rested\n"),
        (2, "other e 10 0.7 early\nother e 20 0.1 late\n"),
        (2, "other e 10 0.7 e\nother _ 10 0.1 none\n"),
    ],
)
def test_notes_of_measurements_stay_with_their_rows(tmp_path, version, rows):
    condition = "preequilibrationConditionId simulationConditionId" if version == 1 else "experimentId"
    head = f"observableId {condition} time measurement datasetId\n"
    statement = read_statement(problem(tmp_path, version, measurements=head + rows))
    given = statement.measurements
    scaled = dataclasses.replace(statement, measurements=dataclasses.replace(given, value=given.value * 2))
    again = read_statement(write_statement(scaled, tmp_path / "a"))
    notes = [found.tables["measurements"]["datasetId"] for found in (statement, again)]
    assert list(notes[0]) == list(notes[1])
    turned = dataclasses.replace(statement, measurements=reordered(given, [1, 0]))
    again = read_statement(write_statement(turned, tmp_path / "b"))
    assert again.measurements.value.tolist() == given.value[::-1].tolist()
    assert again.measurements.time.tolist() == given.time[::-1].tolist()
    assert "datasetId" not in again.tables["measurements"]


@pytest.mark.parametrize("version", [1, 2])
def test_a_problem_of_nothing_but_a_model_comes_back(tmp_path, version):
    statement = read_statement(problem(tmp_path, version))
    none = reordered(statement.measurements, [])
    bare = dataclasses.replace(statement, parameters=(), observables=(), experiments=(), measurements=none)
    again = read_statement(write_statement(in_code(bare), tmp_path / "a"))
    assert (again.parameters, again.observables, again.experiments) == ((), (), ())
    assert len(again.measurements) == 0
