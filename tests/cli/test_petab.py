from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import hybridcell as hc
from hybridcell.cli.app import app

runner = CliRunner()

MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="decay">
<listOfParameters><parameter id="k" value="1" constant="true"/><parameter id="x" value="2" constant="false"/>
</listOfParameters><listOfRules><rateRule variable="x"><math xmlns="http://www.w3.org/1998/Math/MathML"><apply>
<times/><cn>-1</cn><ci>k</ci><ci>x</ci></apply></math></rateRule></listOfRules></model></sbml>
"""
FILES = {
    "model.xml": MODEL,
    "decay.yaml": """format_version: 2.0.0
model_files: {decay: {language: sbml, location: model.xml}}
parameter_files: [parameters.tsv]
observable_files: [observables.tsv]
measurement_files: [measurements.tsv]
""",
    "parameters.tsv": """parameterId lowerBound upperBound nominalValue estimate
k 0.1 10 0.7 true
sigma 0.01 1 0.2 true
""",
    "observables.tsv": """observableId observableFormula noiseFormula
seen x sigma
""",
    "measurements.tsv": """observableId time measurement
seen 0 2.1
seen 1 0.9
seen 2 0.5
seen 4 0.0
""",
}


@pytest.fixture
def problem(tmp_path):
    return make(tmp_path / "decay")


def make(folder, **changed):
    folder.mkdir()
    for name, text in FILES.items():
        text = changed.get(name.partition(".")[0], text)
        (folder / name).write_text(text.replace(" ", "\t") if name.endswith(".tsv") else text)
    return folder / "decay.yaml"


def lines(text):
    return {line.split("  ")[1].strip(): line for line in text.splitlines() if line.startswith("  ")}


def test_help_names_the_commands():
    result = runner.invoke(app, ["petab", "--help"])
    assert result.exit_code == 0
    assert all(f"  {name} " in result.output for name in ("check", "simulate", "fit"))


def test_a_problem_is_checked(problem):
    result = runner.invoke(app, ["petab", "check", str(problem)])
    assert result.exit_code == 0, result.output
    found = lines(result.output)
    assert result.output.startswith("decay.yaml: PEtab version 2\n")
    assert "4, times 0 to 4" in found["measurements"]
    read = hc.read_petab(problem)
    assert f"{read.log_likelihood():.10g}" in found["log-likelihood"]
    assert f"{read.chi2():.10g} of 4" in found["chi2"]
    assert "2 parameters: k, sigma" in found["to estimate"]


def test_what_cannot_be_read_is_1_and_says_the_place(tmp_path, command):
    tables = FILES["observables.tsv"].replace("seen x", "seen y")
    done = command("petab", "check", str(make(tmp_path / "bad", observables=tables)))
    assert done.code == 1
    assert done.err.startswith("hybridcell: observables.tsv, line 2, column 'observableFormula'")
    assert len(done.err.strip().splitlines()) == 1
    missing = command("petab", "check", str(tmp_path / "none.yaml"))
    assert missing.code == 1
    assert "none.yaml" in missing.err


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ("k 0.1 10 0.7 true\nsigma -1 1 -0.2 true", "not positive"),
        ("k 0.1 10  true\nsigma 0.01 1 0.2 true", "no nominal value of k"),
    ],
)
def test_what_cannot_be_simulated_is_1_and_says_why(tmp_path, parameters, says):
    header = FILES["parameters.tsv"].splitlines()[0]
    path = make(tmp_path / "bad", parameters=f"{header}\n{parameters}\n")
    result = runner.invoke(app, ["petab", "check", str(path)])
    assert result.exit_code == 1
    assert result.output.startswith("decay.yaml")
    assert says in result.output


def test_validation_without_the_linter_is_refused(problem, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = runner.invoke(app, ["petab", "check", str(problem), "--validate"])
    assert result.exit_code == 1
    assert "pip install" in str(result.exception)


def test_simulated_values_take_the_place_of_measured_ones(problem, tmp_path):
    out, values = tmp_path / "simulations.tsv", tmp_path / "values.tsv"
    values.write_text("parameterId\tnominalValue\nk\t0.5\n")
    arguments = ["petab", "simulate", str(problem), "--parameters", str(values), "-o", str(out)]
    result = runner.invoke(app, arguments)
    assert result.exit_code == 0, result.output
    frame = pd.read_csv(out, sep="\t")
    assert [*frame.columns] == ["observableId", "time", "simulation"]
    np.testing.assert_allclose(frame["simulation"], 2 * np.exp(-0.5 * frame["time"]), rtol=1e-6)
    printed = runner.invoke(app, ["petab", "simulate", str(problem)])
    assert printed.output.startswith("observableId\ttime\tsimulation\nseen\t0\t2\n")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id\tvalue\nk\t1\n", "no column 'parameterId'"),
        ("parameterId\tnominalValue\nk\tmuch\n", "line 2: 'much' is no number"),
        ("parameterId\tnominalValue\nkk\t1\n", "There is no parameter of the problem 'kk'"),
        (None, "cannot be read"),
    ],
)
def test_a_table_of_values_that_is_none_is_refused(problem, tmp_path, text, says):
    values = tmp_path / "values.tsv"
    if text is not None:
        values.write_text(text)
    result = runner.invoke(app, ["petab", "simulate", str(problem), "--parameters", str(values)])
    assert result.exit_code == 1
    assert says in str(result.exception)


def test_a_fit_writes_its_results_and_goes_on_where_it_was_stopped(problem, tmp_path):
    out = tmp_path / "results"
    arguments = ["petab", "fit", str(problem), "-o", str(out), "--starts", "3"]
    result = runner.invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "3 starts: none failed" in result.output
    assert {path.name for path in out.iterdir()} == {
        "checkpoint.npz", "estimation.tsv", "petab", "calibrated.xml", "waterfall.png", "parameters.png",
        "fit.png",
    }  # fmt: skip
    runs = pd.read_csv(out / "estimation.tsv", sep="\t")
    assert len(runs) == 3
    fitted = hc.read_petab(out / "petab" / "decay.yaml")
    assert fitted.linear()["k"] == pytest.approx(runs["k"][0], rel=1e-12)
    assert hc.read_sbml(out / "calibrated.xml").parameters["k"].value == pytest.approx(runs["k"][0])
    assert np.abs(fitted.gradient()).max() < 1e-2
    # runs that ended are not done again
    again = runner.invoke(app, arguments)
    assert again.exit_code == 0
    assert pd.read_csv(out / "estimation.tsv", sep="\t")["seconds"].tolist() == runs["seconds"].tolist()
    # another fit does not take the place of an unfinished one, unless told to
    other = runner.invoke(app, [*arguments, "--seed", "1"])
    assert other.exit_code == 1
    assert "belongs to another estimation" in str(other.exception)
    assert runner.invoke(app, [*arguments, "--seed", "1", "--fresh"]).exit_code == 0


def test_noise_may_be_found_on_the_way(problem, tmp_path):
    arguments = ["petab", "fit", str(problem), "--starts", "2", "-o", str(tmp_path / "results")]
    result = runner.invoke(app, [*arguments, "--hierarchical"])
    assert result.exit_code == 0, result.output
    runs = pd.read_csv(tmp_path / "results" / "estimation.tsv", sep="\t")
    assert "k" in runs.columns
    assert "sigma" not in runs.columns
    fitted = hc.read_petab(tmp_path / "results" / "petab" / "decay.yaml")
    assert np.abs(fitted.gradient()).max() < 1e-2


def test_a_method_that_is_none_is_refused(problem, tmp_path):
    result = runner.invoke(app, ["petab", "fit", str(problem), "-o", str(tmp_path / "o"), "--method", "best"])
    assert result.exit_code == 1
    assert "'least-squares'" in str(result.exception)
