from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from hybridcell.cli.app import app
from hybridcell.cli.recover import files
from tests.fit.gene_network.networks import EDGES, GENES, experiments

runner = CliRunner()
EDGE, DOUBLE, THIRD = Path("edges.tsv"), Path("doubles.tsv"), Path("third.tsv")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("network")
    adata = experiments(series=False)
    rows = adata.obs["experiment"]
    for name, what in (("wildtype", "wildtype"), ("knockouts", "knockout"), ("knockdowns", "knockdown")):
        frame = pd.DataFrame(adata.X[(rows == what).to_numpy()], columns=list(GENES))
        frame.to_csv(path / f"{name}.tsv", sep="\t", index=False)
    (path / "pairs.tsv").write_text('"G_i"\t"G_j"\n1\t3\n2\t4\n')
    return path


@pytest.fixture(scope="module")
def written(folder):
    edges, doubles = folder / "out" / "edges.tsv", folder / "out" / "doubles.tsv"
    arguments = ["recover", folder, "--doubles", folder / "pairs.tsv", "-o", doubles, "--edges", edges]
    result = runner.invoke(app, [*map(str, arguments), "--members", "2"])
    assert result.exit_code == 0, result.output
    return edges, doubles


def test_all_ordered_pairs_are_written_best_first(written):
    table = pd.read_csv(written[0], sep="\t")
    assert list(table.columns) == ["source", "target", "score"]
    assert len(table) == len(GENES) * (len(GENES) - 1)
    assert table["score"].is_monotonic_decreasing
    first = table.head(3)
    assert set(zip(first["source"], first["target"])) == EDGES.keys()


def test_doubles_are_written_in_the_layout_of_the_data(written):
    table = pd.read_csv(written[1], sep="\t")
    assert list(table.columns) == list(GENES)
    assert table.shape == (2, 4)
    assert (table.loc[0, ["A", "C"]] == 0).all()
    assert (table.loc[1, ["B", "D"]] == 0).all()
    assert np.isfinite(table.to_numpy()).all()


@pytest.mark.parametrize(
    ("out", "edges", "doubles", "expected"),
    [
        ([], None, False, (None, None)),
        ([EDGE], None, False, (EDGE, None)),
        ([], EDGE, False, (EDGE, None)),
        ([DOUBLE], None, True, (None, DOUBLE)),
        ([EDGE, DOUBLE], None, True, (EDGE, DOUBLE)),
        ([DOUBLE], EDGE, True, (EDGE, DOUBLE)),
    ],
)
def test_which_file_takes_what(out, edges, doubles, expected):
    assert files(out, edges, doubles) == expected


@pytest.mark.parametrize(
    ("out", "edges", "doubles", "told"),
    [
        ([EDGE, DOUBLE], None, False, "need --doubles"),
        ([EDGE, DOUBLE, THIRD], None, True, "3 files"),
        ([EDGE, DOUBLE], THIRD, True, "2 files"),
        ([], None, True, "needs a file"),
        ([EDGE, EDGE], None, True, "named twice"),
    ],
)
def test_files_that_do_not_fit(out, edges, doubles, told):
    with pytest.raises(typer.BadParameter, match=told):
        files(out, edges, doubles)


def test_a_mistake_in_the_pairs_writes_nothing(folder, tmp_path):
    (tmp_path / "pairs.tsv").write_text("A\tZ\n")
    arguments = ["recover", str(folder), "--doubles", str(tmp_path / "pairs.tsv"), "-o"]
    result = runner.invoke(app, [*arguments, str(tmp_path / "out.tsv")])
    assert result.exit_code != 0
    assert not (tmp_path / "out.tsv").exists()


def test_without_tables_there_is_nothing_to_recover(tmp_path):
    result = runner.invoke(app, ["recover", str(tmp_path), "-o", str(tmp_path / "edges.tsv")])
    assert result.exit_code != 0
    assert not (tmp_path / "edges.tsv").exists()
