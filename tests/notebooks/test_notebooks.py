"""Every notebook runs from beginning to end, and is committed with what it showed, and nothing else."""

from __future__ import annotations

import base64
import importlib.util
import io
import os
import runpy
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

import hybridcell as hc

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
#: Bytes of all notebooks together: what everybody downloads who clones the repository.
MOST_BYTES = 4_000_000
#: What these compute, pages do as well, whose code `make test` runs: twenty to forty seconds each, left to
#: `make suite`.
ON_PAGES = ("02_sbml", "04_export", "05_petab", "06_uncertainty", "07_graph", "08_therapy")
named = pytest.mark.parametrize("path", NOTEBOOKS, ids=[p.stem for p in NOTEBOOKS])


def _script() -> Any:
    spec = importlib.util.spec_from_file_location("run_notebooks", ROOT / "docs" / "run_notebooks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCRIPT = _script()


def _code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _figures(notebook: Any) -> list[bytes]:
    data = [output.get("data", {}) for cell in _code(notebook) for output in cell.outputs]
    return [base64.b64decode(one["image/png"]) for one in data if "image/png" in one]


def test_there_are_notebooks():
    assert [p.stem for p in NOTEBOOKS] == [*LAST]


@named
def test_is_committed_with_its_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert SCRIPT.faults(notebook) == []
    last = _code(notebook)[-1].outputs[-1]["data"]["text/plain"]
    for word in LAST[path.stem]:
        assert word in last


@named
def test_metadata_does_not_change_from_run_to_run(path):
    notebook = nbformat.read(path, as_version=4)
    assert sorted(notebook.metadata) == ["kernelspec", "language_info"]
    assert dict(notebook.metadata.language_info) == {"name": "python"}
    assert all(dict(cell.metadata) == {} for cell in notebook.cells)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert ids == [f"{ids[0].rstrip('0')}{k:02d}" for k in range(len(ids))], "cells are numbered in order"


@named
def test_draws_every_figure_that_it_asks_for(path):
    from PIL import Image

    notebook = nbformat.read(path, as_version=4)
    drawing = [cell for cell in _code(notebook) if "plt.subplots" in cell.source or "hc.pl." in cell.source]
    assert drawing
    for cell in drawing:
        kinds = {kind for output in cell.outputs for kind in output.get("data", {})}
        assert "image/png" in kinds, cell.source
    for png in _figures(notebook):
        width, height = Image.open(io.BytesIO(png)).size
        assert 200 <= width <= 1800
        assert 200 <= height <= 1800


def test_all_together_are_small():
    assert sum(path.stat().st_size for path in NOTEBOOKS) < MOST_BYTES


@named
def test_is_named_by_number_and_starts_with_a_title(path):
    assert path.stem[:2].isdigit()
    first = nbformat.read(path, as_version=4).cells[0]
    assert first.cell_type == "markdown"
    assert first.source.startswith("# ")


def _made(*sources: str, outputs: list[Any]) -> Any:
    v4 = nbformat.v4
    notebook = v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources])
    for number, (cell, output) in enumerate(zip(notebook.cells, outputs), 1):
        cell.execution_count, cell.outputs = number, output
    return notebook


@pytest.mark.parametrize(
    ("output", "word"),
    [
        ({"output_type": "stream", "name": "stderr", "text": "oh"}, "stderr"),
        ({"output_type": "stream", "name": "stdout", "text": "in /home/ann/x.xml"}, "an absolute path"),
        (
            {"output_type": "stream", "name": "stdout", "text": "<object at 0x7f12ab34>"},
            "an address in memory",
        ),
        ({"output_type": "stream", "name": "stdout", "text": " 50%|#####  | 1/2 [00:01]"}, "a progress bar"),
        ({"output_type": "stream", "name": "stdout", "text": "UserWarning: odd"}, "a warning"),
        (
            {"output_type": "error", "ename": "ValueError", "evalue": "", "traceback": []},
            "ended in ValueError",
        ),
    ],
)
def test_what_has_no_place_in_an_output_is_found(output, word):
    found = SCRIPT.faults(_made("x = 1", outputs=[[nbformat.from_dict(output)]]))
    assert len(found) == 1
    assert word in found[0]


@pytest.mark.parametrize("source", ["x", "hc.pl.graph(x);", "print(x)", "x.edges.head(3)", "f(x)['a']"])
def test_a_cell_that_shows_something_must_have_an_output(source):
    assert "has no output" in SCRIPT.faults(_made(source, outputs=[[]]))[0]


def test_cells_are_to_be_run_in_order_from_1():
    notebook = _made("x = 1", "y = 2", outputs=[[], []])
    assert SCRIPT.faults(notebook) == []
    notebook.cells[1].execution_count = 7
    assert "[1, 7]" in SCRIPT.faults(notebook)[0]


