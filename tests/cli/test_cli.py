from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import hybridcell
from hybridcell._core.errors import HybridCellError
from hybridcell.cli import main
from hybridcell.cli.app import app

runner = CliRunner()


def shell(*arguments, **environment):
    """Run the command line as a user does: its own process, its own exit code."""
    import os

    command = [sys.executable, "-c", "from hybridcell.cli import main; main()", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=300, env={**os.environ, **environment}
    )


def test_help_names_the_commands():
    result = runner.invoke(app, ["--help"])
    assert result.exit_code == 0
    for command in (
        "fit",
        "graph",
        "screen",
        "export",
        "demo",
        "run",
        "simulate",
        "petab",
        "info",
        "networks",
        "versions",
    ):
        assert re.search(rf"^  {command}\b", result.output, re.MULTILINE)


def test_help_loads_no_table_or_plot_library():
    code = (
        "import sys\nsys.argv = ['hybridcell', '--help']\nfrom hybridcell.cli import main\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert stop.code == 0\n"
        "heavy = {'pandas', 'anndata', 'matplotlib', 'networkx', 'libsbml', 'hybridcell.recipes'}\n"
        "heavy &= set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["rnu", "demo"], "'run'"),
        (["run", "demo", "--smokee"], "--smoke"),
        (["run"], "RECIPE"),
        (["demo", "--seed", "one"], "integer"),
        (["info"], "WHAT"),
    ],
)
def test_bad_usage_is_2_and_says_the_nearest(arguments, says):
    result = runner.invoke(app, arguments)
    assert result.exit_code == 2
    assert says in result.output


def test_failed_work_is_1_with_one_line_and_no_traceback():
    done = shell("run", "dmeo")
    assert done.returncode == 1
    assert done.stderr.startswith("hybridcell: There is no recipe 'dmeo'. Did you mean 'demo'?")
    assert len(done.stderr.strip().splitlines()) == 1


def test_who_looks_for_faults_gets_the_traceback(monkeypatch):
    monkeypatch.setenv("HYBRIDCELL_DEBUG", "1")
    monkeypatch.setattr(sys, "argv", ["hybridcell", "run", "dmeo"])
    with pytest.raises(HybridCellError, match="no recipe 'dmeo'"):
        main()


def test_bad_usage_leaves_the_process_with_2_and_help_with_0(command):
    assert command("demo", "--sed", "1").code == 2
    assert command("--help").code == 0


def test_versions_name_what_is_installed_and_check_jax():
    result = runner.invoke(app, ["versions"])
    assert result.exit_code == 0
    assert re.search(rf"^hybridcell +{re.escape(hybridcell.__version__)}$", result.output, re.MULTILINE)
    assert re.search(r"^verdict +right", result.output, re.MULTILINE)


def test_versions_fail_where_jax_computes_wrong(monkeypatch):
    module = import_module("hybridcell.simulate.environment_check")
    monkeypatch.setattr(module, "batched_matvec_error", lambda: 100.0)
    result = runner.invoke(app, ["versions"])
    assert result.exit_code == 1
    assert "WRONG NUMBERS" in result.output
    assert "pip install" in result.output


@pytest.mark.parametrize(("found", "code"), [(0.5, 1), (0.9, 0)])
def test_a_result_that_is_not_as_expected_is_a_failure(monkeypatch, tmp_path, found, code):
    from hybridcell.recipes import Check, RunResult

    check = Check(metric="model.r", found=found, wanted="at least 0.8", passed=found >= 0.8)
    asked = {}

    def stub(recipe, **options):
        asked.update(options, recipe=recipe)
        return RunResult(name="demo", title="", folder=tmp_path, checks=(check,))

    monkeypatch.setattr("hybridcell.recipes.run", stub)
    result = runner.invoke(
        app, ["run", "demo", "--set", "fit.steps=2", "--set", "a.b=1", "--out", str(tmp_path)]
    )
    assert result.exit_code == code
    assert ("model.r is 0.5, wanted at least 0.8" in result.output) is bool(code)
    assert asked["set"] == ["fit.steps=2", "a.b=1"]
    assert asked["out"] == tmp_path
    assert runner.invoke(app, ["demo", "--seed", "3"]).exit_code == code
    assert (asked["recipe"], asked["set"]) == ("demo", {"seed": 3})


NETWORK = str(hybridcell.networks.load("toggle_switch").path)


def test_simulate_writes_a_table(tmp_path):
    out = tmp_path / "toggle.csv"
    result = runner.invoke(app, ["simulate", NETWORK, "--end", "5", "--points", "6", "-o", str(out)])
    assert result.exit_code == 0, result.output
    frame = pd.read_csv(out, index_col="time")
    assert frame.shape[0] == 6
    network = hybridcell.read_sbml(NETWORK)
    assert list(frame.columns) == list(network.species.ids)
    wanted = hybridcell.simulate(network, t1=5.0, n_points=6, solve=hybridcell.Solve(backend="numpy"))
    np.testing.assert_allclose(frame, wanted.to_dataframe(), rtol=1e-12)


def test_simulate_changes_constants_and_prints_without_a_file():
    network = hybridcell.read_sbml(NETWORK)
    constant = network.equations.constants[0]
    plain = runner.invoke(app, ["simulate", NETWORK, "--end", "5", "--points", "3", "--amounts"])
    changed = runner.invoke(
        app, ["simulate", NETWORK, "--end", "5", "--points", "3", "--amounts", "--set", f"{constant}=7"]
    )
    assert plain.exit_code == changed.exit_code == 0
    assert plain.output.startswith("time,")
    assert plain.output != changed.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "k"], "has no '='"),
        (["--set", "k=much"], "is no number"),
        (["--set", "nobody=1"], "There is no constant of the network"),
        (["--method", "rk5"], "wanted one of"),
    ],
)
def test_simulate_says_what_is_wrong(arguments, message, command):
    result = command("simulate", NETWORK, "--end", "1", *arguments)
    assert result.code == 1
    assert message in result.err
