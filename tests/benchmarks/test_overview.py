"""The page and the table say what the results say, missed goals included."""

from pathlib import Path

import pytest
from goals import GOALS, MISSED, UNMEASURED
from overview import BEGIN, END, PAGE, README, between_markers, page, read_runs, readme_table, show

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results"


def made_up(share=0.5, torch=2.0):
    gradient = {"float32": {"share of the GEMM peak": share, "PyTorch over hybridcell": torch}}
    return {
        "networks": {
            "date": "2030-01-01",
            "machine": "abacus, 1 core",
            "processor": "beads",
            "peers": {"PyTorch": "9.9", "COPASI": "not installed"},
            "results": {"gradient": gradient},
        }
    }


def rows_of(text, start):
    return [line for line in text.splitlines() if line.startswith(f"| {start}")]


def test_page_shows_reached_missed_and_unmeasured_goals():
    text = page(made_up())
    share, torch = rows_of(text, "Loss and gradient of 100")[0], rows_of(text, "The same: times faster")[0]
    assert "| ≥ 0.45 of the GEMM peak | 0.5 of the GEMM peak |" in share
    assert "| yes | 2030-01-01 | beads, abacus, 1 core |" in share
    assert f"| ≥ 3x | 2x |  |  | {MISSED} |" in torch
    assert f"1 of {len(GOALS)} goals are reached, 1 missed, {len(GOALS) - 2} not measured." in text


def test_page_names_peers_that_are_not_installed():
    text = page(made_up())
    assert "| COPASI | not installed | `networks` | 2030-01-01 |" in text
    assert "| PyTorch | 9.9 | `networks` | 2030-01-01 |" in text


def test_a_peer_stands_beside_ours_with_the_ratio():
    found = {"therapy": {"date": "", "machine": "", "results": {"screen": {
        "float32 memory": {"seconds": 0.5}, "NumPy float32": {"seconds": 50.0}}}}}  # fmt: skip
    assert "| ≤ 1 s | 0.5 s | NumPy, Heun: 50 s | 100 | yes |" in page(found)


def test_readme_table_has_one_line_for_goals_of_one_kind():
    text = readme_table(made_up())
    assert len(text.splitlines()) == 2 + len({goal.line for goal in GOALS})
    assert f"0.5 of the GEMM peak; 2x | PyTorch: {UNMEASURED} | yes; {MISSED} |" in text


def test_only_what_stands_between_the_markers_changes():
    text = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert between_markers(text, "new\n") == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
    assert between_markers("no markers", "new\n") == "no markers"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "s", UNMEASURED),
        (0.25, "ms", "0.25 ms"),
        (61.95, "x", "62x"),
        (4.2e-6, "", "4.2e-06"),
        (0.0, "", "0"),
        (1234.5, "MB", "1,234 MB"),
    ],
)
def test_figures_have_three_digits(value, unit, text):
    assert show(value, unit) == text


def test_committed_page_is_that_of_the_committed_results():
    runs = read_runs(RESULTS)
    assert PAGE.read_text("utf-8") == page(runs), "run `python benchmarks/overview.py`"
    text = README.read_text("utf-8")
    assert between_markers(text, readme_table(runs)) == text, "run `python benchmarks/overview.py`"
