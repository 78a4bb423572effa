from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.errors import FileFormatError, InvalidValueError
from hybridcell.io.cellbox import read_cellbox_model
from tests.tolerances import ANALYTIC


def model_of(**options):
    rng = np.random.default_rng(1)
    kinds = ["drug", "protein", "phenotype", "protein", "drug"]
    names = ["a1", "ERK, total", "growth", "AKT", "a2"]
    weights = rng.normal(size=(5, 5))
    drug, phenotype = np.array(kinds) == "drug", np.array(kinds) == "phenotype"
    weights[drug] = weights[:, phenotype] = 0
    weights[np.ix_(phenotype, drug)] = 0
    np.fill_diagonal(weights, 0)
    rates = rng.uniform(0.5, 2, size=(3, 5))
    return hc.CellBox(names, kinds, weights, epsilon=rates[0], alpha=rates[1], psi=rates[2], **options)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"envelope": "hill", "power": 2.0, "input": "scaled"},
        {"envelope": "clip", "input": "outside", "degree": 2, "clamp": True},
    ],
)
def test_a_network_is_read_back(options, tmp_path):
    model = model_of(**options)
    paths = hc.write_cellbox(model, tmp_path)
    assert [p.name for p in paths][:3] == ["W.csv", "alpha.csv", "eps.csv"]
    found = read_cellbox_model(tmp_path)
    order = [model.names.index(name) for name in found.names]
    assert found.kinds == ("protein", "protein", "phenotype", "drug", "drug")
    for name in ("envelope", "degree", "input", "clamp"):
        assert getattr(found, name) == getattr(model, name)
    np.testing.assert_allclose(found.weights, model.weights[np.ix_(order, order)], **ANALYTIC)
    for name in ("epsilon", "alpha") + (
        ("psi",) if "input" in options and options["input"] == "scaled" else ()
    ):
        np.testing.assert_allclose(getattr(found, name), getattr(model, name)[np.array(order)], **ANALYTIC)


def test_a_screen_and_a_network_share_a_folder_and_its_configuration(tiny_screen, small_network, tmp_path):
    hc.write_cellbox(tiny_screen, tmp_path)
    hc.write_cellbox(small_network, tmp_path)
    assert hc.read_cellbox(tmp_path / "config.json").n_vars == 8
    assert read_cellbox_model(tmp_path).names == small_network.names


def test_a_later_network_does_not_keep_the_options_of_an_earlier(tmp_path):
    hc.write_cellbox(model_of(envelope="hill", power=2.0, degree=2, clamp=True), tmp_path)
    hc.write_cellbox(model_of(), tmp_path)
    found = read_cellbox_model(tmp_path)
    assert (found.envelope, found.degree, found.clamp) == ("tanh", 1, False)


def test_named_files_in_the_published_layout(tmp_path):
    (tmp_path / "s_W.csv").write_text("0,0,1,2\nERK,0,0,0.8\ngrowth,0.5,0.0,-0.0\naMEK,-0.0,0,0\n")
    for name, value in (("alpha", 0.9), ("eps", 1.7)):
        (tmp_path / f"s_{name}.csv").write_text(f"0,0\nERK,{value}\ngrowth,{value}\naMEK,{value}\n")
    model = read_cellbox_model(*(tmp_path / f"s_{part}.csv" for part in ("W", "alpha", "eps")))
    assert model.kinds == ("protein", "phenotype", "drug")
    assert float(model.weights[0, 2]) == pytest.approx(0.8)
    assert read_cellbox_model(tmp_path).names == model.names
    counted = read_cellbox_model(tmp_path, n_protein_nodes=2, n_activity_nodes=2)
    assert counted.kinds == ("protein", "protein", "drug")


def test_the_last_stage_of_a_run_is_taken(tmp_path):
    for stage, weight in ((2, 0.2), (10, 0.9)):
        (tmp_path / f"{stage}_best.W.loss.0.1.csv").write_text(f"0,0,1\na,0,{weight}\nd,0,0\n")
        for part in ("alpha", "eps"):
            (tmp_path / f"{stage}_best.{part}.loss.0.1.csv").write_text("0,0\na,1\nd,1\n")
    model = read_cellbox_model(tmp_path, kinds=["protein", "drug"])
    assert float(model.weights[0, 1]) == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("W.csv", "0,0,1\na,0,1\n", "1 x 2"),
        ("W.csv", "0,0,1\na,0,x\nd,0,0\n", "'x' in row 2, column 3"),
        ("W.csv", "", "no rows"),
        ("alpha.csv", "0,0\nd,1\na,1\n", "not of the nodes of W"),
        ("alpha.csv", "0,0\na,1\n", "not of the nodes of W"),
        ("eps.csv", "0,0\na,1\nd,-1\n", "epsilon of node 'd' is -1"),
        ("W.csv", "0,0,1\na,0,0\nd,0,0\n", "no edges.*kinds="),
    ],
)
def test_files_that_will_not_do(file, text, message, tmp_path):
    files = {"W.csv": "0,0,1\na,0,0.5\nd,0,0\n", "alpha.csv": "0,0\na,1\nd,1\n", "eps.csv": "0,0\na,1\nd,1\n"}
    for name, content in {**files, file: text}.items():
        (tmp_path / name).write_text(content)
    with pytest.raises((FileFormatError, InvalidValueError), match=message):
        read_cellbox_model(tmp_path)


def test_folders_without_a_clear_run(tmp_path):
    with pytest.raises(FileFormatError, match="no files of W"):
        read_cellbox_model(tmp_path)
    for run in ("a_", "b_"):
        for part in ("W", "alpha", "eps"):
            (tmp_path / f"{run}{part}.csv").write_text("0,0\nx,1\n")
    with pytest.raises(FileFormatError, match="several runs"):
        read_cellbox_model(tmp_path)
    with pytest.raises(InvalidValueError, match="alpha and eps"):
        read_cellbox_model(tmp_path / "a_W.csv")
    with pytest.raises(InvalidValueError, match="found both"):
        read_cellbox_model(tmp_path, tmp_path / "a_alpha.csv", tmp_path / "a_eps.csv")


def test_a_hybrid_has_no_place(small_network, tmp_path):
    with pytest.raises(InvalidValueError, match="mechanistic_only"):
        hc.write_cellbox(small_network + hc.NeuralResidual(width=2, key=jr.key(0)), tmp_path)
    assert list(tmp_path.iterdir()) == []
