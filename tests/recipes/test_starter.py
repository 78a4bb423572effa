"""A new study runs as it is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell.recipes import read_recipe, start_study


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("new") / "study"
    start_study(folder)
    return folder


def test_the_notebook_is_a_notebook_and_runs(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import nbformat

    nbformat.validate(nbformat.read(study / "study.ipynb", as_version=4))
    cells = json.loads((study / "study.ipynb").read_text("utf-8"))["cells"]
    code = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    monkeypatch.chdir(study)
    names: dict[str, object] = {}
    for number, text in enumerate(code):
        quick = text.replace("n=20,", "n=2, steps=10, calibrate=False,")
        exec(compile(quick, f"study.ipynb, cell {number}", "exec"), names)
    assert len(names["combinations"].design.pairs) == 6  # type: ignore[attr-defined]
    for name in ("screen.html", "fit.hc", "model.xml"):
        assert (study / name).stat().st_size > 1000
    assert hc.read_sbml(study / "model.xml").species


def test_the_recipe_is_one(study: Path) -> None:
    recipe = read_recipe(study / "recipe.toml", smoke=True)
    assert recipe.table("screen_combinations") == {"readout": "viability", "doses": 3}


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("1")
    with pytest.raises(InvalidValueError, match="holds something already; wanted a new folder"):
        start_study(tmp_path)
    with pytest.raises(InvalidValueError, match="is a file"):
        start_study(tmp_path / "mine.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.csv"]
