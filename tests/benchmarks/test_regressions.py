"""Ratios and errors that got worse are found, on one kind of machine; times are not looked at."""

import json
import subprocess

import pytest
import regressions
from regressions import ROUNDING, changes, committed, direction, factor, report, same_machine


def run(machine="abacus", **results):
    return {"machine": machine, "date": "2030-01-01", "results": {"part": results}}


@pytest.mark.parametrize(
    ("path", "sense"),
    [
        (("part", "ratio"), 1),
        (("part", "error"), 1),
        (("ways", "steady state", "gradient off by"), 1),
        (("part", "times faster"), -1),
        (("part", "PyTorch over hybridcell"), -1),
        (("part", "share of the GEMM peak"), -1),
        (("part", "share of the GEMM peak, PyTorch"), 0),
        (("part", "libRoadRunner error"), 0),
        (("part", "ms per solve"), 0),
        (("error", "seconds"), 1),
    ],
)
def test_names_say_which_way_is_worse(path, sense):
    assert direction(path) == sense


def test_factor_is_above_one_where_it_got_worse():
    assert factor(1.0, 2.0, 1) == 2.0
    assert factor(1.0, 2.0, -1) == 0.5
    assert factor(0.0, ROUNDING / 10, 1) == 1.0
    assert factor(1e-16, 1e-3, 1) == pytest.approx(1e6)


def test_changes_are_of_figures_in_both_runs():
    before = run(ratio=1.0, error=1e-6, seconds=1.0, gone={"ratio": 1.0})
    after = run(ratio=2.0, error=1e-6, seconds=9.0, new={"ratio": 1.0})
    found = {change.figure: change.worse for change in changes("speed", before, after)}
    assert found == {"part, ratio": 2.0, "part, error": 1.0}


def test_lists_are_compared_by_their_median_and_holes_are_left_out():
    before, after = run(error=[1e-3, 2e-3, 9.0]), run(error=[4e-3, 1e-3, 8e-3])
    assert [change.worse for change in changes("speed", before, after)] == [2.0]
    assert changes("speed", run(error=float("nan")), run(error=1.0)) == []


def test_report_lists_the_worst_first_and_keeps_to_the_threshold():
    before = {"speed": run(ratio=1.0, error=1.0, residual=1.0)}
    after = {"speed": run(ratio=1.2, error=3.0, residual=2.0)}
    text = report(before, after, 1.25)
    assert "3 ratios and errors compared: 2 worse by more than 1.25x, 0 better" in text
    assert text.index("part, error | 1 | 3 | 3.00x") < text.index("part, residual | 1 | 2 | 2.00x")
    assert "part, ratio" not in text
    assert "part, ratio" in report(before, after, 1.1)


def test_report_says_what_it_cannot_compare():
    before = {"new": None, "moved": run("slate", ratio=1.0), "kept": run(ratio=1.0)}
    after = {"new": run(ratio=1.0), "moved": run(ratio=9.0), "kept": run(ratio=1.0)}
    text = report(before, after, 1.25)
    assert "0 ratios and errors compared" in text
    assert "- new: no committed run" in text
    assert "- moved: not compared, abacus is another kind of machine than slate" in text
    assert "- kept: not run since the commit." in text


def test_processors_count_where_both_runs_name_them():
    one, two, old = run() | {"processor": "beads"}, run() | {"processor": "pebbles"}, run()
    assert same_machine(one, one)
    assert not same_machine(one, two)
    assert same_machine(old, one)


def test_committed_results_come_from_git(tmp_path, monkeypatch):
    folder = tmp_path / "benchmarks"
    (folder / "results").mkdir(parents=True)
    monkeypatch.setattr(regressions, "HERE", folder)
    assert committed("HEAD", "speed") is None  # no git here
    path = folder / "results" / "speed.json"
    path.write_text(json.dumps(run(ratio=1.0)))
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "results"]):
        subprocess.run([*git, *command], cwd=tmp_path, check=True)
    path.write_text(json.dumps(run(ratio=2.0)))
    assert committed("HEAD", "speed") == run(ratio=1.0)
    assert committed("HEAD", "never_ran") is None
