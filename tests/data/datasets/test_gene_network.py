from __future__ import annotations

import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell.data import as_perturbation_data, truth_edges
from hybridcell.data.datasets import gene_network


@pytest.fixture(scope="module")
def clean():
    return gene_network(6, series=2, doubles=3, noise=0.0, seed=3)


def rows(adata, experiment):
    return adata[(adata.obs["experiment"] == experiment).to_numpy()]


def test_the_experiments(clean):
    assert clean.obs["experiment"].value_counts().to_dict() == {
        "timeseries": 42, "knockout": 6, "knockdown": 6, "double knockout": 3, "wildtype": 1,
    }  # fmt: skip
    data = as_perturbation_data(clean)
    assert data.perturbations[-2:] == ("stimulus_1", "stimulus_2")
    given = rows(clean, "double knockout").obsm["doses"].to_numpy()
    assert (given.sum(axis=1) == 2).all()
    np.testing.assert_allclose(rows(clean, "double knockout").X[given[:, :6] == 1], 0.0, atol=1e-6)


def test_only_what_is_downstream_answers_a_knockout(clean):
    import networkx

    graph = networkx.DiGraph(truth_edges(clean)[["source", "target"]].values.tolist())
    change = np.abs(rows(clean, "knockout").X - rows(clean, "wildtype").X) > 1e-5
    for k, name in enumerate(clean.var_names):
        below = networkx.descendants(graph, name) if name in graph else set()
        assert set(clean.var_names[change[k]]) - {name} <= below


def test_signs_are_those_of_the_response():
    """A gene with one regulator, itself untouched by its target, answers with the sign of the edge."""
    adata = gene_network(5, series=0, noise=0.0, seed=1)
    truth = truth_edges(adata)
    alone = truth[~truth["target"].duplicated(keep=False)]
    assert len(alone)
    down = rows(adata, "knockdown").to_df() - rows(adata, "wildtype").X
    for source, target, sign in alone[["source", "target", "sign"]].values.tolist():
        assert np.sign(down.loc[f"knockdown_{source}", target]) == -sign


def test_series_start_at_the_wild_type_and_come_back(clean):
    wildtype = rows(clean, "wildtype").X[0]
    for s in (0, 1):
        course = clean[(clean.obs["series"] == s).to_numpy()].X
        np.testing.assert_allclose(course[0], wildtype, atol=1e-6)
        there, back = np.abs(course[10] - wildtype).max(), np.abs(course[-1] - wildtype).max()
        assert there > 0.02
        assert back < there


def test_noise_and_seed(clean):
    noisy = gene_network(6, series=2, doubles=3, noise=(0.05, 0.0), seed=3)
    assert truth_edges(noisy).equals(truth_edges(clean))
    assert (noisy.X >= 0).all()
    left = (noisy.X - clean.X)[clean.X > 0.2]
    assert 0.04 < left.std() < 0.06
    assert not truth_edges(gene_network(6, series=0, seed=4)).equals(truth_edges(clean))
    np.testing.assert_array_equal(gene_network(4, series=1, seed=2).X, gene_network(4, series=1, seed=2).X)


def test_a_file_keeps_it(clean, tmp_path):
    import anndata

    clean.write_h5ad(tmp_path / "genes.h5ad")
    assert truth_edges(anndata.read_h5ad(tmp_path / "genes.h5ad")).equals(truth_edges(clean))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 2}, "n is 2; wanted 3"),
        ({"series": -1}, "series is -1"),
        ({"n": 3, "doubles": 4}, "doubles is 4; 3 genes have 0 to 3 pairs"),
        ({"noise": -0.1}, "noise is -0.1"),
        ({"n": 3.5}, "n is 3.5; wanted a whole number"),
        ({"n": "5"}, "n is '5'; wanted a whole number"),
        ({"series": 1.0}, "series is 1.0; wanted a whole number"),
        ({"doubles": True}, "doubles is True; wanted a whole number"),
        ({"seed": -1}, "seed is -1; wanted 0 or more"),
        ({"seed": None}, "seed is None; wanted a whole number"),
    ],
)
def test_options_out_of_range(options, message):
    with pytest.raises(InvalidValueError, match=message):
        gene_network(**options)
