"""Peers are found in this interpreter or another, and work turn by turn with us."""

import os
import sys

import numpy as np
import pytest
from peers import finding, worker
from peers.worker import Worker
from timing import interleaved, median_ratio, medians


@pytest.fixture(autouse=True)
def _afresh():
    holds = finding._holds
    holds.cache_clear()
    yield
    holds.cache_clear()


def test_this_interpreter_comes_first(monkeypatch):
    monkeypatch.setenv(finding.VARIABLE, os.pathsep.join(["/one/python", "/two/python"]))
    assert finding.interpreters() == [sys.executable, "/one/python", "/two/python"]
    assert finding.find("SciPy") == sys.executable


def test_an_absent_peer_is_said_to_be_absent(monkeypatch):
    monkeypatch.delenv(finding.VARIABLE, raising=False)
    monkeypatch.setitem(finding.PEERS, "Abacus", "no-such-distribution")
    assert finding.find("Abacus") is None
    found = finding.versions(["Abacus", "SciPy"])
    assert found["Abacus"] == "not installed"
    assert found["SciPy"][0].isdigit()


def test_peers_that_work_together_come_from_one_interpreter(monkeypatch):
    both = {"pypesto": "1", "amici": "2"}
    held = {sys.executable: {}, "/one/python": {"pypesto": "1"}, "/two/python": both}
    monkeypatch.setattr(finding, "_holds", held.__getitem__)
    monkeypatch.setattr(finding, "interpreters", lambda: list(held))
    assert finding.find("pyPESTO") == "/one/python"
    assert finding.find("pyPESTO", "AMICI") == "/two/python"
    assert finding.find("pyPESTO", "CasADi") is None


def test_a_wrong_interpreter_is_an_error_that_names_the_variable(monkeypatch):
    monkeypatch.setenv(finding.VARIABLE, "/no/such/python")
    monkeypatch.setitem(finding.PEERS, "Abacus", "no-such-distribution")
    with pytest.raises(SystemExit, match="HYBRIDCELL_PEERS names '/no/such/python'"):
        finding.find("Abacus")


def test_a_worker_does_a_job_for_every_line(tmp_path, monkeypatch):
    (tmp_path / "job.py").write_text(
        "import sys\nsys.path.insert(0, sys.argv[1])\nfrom serving import serve\n"
        "serve(lambda: sum(range(100_000)), {'version': '1'})\n"
    )
    scripts = worker._SCRIPTS
    monkeypatch.setattr(worker, "_SCRIPTS", tmp_path)
    with Worker(sys.executable, "job.py", scripts) as peer:
        assert peer.ready == {"version": "1"}
        assert peer.run() > 0
        assert peer.run() > 0


def test_a_worker_that_dies_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "job.py").write_text("raise SystemExit(3)\n")
    monkeypatch.setattr(worker, "_SCRIPTS", tmp_path)
    with pytest.raises(RuntimeError, match="exit status 3"):
        Worker(sys.executable, "job.py")


def test_jobs_take_turns_and_the_first_round_does_not_count():
    order = []

    def job(name, seconds):
        order.append(name)
        return float(seconds)

    seconds = interleaved({"slow": lambda: job("slow", 4), "fast": lambda: job("fast", 2)}, repeats=3)
    assert order == ["slow", "fast"] * 4
    assert medians(seconds) == {"slow": 4.0, "fast": 2.0}
    assert median_ratio(seconds, "slow", "fast") == 2.0
    assert np.all(interleaved({"own": lambda: sum(range(10**6)) * 0 or None}, repeats=2)["own"] > 0)
