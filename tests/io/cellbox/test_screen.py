from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybridcell as hc
from hybridcell._core.errors import DataError, FileFormatError
from hybridcell.data import PerturbationData, as_perturbation_data

COUNTS = {"n_protein_nodes": 2, "n_activity_nodes": 3}


@pytest.fixture
def folder(tmp_path) -> Path:
    """Files of five nodes: two proteins, a phenotype, two drugs."""
    (tmp_path / "expr.csv").write_text("-0.4,0.1,-1,-0.8,0\n-0.2,,-2,-0.8,-0.5\n0.3,0.2,1,0,-0.5\n")
    (tmp_path / "pert.csv").write_text("0,0,0,-1.5,0\n0,0,0,-1.5,-0.5\n0,0,0,0,-0.5\n")
    (tmp_path / "node_Index.csv").write_text("ERK\nAKT\ngrowth\naMEK\naAKT\n")
    return tmp_path


def test_a_folder(folder):
    adata = hc.read_cellbox(folder, **COUNTS)
    screen = as_perturbation_data(adata)
    assert screen.readouts == ("ERK", "AKT", "growth", "aMEK", "aAKT")
    assert screen.kinds == ("protein", "protein", "phenotype", "drug", "drug")
    assert screen.perturbations == ("aMEK", "aAKT")
    assert screen.labels == ("aMEK", "aMEK+aAKT", "aAKT")
    assert screen.conditions[1] == "aMEK=-1.5+aAKT=-0.5"
    assert (screen.input, screen.control) == ("strength", "implied")
    np.testing.assert_array_equal(screen.doses, [[-1.5, 0], [-1.5, -0.5], [0, -0.5]])
    assert np.isnan(screen.values[1, 1])
    assert int(screen.observed.sum()) == 14


def test_a_control_row_is_a_measured_control(folder):
    (folder / "pert.csv").write_text("0,0,0,0,0\n0,0,0,-1.5,-0.5\n0,0,0,0,-0.5\n")
    assert as_perturbation_data(hc.read_cellbox(folder, **COUNTS)).control == "measured"


def test_equal_conditions_get_names_of_their_own(folder):
    (folder / "pert.csv").write_text("0,0,0,0,-0.5\n0,0,0,-1.5,-0.5\n0,0,0,0,-0.5\n")
    assert hc.read_cellbox(folder, **COUNTS).obs_names[2] == "aAKT=-0.5 #2"


def test_without_counts_perturbed_nodes_are_drugs_and_it_says_so(folder):
    with pytest.warns(UserWarning, match="phenotypes"):
        adata = hc.read_cellbox(folder)
    assert adata.var["kind"].tolist() == ["protein"] * 3 + ["drug"] * 2


def test_a_perturbed_protein_stays_a_protein(folder):
    (folder / "pert.csv").write_text("0,-1,0,0,0\n0,0,0,-1.5,-0.5\n0,0,0,0,-0.5\n")
    screen = as_perturbation_data(hc.read_cellbox(folder, **COUNTS))
    assert screen.perturbations == ("AKT", "aMEK", "aAKT")
    assert screen.kinds[1] == "protein"


@pytest.mark.parametrize("where", ["beside", "below"])
def test_a_configuration(folder, where):
    names = {"pert_file": "pert.csv", "expr_file": "expr.csv", "node_index_file": "node_Index.csv"}
    config = {**names, **COUNTS, "n_x": 5, "weight_loss": "expr"}
    if where == "below":
        (folder / "configs").mkdir()
    path = (folder / "configs" if where == "below" else folder) / "run.json"
    path.write_text(json.dumps(config))
    adata = hc.read_cellbox(path)
    assert adata.var["kind"].tolist()[2] == "phenotype"
    np.testing.assert_array_equal(adata.layers["weight"], np.abs(np.nan_to_num(adata.X)))


def test_other_file_names_and_no_node_names(folder):
    (folder / "expr.csv").rename(folder / "response.csv")
    (folder / "node_Index.csv").unlink()
    assert hc.read_cellbox(folder, expr="response.csv", **COUNTS).var_names.tolist() == list("01234")


def test_sparse_files(folder):
    from scipy import sparse

    dense = hc.read_cellbox(folder, **COUNTS)
    for name in ("expr", "pert"):
        matrix = np.genfromtxt(folder / f"{name}.csv", delimiter=",")
        sparse.save_npz(folder / f"{name}.npz", sparse.coo_matrix(np.nan_to_num(matrix)))
    found = hc.read_cellbox(folder, expr="expr.npz", pert="pert.npz", **COUNTS)
    np.testing.assert_array_equal(found.X, np.nan_to_num(dense.X))


@pytest.mark.parametrize(
    ("file", "text", "error", "message"),
    [
        ("expr.csv", "a,b,c,d,e\n1,2,3,4,5\n", FileFormatError, r"'a' in row 1, column 1.*header"),
        ("expr.csv", "1,2,3,4,5\n1,2,x,4,5\n1,2,3,4,5\n", FileFormatError, "'x' in row 2, column 3"),
        ("expr.csv", "1,2,3,4,5\n1,2,3\n1,2,3,4,5\n", FileFormatError, "3 fields in row 2, but 5"),
        ("expr.csv", "", FileFormatError, "empty"),
        ("expr.csv", "1,2,3,4,5\n", DataError, "1 x 5.*3 x 5"),
        ("expr.csv", "1,2,3,4,inf\n1,2,3,4,5\n1,2,3,4,5\n", DataError, "infinite"),
        ("pert.csv", "0,0,0,,1\n0,0,0,1,1\n0,0,0,1,1\n", DataError, "NaN or infinite.*aMEK"),
        ("node_Index.csv", "ERK\nAKT\n", DataError, "2 node names.*5 nodes"),
        ("node_Index.csv", "ERK\nERK\ng\na\nb\n", DataError, "'ERK' is used 2 times"),
    ],
)
def test_files_that_will_not_do(folder, file, text, error, message):
    (folder / file).write_text(text)
    with pytest.raises(error, match=message):
        hc.read_cellbox(folder, **COUNTS)


