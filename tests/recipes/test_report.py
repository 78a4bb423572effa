"""The report and the record of a run, without a run."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from hybridcell.recipes.outputs import Outputs
from hybridcell.recipes.recipe import Recipe
from hybridcell.recipes.report import report_markdown
from hybridcell.recipes.result import Check
from hybridcell.recipes.run import _write_record

CHECKS = (Check("r|pooled", 0.91234, "at least 0.9", True), Check("loss", float("nan"), "at most 1", False))


def _state(folder, metrics=None, **options: Any) -> Any:
    tables = {"title": "A study", "description": "\n  Two lines\n  of it.\n", "data": {"dataset": "demo"}}
    (folder / "mine.toml").write_text("title = 'A study'\n")
    recipe = Recipe(**({"name": "mine", "path": folder / "mine.toml", "tables": tables} | options))
    sections = ["## Data\n\nMany.", "## Model\n\nGood."]
    return SimpleNamespace(recipe=recipe, sections=sections, metrics=metrics or {}, out=Outputs(folder))


def test_sections_follow_title_and_description_in_order(tmp_path):
    text = report_markdown(_state(tmp_path), CHECKS, 12.4)
    assert text.startswith(
        "# A study\n\nTwo lines\nof it.\n\n## Data\n\nMany.\n\n## Model\n\nGood.\n\n## Checks\n"
    )
    assert "| r\\|pooled | 0.9123 | at least 0.9 | yes |" in text
    assert "| loss | nan | at most 1 | **no** |" in text
    assert "12 s on " in text
    assert text.endswith("Again: `hybridcell run recipe.toml`.\n")
    assert "smoke" not in text


def test_a_report_says_what_was_changed_and_that_smoke_means_nothing(tmp_path):
    changed = {"fit": {"steps": 3}}
    text = report_markdown(_state(tmp_path, smoke=True, changed=changed), (), 1.0)
    assert text.index("The numbers below mean nothing") < text.index("## Data")
    assert "Changed from the recipe as written: `{'fit': {'steps': 3}}`." in text
    assert "## Checks" not in text


@pytest.mark.parametrize(
    ("name", "changed", "command"),
    [("demo", {}, "demo"), ("demo", {"seed": 1}, "run recipe.toml"), ("mine", {}, "run recipe.toml")],
)
def test_a_report_says_how_to_do_it_again(tmp_path, name, changed, command):
    text = report_markdown(_state(tmp_path, name=name, changed=changed), (), 1.0)
    assert text.endswith(f"Again: `hybridcell {command}`.\n")


def test_the_record_is_json_that_every_reader_takes(tmp_path):
    metrics = {"r": 0.5, "lost": float("nan"), "far": float("inf")}

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    _write_record(_state(tmp_path, metrics), CHECKS, 3.21)
    record = json.loads((tmp_path / "run.json").read_text("utf-8"), parse_constant=refuse)
    assert record["metrics"] == {"r": 0.5, "lost": None, "far": "inf"}
    assert [check["found"] for check in record["checks"]] == [0.91234, None]
    assert record["seconds"] == 3.2
    assert (tmp_path / "recipe.toml").read_text("utf-8") == "title = 'A study'\n"
