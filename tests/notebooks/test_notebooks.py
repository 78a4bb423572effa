"""Every notebook runs from beginning to end, and is committed without what it printed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
#: What each notebook shows last.
LAST = {
    "01_melanoma": ("melanoma.xml", "melanoma.hc"),
    "02_sbml": ("repressilator.xml",),
    "03_hybrid_rate": ("card.md",),
    "04_export": ("hybrid.omex", "coupled.xml", "distilled.xml"),
    "05_petab": ("calibrated.xml", "jak_stat.yaml", "lotka.yaml"),
    "06_uncertainty": ("member.xml",),
    "07_graph": ("graph.sbml", "graph.html"),
    "08_therapy": ("SurfaceFit",),
}
named = pytest.mark.parametrize("path", NOTEBOOKS, ids=[p.stem for p in NOTEBOOKS])


def test_there_are_notebooks():
    assert [p.stem for p in NOTEBOOKS] == [*LAST]


@named
def test_is_committed_without_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@named
def test_is_named_by_number_and_starts_with_a_title(path):
    assert path.stem[:2].isdigit()
    first = nbformat.read(path, as_version=4).cells[0]
    assert first.cell_type == "markdown"
    assert first.source.startswith("# ")


@named
@pytest.mark.slow
@pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_runs(path, tmp_path, monkeypatch):
    from nbclient import NotebookClient

    monkeypatch.setenv("HYBRIDCELL_NOTEBOOK", "quick")
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    if not os.environ.get("HYBRIDCELL_DATA"):
        # The real screen is not here, and a test does not download: an empty folder and a proxy that is none
        # send the notebook down its other way.
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    client = NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}, kernel_name="python3"
    )
    # the kernel of this interpreter, whatever kernels are installed on the machine
    client.create_kernel_manager()
    client.km.kernel_cmd = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    executed = client.execute()
    numbers = [cell.execution_count for cell in executed.cells if cell.cell_type == "code"]
    assert numbers == list(range(1, len(numbers) + 1))
    last = [cell for cell in executed.cells if cell.cell_type == "code"][-1]
    for word in LAST[path.stem]:
        assert word in last.outputs[-1]["data"]["text/plain"]
