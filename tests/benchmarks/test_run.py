"""The runner knows every benchmark, names missing peers, and ends with goals and regressions."""

import ast
import subprocess
from types import SimpleNamespace

import pytest
import run


def test_names_are_scripts_that_measure():
    assert {"networks", "sbml", "therapy", "petab", "gpu", "solvers"} <= set(run.NAMES)
    assert not set(run.NAMES) & set(run.HELPERS)
    assert all((run.HERE / f"{name}.py").is_file() for name in (*run.NAMES, *run.HELPERS))


def test_unknown_benchmark_is_refused_with_the_list(capsys):
    assert run.main(["networkz"]) == 2
    assert "There is no benchmark 'networkz'; there are: cells" in capsys.readouterr().err


@pytest.mark.parametrize("name", run.PARTS)
def test_studies_and_the_other_parts_are_all_parts_of_a_benchmark(name):
    tree = ast.parse((run.HERE / f"{name}.py").read_text("utf-8"))
    [parts] = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PARTS"
    ]
    assert sorted(parts) == sorted(part for group in run.PARTS[name] for part in group)


def test_studies_are_left_to_a_run_of_their_own():
    plain, studies = dict(run.jobs([], studies=False)), dict(run.jobs([], studies=True))
    assert set(plain) == set(run.NAMES) - {"uncertainty"}  # which is studies only
    assert set(studies) == set(run.PARTS)
    assert plain["networks"] == []
    assert plain["hybrid"] == ["--parts", "cost", "screen"]
    assert studies["hybrid"] == ["--parts", "laws", "distillation"]
    assert run.jobs(["networks"], studies=True) == []


def test_missing_peers_are_named_with_the_way_to_add_them(monkeypatch):
    monkeypatch.setattr(run, "versions", lambda names: {"SciPy": "1.0", "PyTorch": "not installed"})
    assert run.peers_found() == (
        "Peers: SciPy 1.0, PyTorch not installed. "
        "HYBRIDCELL_PEERS=PYTHON[:PYTHON...] names interpreters that have what is missing here."
    )
    monkeypatch.setattr(run, "versions", lambda names: {"SciPy": "1.0"})
    assert run.peers_found() == "Peers: SciPy 1.0."


def test_a_failure_does_not_stop_the_others(monkeypatch, capsys):
    ran = []

    def fake(command, check):
        ran.append(command[1].rsplit("/", 1)[-1])
        return SimpleNamespace(returncode=int(ran[-1] == "cells.py"))

    monkeypatch.setattr(subprocess, "run", fake)
    monkeypatch.setattr(run, "peers_found", lambda: "")
    assert run.main(["cells", "networks"]) == 1
    assert ran == ["cells.py", "networks.py", "overview.py", "regressions.py"]
    assert "keep the results of their last run: cells." in capsys.readouterr().err