def test_how_long_something_took_is_taken_out():
    rest = "<table><tr><th a='b'>valid</th><td>yes</td></tr>"
    row = f"{rest}<tr><th a='b'>loads it in</th><td>0.4 s</td></tr></table>"
    output = nbformat.v4.new_output("display_data", {"text/html": row})
    notebook = _made("x = 1", outputs=[[output]])
    assert "how long something took" in SCRIPT.faults(notebook)[0]
    SCRIPT.settle(notebook)
    assert SCRIPT.faults(notebook) == []
    assert notebook.cells[0].outputs[0].data["text/html"] == f"{rest}</table>"


def test_a_figure_of_many_colors_keeps_them():
    import numpy as np
    from PIL import Image

    ramps = np.random.default_rng(0).integers(0, 256, size=(60, 60, 3)).astype(np.uint8)
    before = io.BytesIO()
    Image.fromarray(ramps).save(before, format="png")
    output = nbformat.v4.new_output(
        "display_data", {"image/png": base64.b64encode(before.getvalue()).decode()}
    )
    notebook = _made("draw()", outputs=[[output]])
    SCRIPT.shrink(notebook)
    [after] = _figures(notebook)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(after)).convert("RGB")), ramps)


def test_a_figure_keeps_its_looks_with_fewer_bytes():
    import numpy as np
    from PIL import Image

    across = np.linspace(0, 255, 400)
    drawn = np.stack([np.add.outer(across, across) / 2] * 3, axis=-1).astype(np.uint8)
    before = io.BytesIO()
    Image.fromarray(drawn).save(before, format="png")
    output = {
        "output_type": "display_data",
        "metadata": {},
        "data": {"image/png": base64.b64encode(before.getvalue()).decode()},
    }
    notebook = _made("draw()", outputs=[[nbformat.from_dict(output)]])
    SCRIPT.shrink(notebook)
    [after] = _figures(notebook)
    assert len(after) < len(before.getvalue())
    assert np.abs(np.asarray(Image.open(io.BytesIO(after)).convert("RGB"), int) - drawn).max() <= 8


def test_a_notebook_is_run_in_a_fresh_kernel_and_replaced_whole(tmp_path, monkeypatch, capsys):
    path = tmp_path / "01_small.ipynb"
    nbformat.write(_made("import hybridcell as hc", "hc.config.progress", outputs=[[], []]), path)
    monkeypatch.setattr(SCRIPT, "NOTEBOOKS", tmp_path)
    assert SCRIPT.main([]) == 0
    done = nbformat.read(path, as_version=4)
    assert done.cells[1].outputs[0].data["text/plain"] == "False"
    assert "signature" not in done.metadata
    assert list(tmp_path.iterdir()) == [path]
    before = path.read_bytes()
    assert SCRIPT.main(["01"]) == 0
    assert path.read_bytes() == before, "a second run changes nothing"
    done.cells[1].source = "print('/home/ann/file')"
    nbformat.write(done, path)
    before = path.read_bytes()
    assert SCRIPT.main([]) == 1
    assert path.read_bytes() == before
    assert "01_small.ipynb is left as it was" in capsys.readouterr().err


def test_a_simulation_that_fails_ends_a_notebook(monkeypatch):
    monkeypatch.setattr(hc, "simulate", hc.simulate)  # and so it is given back
    monkeypatch.setattr(hc.config, "progress", hc.config.progress)
    runpy.run_path(str(SCRIPT.BEFORE))
    decay = hc.read_sbml("S -> ; k*S; k = 1; S = 3")
    assert hc.simulate(decay, t1=1.0, n_points=3, solve=hc.Solve(backend="numpy")).success.all()
    with pytest.raises(AssertionError, match="a simulation failed: more than max_steps=2"):
        hc.simulate(decay, t1=1.0, n_points=3, solve=hc.Solve(backend="numpy", max_steps=2))
    slope = jax.grad(lambda k: hc.simulate(decay.with_values({"k": k}), t1=1.0, n_points=3).values[0, -1, 0])
    assert float(slope(1.0)) == pytest.approx(-3.0 * np.exp(-1.0), rel=1e-5)


def test_a_name_that_no_notebook_has_is_said(capsys):
    with pytest.raises(SystemExit):
        SCRIPT.main(["99"])
    assert "begins with 99" in capsys.readouterr().err


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=[pytest.mark.suite] if path.stem in ON_PAGES else [])
        for path in NOTEBOOKS
    ],
)
@pytest.mark.slow
@pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_runs(path, tmp_path):
    environment = {
        "HYBRIDCELL_NOTEBOOK": "quick",
        "PYTHONWARNINGS": "ignore",
        # half of a short run is compilation, and what it computes means nothing
        "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
    }
    if not os.environ.get("HYBRIDCELL_DATA"):
        # The real screen is not here, and a test does not download: an empty folder and a proxy that is none
        # send the notebook down its other way.
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            environment[name] = "http://127.0.0.1:9"
    executed = SCRIPT.execute(path, tmp_path, timeout=300, environment=environment)
    numbers = [cell.execution_count for cell in _code(executed)]
    assert numbers == list(range(1, len(numbers) + 1))
    last = _code(executed)[-1]
    for word in LAST[path.stem]:
        assert word in last.outputs[-1]["data"]["text/plain"]
