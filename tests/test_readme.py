"""The README's code runs, its links lead somewhere, and its table can be filled."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def figures() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_figures", ROOT / "docs" / "make_figures.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def python_blocks(text: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def test_is_short():
    assert len(TEXT.splitlines()) <= 150


def test_four_jobs_run_as_they_stand(tmp_path, monkeypatch, capsys):
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot as plt

    blocks = python_blocks(TEXT)
    assert len(blocks) == 6
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for number, block in enumerate(blocks, 1):
        exec(compile(block, f"README.md, job {number}", "exec"), names)
    plt.close("all")
    assert {p.name for p in tmp_path.iterdir()} >= {"graph.graphml", "model.xml", "model.hc", "hybrid.omex"}
    shown = capsys.readouterr().out
    assert "training_mean" in shown
    assert "aMEK → " in shown
    assert "drug_a" in shown


@pytest.mark.parametrize(
    "name",
    ["README.md", "CONTRIBUTING.md", *sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("docs/**/*.md"))],
)
def test_links_lead_to_files(name):
    path = ROOT / name
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if not target.startswith(("http://", "https://")):
            assert (path.parent / target).exists(), f"{name} links to {target}, which is not there"


def test_the_figure_is_there():
    for target in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", TEXT):
        assert (ROOT / target).read_bytes().startswith(b"\x89PNG")


def test_the_accuracy_table_is_filled_from_scores(figures):
    import pandas as pd

    rows = [
        ("random", split, scope, predictor, predictor == "CellBox ODE", r)
        for split in (0, 1)
        for scope in ("measured", "all")
        for predictor, r in (("CellBox ODE", 0.9 + 0.02 * split), ("ridge", 0.8), ("additive", 0.1))
    ]
    columns = ["study", "split", "readouts", "predictor", "is_model", "r"]
    table = figures.accuracy_table(pd.DataFrame(rows, columns=pd.Index(columns)))
    assert "| random (2) | **CellBox ODE** | 0.9100 | 0.9100 |" in table
    assert "|  | ridge | 0.8000 | 0.8000 |" in table
    assert "additive" not in table

    filled = figures.fill(TEXT, table)
    assert table in filled
    assert figures.fill(filled, table) == filled
    before, after = TEXT.split(figures.BEGIN)[0], TEXT.split(figures.END)[1]
    assert filled.startswith(before)
    assert filled.endswith(after)


def test_says_which_jax_is_excluded():
    from hybridcell._core.environment import BAD_JAX_VERSIONS

    for version in BAD_JAX_VERSIONS:
        assert version in TEXT


def test_python_version_is_that_of_the_package():
    import tomllib

    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "requires-python"
    ]
    assert wanted == ">=3.11"
    assert "Python 3.11 or newer" in TEXT
    assert sys.version_info >= (3, 11)
