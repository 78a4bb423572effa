from __future__ import annotations

import numpy as np
import pytest

from hybridcell.data import as_perturbation_data
from hybridcell.data.gene_experiments import GeneExperiments

GENES = ("A", "B")


@pytest.fixture(scope="module")
def adata():
    times = np.array([0.0, 250.0, 500.0])
    return GeneExperiments(
        GENES,
        wildtype=np.array([[0.5, 0.7], [0.6, 0.8]]),
        knockouts=np.array([[0.0, 0.2], [0.5, 0.0]]),
        knockdowns=np.array([[0.3, 0.4], [0.5, 0.35]]),
        multifactorial=np.array([[0.9, 0.1]]),
        series=[(times, np.ones((3, 2))), (times, np.zeros((3, 2)))],
    ).to_anndata(provenance={"source": "made here"})


def test_what_was_given(adata):
    doses = adata.obsm["doses"]
    assert list(doses.columns) == ["A", "B", "multifactorial_1", "stimulus_1", "stimulus_2"]
    assert doses.loc["knockout_B"].tolist() == [0, 1, 0, 0, 0]
    assert doses.loc["knockdown_A"].tolist() == [0.5, 0, 0, 0, 0]
    assert doses.loc["series_2_t0"].tolist() == [0, 0, 0, 0, 1]
    assert doses.loc["series_2_t250"].tolist() == [0, 0, 0, 0, 1]
    assert not doses.loc["series_2_t500"].any()
    # unknown perturbations do not pass for controls
    assert adata.obs.loc["multifactorial_1", "perturbation"] == "multifactorial_1"
    assert adata.obs.loc["wildtype_2", ["perturbation", "replicate"]].tolist() == ["control", "2"]


def test_times_and_series(adata):
    steady = adata.obs["experiment"] != "timeseries"
    assert adata.obs["time"].isna().tolist() == steady.tolist()
    assert (adata.obs["series"][steady] == -1).all()
    assert adata.obs["series"][~steady].tolist() == [0, 0, 0, 1, 1, 1]
    assert adata.uns["hybridcell"]["recovery"] == {"stimulus_off": 500.0}


def test_it_is_a_screen_before_and_after_a_file(adata, tmp_path):
    import anndata

    adata.write_h5ad(tmp_path / "genes.h5ad")
    again = anndata.read_h5ad(tmp_path / "genes.h5ad")
    for read in (adata, again):
        data = as_perturbation_data(read)
        assert data.kinds == ("gene", "gene")
        np.testing.assert_array_equal(data.time, adata.obs["time"])
        assert "3, and 7 rows of steady states" in data._repr_html_()
    np.testing.assert_array_equal(again.obsm["doses"], adata.obsm["doses"])


def test_steady_states_alone_are_a_screen_without_times():
    adata = GeneExperiments(GENES, knockouts=np.eye(2)).to_anndata(provenance={})
    assert adata.obs["time"].isna().all()
    assert as_perturbation_data(adata).time is None
