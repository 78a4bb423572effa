"""The ligand screen of LEMBAS."""

import os
from pathlib import Path

import numpy as np
import pytest

from hybridcell._core.errors import DataError, FileFormatError
from hybridcell.data import as_perturbation_data, datasets

FILES = {
    "Ligands": "\tP1\tCHEBI1\nnone\t0\t0\nIL1\t1\t0\nIL1_LPS\t1\t1\n",
    "TFs": "\tQ1\tQ2\nnone\t0.5\t0.1\nIL1\t0.25\t1\nIL1_LPS\t0.75\t0\n",
    "Annotation": "code\tname\tTF\tligand\nP1\tIL1\tFalse\tTrue\nQ2\tNA\tTrue\tFalse\n",
    "Model": (
        "source\ttarget\tdirection\tstimulation\tinhibition\n"
        "P1\tR1\t1\t1\t0\nR1\tQ1\t1\t0\t1\nR1\tQ2\t1\t0\t0\nP1\tR1\t1\t1\t0\nR1\tQ1\t1\t1\t0\n"
    ),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    place = tmp_path / "lembas_ligandscreen"
    place.mkdir()
    for name, text in FILES.items():
        (place / f"ligandScreen-{name}.tsv").write_text(text, encoding="utf-8")
    monkeypatch.setenv("HYBRIDCELL_DATA", str(tmp_path))
    return place


def test_tables_become_a_screen_and_signed_edges(folder):
    adata = datasets.ligand_screen()
    screen = as_perturbation_data(adata)
    assert screen.labels == ("control", "P1", "P1+CHEBI1")
    assert list(adata.obs_names) == ["none", "IL1", "IL1_LPS"]
    assert adata.var["symbol"].tolist() == ["Q1", "NA"]
    assert screen.provenance["symbols"] == {"P1": "IL1", "CHEBI1": "CHEBI1"}
    np.testing.assert_array_equal(adata.X, [[0.5, 0.1], [0.25, 1], [0.75, 0]])
    # listed twice alike counts once, listed with both signs has none
    edges = datasets.ligand_screen_prior()
    assert edges.values.tolist() == [["P1", "R1", 1.0], ["R1", "Q1", 0.0], ["R1", "Q2", 0.0]]


def test_damaged_files_are_refused(folder):
    (folder / "ligandScreen-TFs.tsv").write_text("\tQ1\nIL1\t0.5\nnone\t0.1\nIL1_LPS\t0\n")
    with pytest.raises(DataError, match="different conditions"):
        datasets.ligand_screen()
    (folder / "ligandScreen-TFs.tsv").write_text("\tQ1\nnone\tmuch\n")
    with pytest.raises(FileFormatError, match="'Q1' holds what is no number"):
        datasets.ligand_screen()
    (folder / "ligandScreen-Model.tsv").write_text("a,b\n1,2\n")
    with pytest.raises(FileFormatError, match="tabs"):
        datasets.ligand_screen_prior()
    (folder / "ligandScreen-Model.tsv").unlink()
    with pytest.raises(DataError, match="HYBRIDCELL_DATA"):
        datasets.ligand_screen_prior()


@pytest.mark.skipif(
    not (Path(os.environ.get("HYBRIDCELL_DATA", "")) / "lembas_ligandscreen").is_dir(),
    reason="the ligand screen is not in $HYBRIDCELL_DATA/lembas_ligandscreen",
)
def test_the_published_screen():
    adata, edges = datasets.ligand_screen(), datasets.ligand_screen_prior()
    screen = as_perturbation_data(adata)
    assert adata.shape == (103, 74)
    assert len(screen.perturbations) == 60
    assert np.bincount(screen.order).tolist() == [1, 60, 42]
    assert 0 <= adata.X.min() <= adata.X.max() <= 1
    assert len(edges) == 6594
    assert edges["sign"].value_counts().to_dict() == {1.0: 3928, -1.0: 1488, 0.0: 1178}
    assert {*screen.perturbations, *screen.readouts} <= {*edges["source"], *edges["target"]}


@pytest.mark.parametrize("table", ["TFs", "Ligands", "Model"])
def test_a_column_that_comes_twice_is_no_other_column(folder, table):
    text = FILES[table].replace("Q2", "Q1", 1).replace("CHEBI1", "P1", 1).replace("inhibition", "source", 1)
    (folder / f"ligandScreen-{table}.tsv").write_text(text)
    with pytest.raises(FileFormatError, match=r"line 1 has the column '(Q1|P1|source)' twice"):
        datasets.ligand_screen_prior() if table == "Model" else datasets.ligand_screen()


@pytest.mark.parametrize(
    ("table", "text", "message"),
    [
        ("TFs", "\tQ1\tQ2\nnone\t0.5\t0.1\nIL1\t0.25\nIL1_LPS\t0\t0\n", "'Q2' holds what is no number"),
        ("TFs", "", "is no tab-separated table"),
        ("Ligands", "\tP1\tP2\nnone\t0\t0\nIL1\t1\t0\t1\nIL1_LPS\t1\t1\n", "is no tab-separated table"),
        ("Annotation", "code\tsymbol\nP1\tIL1\n", r"columns \['code', 'symbol'\]; wanted \['code', 'name'\]"),
    ],
)  # fmt: skip
def test_tables_that_are_cut_off_or_ragged_are_refused(folder, table, text, message):
    (folder / f"ligandScreen-{table}.tsv").write_text(text)
    with pytest.raises(FileFormatError, match=message):
        datasets.ligand_screen()