def test_files_that_are_not_text(folder):
    (folder / "expr.csv").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(FileFormatError, match="no CSV"):
        hc.read_cellbox(folder, **COUNTS)
    (folder / "expr.npz").write_bytes(b"PK\x03\x04")
    with pytest.raises(FileFormatError, match="sparse"):
        hc.read_cellbox(folder, expr="expr.npz", **COUNTS)


def test_a_missing_file_names_the_nearest(folder):
    with pytest.raises(FileFormatError, match=r"'exprs\.csv'.*Did you mean 'expr\.csv'"):
        hc.read_cellbox(folder, expr="exprs.csv", **COUNTS)


def test_counts_that_do_not_fit(folder):
    with pytest.raises(DataError, match="n_activity_nodes 9"):
        hc.read_cellbox(folder, n_protein_nodes=2, n_activity_nodes=9)
    path = folder / "c.json"
    path.write_text(json.dumps({"pert_file": "pert.csv", "expr_file": "expr.csv", "n_x": 9}))
    with pytest.raises(DataError, match=r"n_x = 9.*5 nodes"):
        hc.read_cellbox(path)


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read_back_bit_for_bit(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("files")
    n_rows, n_nodes, n_drugs = (data.draw(st.integers(1, 4)) for _ in range(3))
    number = st.floats(-15, 15).filter(lambda v: v != 0)
    draw = lambda n: np.array(data.draw(st.lists(number, min_size=n, max_size=n)))  # noqa: E731
    drugs = tuple(f"d{i}" for i in range(n_drugs))
    doses = draw(n_rows * n_drugs).reshape(n_rows, n_drugs) * np.array(
        data.draw(st.lists(st.integers(0, 1), min_size=n_rows * n_drugs, max_size=n_rows * n_drugs))
    ).reshape(n_rows, n_drugs)
    screen = PerturbationData(
        values=draw(n_rows * (n_nodes + 1)).reshape(n_rows, n_nodes + 1),
        readouts=(*(f"p, {i}" for i in range(n_nodes)), "µ growth"),
        kinds=("protein",) * n_nodes + ("phenotype",),
        conditions=tuple(f"c{i}" for i in range(n_rows)),
        perturbations=drugs,
        doses=doses,
        input="strength",
        control="implied",
    )
    hc.write_cellbox(screen, folder)
    found = as_perturbation_data(hc.read_cellbox(folder / "config.json"))
    assert found.readouts == (*screen.readouts, *drugs)
    assert found.kinds == (*screen.kinds, *("drug",) * n_drugs)
    np.testing.assert_array_equal(found.values[:, : n_nodes + 1], screen.values)
    np.testing.assert_array_equal(found.values[:, n_nodes + 1 :], np.tanh(screen.doses))
    np.testing.assert_array_equal(found.doses, screen.doses)


def test_nodes_are_written_in_the_originals_order(tiny_screen, tmp_path):
    order = [5, 0, 3, 1, 2, 4]
    mixed = PerturbationData(
        values=tiny_screen.values[:, order],
        readouts=tuple(tiny_screen.readouts[i] for i in order),
        kinds=tuple(tiny_screen.kinds[i] for i in order),
        conditions=tiny_screen.conditions,
        perturbations=tiny_screen.perturbations,
        doses=tiny_screen.doses,
        input="strength",
    )
    hc.write_cellbox(mixed, tmp_path)
    found = hc.read_cellbox(tmp_path / "config.json")
    assert found.var["kind"].tolist() == ["protein"] * 5 + ["phenotype"] + ["drug"] * 2
    np.testing.assert_array_equal(found[:, "growth"].X[:, 0], tiny_screen.values[:, 5])


def test_missing_values_are_written_with_a_warning(tiny_screen, tmp_path):
    values = tiny_screen.values.copy()
    values[2, 1] = np.nan
    adata = tiny_screen.to_anndata()
    adata.X = values
    with pytest.warns(UserWarning, match="1 values are missing"):
        hc.write_cellbox(adata, tmp_path)
    assert np.isnan(hc.read_cellbox(tmp_path / "config.json").X[2, 1])


def test_a_time_course_has_no_place(tiny_screen, tmp_path):
    adata = tiny_screen.to_anndata()
    adata.obs["time"] = np.arange(adata.n_obs, dtype=float)
    with pytest.raises(DataError, match="several time points"):
        hc.write_cellbox(adata, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_published_files_are_the_published_screen(melanoma):
    folder = Path(os.environ["HYBRIDCELL_DATA"]) / "cellbox"
    found = hc.read_cellbox(folder, n_protein_nodes=82, n_activity_nodes=87)
    np.testing.assert_array_equal(found.X, melanoma.X)
    assert found.var_names.tolist() == melanoma.var_names.tolist()
    assert found.var["kind"].tolist() == melanoma.var["kind"].tolist()
    assert found.obs["perturbation"].tolist() == melanoma.obs["perturbation"].tolist()
    np.testing.assert_array_equal(found.obsm["doses"], melanoma.obsm["doses"])
