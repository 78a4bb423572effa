from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from hybridcell._core.errors import DataError, FileFormatError, InvalidValueError
from hybridcell.data import as_perturbation_data, truth_edges
from hybridcell.data.datasets import hpn_dream8

FOLDER = Path(os.environ.get("HYBRIDCELL_DATA", "")) / "hpn_dream8"
needs_data = pytest.mark.skipif(not FOLDER.is_dir(), reason="needs hpn_dream8 in $HYBRIDCELL_DATA")


@needs_data
def test_the_in_silico_set():
    adata = hpn_dream8()
    assert adata.shape == (660, 20)
    assert adata.uns["hybridcell"]["cues"]["inhibitors"] == ["INH1", "INH2", "INH3"]
    assert sorted(set(adata.obs["time"])) == [0, 1, 2, 4, 6, 10, 15, 30, 45, 60, 120]
    assert adata.obs["replicate"].value_counts().tolist() == [220] * 3
    truth = truth_edges(adata)
    assert len(truth) == 74
    # row = source, as counted in the file
    table = np.genfromtxt(FOLDER / "TrueGraph_insilico.csv", delimiter=",")
    assert (truth["source"] == "AB1").sum() == np.nansum(table[0])
    assert (truth["target"] == "AB1").sum() == np.nansum(table[:, 0])


@needs_data
@pytest.mark.parametrize(("name", "shape"), [("BT20", (209, 48)), ("MCF7", (226, 41))])
def test_cell_lines(name, shape):
    data = as_perturbation_data(hpn_dream8(name))
    assert data.values.shape == shape
    assert "PBS" not in data.perturbations
    assert set(data.context) == {name}
    assert data.is_control.any()


def test_without_data(monkeypatch, tmp_path):
    from hybridcell._core.config import config

    monkeypatch.setenv("HYBRIDCELL_DATA", str(tmp_path))
    monkeypatch.setattr(config, "cache_dir", tmp_path / "cache")
    with pytest.raises(DataError, match=r"MD_insilico\.csv of the HPN-DREAM challenge is not here"):
        hpn_dream8()
    with pytest.raises(InvalidValueError, match="Did you mean 'MCF7'"):
        hpn_dream8("MCF-7")


def test_the_true_graph_is_checked(monkeypatch, tmp_path):
    folder = tmp_path / "hpn_dream8"
    folder.mkdir()
    (folder / "MD_insilico.csv").write_text("TR:L,DA:ALL,DV:A,DV:B\n1,0,1.5,2\n")
    truth = folder / "TrueGraph_insilico.csv"
    monkeypatch.setenv("HYBRIDCELL_DATA", str(tmp_path))
    truth.write_text("NaN,1\n0,NaN\n")
    assert truth_edges(hpn_dream8()).values.tolist()[0][:3] == ["A", "B", 0]
    for text, message in (("NaN,1\n", "has 1 rows"), ("NaN,2\n0,NaN\n", "line 1, column 2: '2'")):
        truth.write_text(text)
        with pytest.raises(FileFormatError, match=message):
            hpn_dream8()
