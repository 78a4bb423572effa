from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from hybridcell.data import as_perturbation_data, datasets, split, splits

FOLDER = Path(os.environ.get("HYBRIDCELL_DATA", "")) / "cellbox"
pytestmark = pytest.mark.skipif(
    not (FOLDER / "expr.csv").is_file(), reason="the melanoma screen is not in $HYBRIDCELL_DATA/cellbox"
)


@pytest.fixture(scope="module")
def adata():
    return datasets.melanoma()


def test_the_screen(adata):
    data = as_perturbation_data(adata)
    assert adata.shape == (89, 99)
    assert [data.kinds.count(k) for k in ("protein", "phenotype", "drug")] == [82, 5, 12]
    assert np.bincount(data.order).tolist() == [0, 23, 66]
    assert (data.input, data.control) == ("strength", "implied")
    assert data.perturbations == data.readouts[87:]
    assert data.observed.all()


def test_labels_and_doses(adata):
    row = adata[(adata.obs["perturbation"] == "aMEK+aHDAC").to_numpy()]
    assert row.obs["dose"].tolist() == ["1.5+6"]
    assert row.obsm["doses"].loc[:, "aMEK"].item() == -0.863
    given = adata.obsm["doses"].to_numpy() != 0
    texts = adata.obs["dose"].str.split("+").str.len().to_numpy()
    assert (given.sum(axis=1) == texts).all()


def test_drug_columns_are_tanh_of_the_strength_except_for_one(adata):
    u = adata.obsm["doses"]
    off = np.abs(adata[:, list(u.columns)].X - np.tanh(u.to_numpy())).max(axis=0)
    assert [name for name, value in zip(u.columns, off) if value > 0.002] == ["aHDAC"]


def test_published_sizes_of_the_splits(adata):
    assert [part.n_obs for part in split(adata)] == [62, 27]
    assert [part.n_obs for part in split(adata, by="single-to-combo")] == [23, 66]
    assert {test.n_obs for _, test in splits(adata, by="drug")} == {11}
    assert {test.n_obs for _, test in splits(adata, by="drug", keep_singles=False)} == {12, 13}


def test_round_trip(adata, tmp_path):
    import anndata

    adata.write_h5ad(tmp_path / "melanoma.h5ad")
    again = as_perturbation_data(anndata.read_h5ad(tmp_path / "melanoma.h5ad"))
    assert again.dose_labels == as_perturbation_data(adata).dose_labels
    assert (again.values == adata.X).all()


def test_another_file_of_that_name_is_refused(monkeypatch, tmp_path):
    from hybridcell._core.errors import DataError

    (tmp_path / "cellbox").mkdir()
    (tmp_path / "cellbox" / "expr.csv").write_text("0,1\n")
    monkeypatch.setenv("HYBRIDCELL_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"SHA-256 is [0-9a-f]{64}, wanted 1989245a"):
        datasets.melanoma()
