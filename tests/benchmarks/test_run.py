"""The runner knows every benchmark, names missing peers, and ends with goals and regressions."""

import subprocess
from types import SimpleNamespace

import run


def test_names_are_scripts_that_measure():
    assert {"networks", "sbml", "therapy", "petab", "gpu", "solvers"} <= set(run.NAMES)
    assert not set(run.NAMES) & set(run.HELPERS)
    assert all((run.HERE / f"{name}.py").is_file() for name in (*run.NAMES, *run.HELPERS))


def test_unknown_benchmark_is_refused_with_the_list(capsys):
    assert run.main(["networkz"]) == 2
    assert "There is no benchmark 'networkz'; there are: cells" in capsys.readouterr().err


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
