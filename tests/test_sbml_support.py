"""The page that says what of SBML is supported is the one that the committed results make."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "sbml.json"


@pytest.fixture
def support(monkeypatch: pytest.MonkeyPatch):
    """Return the generator of the page; benchmarks are scripts, imported from their folder."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    from sbml_parts import support

    yield support
    for name in [name for name in sys.modules if name == "report" or name.startswith("sbml_parts")]:
        del sys.modules[name]


def test_page_is_made_from_the_results(support) -> None:
    made = support.support_page(json.loads(RESULTS.read_text("utf-8")))
    assert support.PAGE.read_text("utf-8") == made, (
        "run `python benchmarks/sbml.py --parts suite`, or edit the generator"
    )


def test_the_date_is_that_of_the_suite(support) -> None:
    document = json.loads(RESULTS.read_text("utf-8")) | {"date": "2001-01-01"}
    document["parts"] = {"suite": {"date": "2000-12-31"}}
    assert "Run of 2000-12-31 over" in support.support_page(document)


def test_page_tells_tools_apart_and_names_what_fails(support) -> None:
    counts = {"pass": 1, "mismatch": 0, "refused": 1, "error": 0, "timeout": 0, "crash": 0}
    document = {
        "date": "2026-01-01",
        "results": {
            "suite": {
                "cases": 2,
                "programs": {
                    "numpy": {**counts, "not passed": {"00002": "refused 'e1': the reason"}},
                    "COPASI": {**counts, "not passed": {"00001": "mismatch"}},
                },
                "tags": {"EventNoDelay": {"cases": 2, "numpy": 1, "COPASI": 1}},
            }
        },
    }
    made = support.support_page(document)
    assert '| backend="numpy" | 1 (50.0%) | 0 | 1 | 0 | 0 | 0 |' in made
    assert "| EventNoDelay | 2 | 1 | 1 |" in made
    assert "- 00002, backend=\"numpy\": refused 'e1': the reason" in made
    assert "00001" not in made
