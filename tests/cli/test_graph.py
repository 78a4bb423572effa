from __future__ import annotations

import io

import pandas as pd
import pytest
from typer.testing import CliRunner

import hybridcell as hc
from hybridcell.cli.app import app

runner = CliRunner()


def invoke(*arguments):
    return runner.invoke(app, ["graph", *map(str, arguments)])


@pytest.fixture(scope="module")
def graph(fit_file):
    return hc.interactions(hc.load(fit_file))


@pytest.mark.parametrize("suffix", [".graphml", ".html", ".tsv", ".sif", ".json", ".sbml", ".xml"])
def test_every_format_is_written(fit_file, graph, tmp_path, suffix):
    out = tmp_path / f"graph{suffix}"
    result = invoke(fit_file, "-o", out)
    assert result.exit_code == 0, result.output
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    assert "aMEK" in out.read_text(encoding="utf-8")
    if suffix == ".tsv":
        assert len(pd.read_csv(out, sep="\t")) == len(graph.edges)
    if suffix == ".html":
        assert "<title>Interactions of fit</title>" in out.read_text(encoding="utf-8")


def test_confidence_and_number_leave_edges_out(fit_file, graph):
    result = invoke(fit_file, "--confidence", "0.9", "--top", "2")
    assert result.exit_code == 0, result.output
    found = pd.read_csv(io.StringIO(result.output), sep="\t")
    wanted = hc.interactions(hc.load(fit_file), level=0.9).filter(confidence=0.9, top=2).edges
    assert found[["source", "target"]].values.tolist() == wanted[["source", "target"]].values.tolist()
    assert 0 < len(found) <= 2 < len(graph.edges)


def test_bad_requests(fit_file, tmp_path):
    result = invoke(fit_file, "-o", tmp_path / "graph.png")
    assert result.exit_code == 2
    assert ".graphml" in result.output
    assert "structural" in str(invoke(fit_file, "--kind", "structual").exception)
    assert "level is 2" in str(invoke(fit_file, "--confidence", "2").exception)
    assert "no file" in str(invoke(tmp_path / "none.hc").exception)
