"""Where the scale of responses is said, who takes it over, and what does not go together."""

from __future__ import annotations

import anndata
import jax.random as jr
import numpy as np
import pandas as pd
import pytest

import hybridcell as hc
from hybridcell._core.errors import DataError, InvalidValueError
from hybridcell.data import PerturbationData, average_cells, concatenate, load_h5ad
from hybridcell.data.response_scale import SCALES, check_scale, response_of, scale_of


def screen(**options):
    return PerturbationData(
        values=[[0.0, 0.0], [-1.0, -0.6], [-0.7, -0.2], [-1.4, -0.9]], readouts=["ERK", "growth"],
        kinds=["protein", "phenotype"], conditions=["c0", "c1", "c2", "c3"], perturbations=["aMEK", "aBRAF"],
        doses=[[0, 0], [-1, 0], [0, -1], [-1, -1]], input="strength", **options,
    )  # fmt: skip


def cells(base):
    obs = pd.DataFrame({"condition": ["ctrl", "KLF1+ctrl"]}, index=["a", "b"])
    found = anndata.AnnData(np.array([[0.1], [0.7]]), obs=obs)
    found.uns["log1p"] = base
    return found


@pytest.mark.parametrize(("scale", "left"), [("log2", -2.0), ("ln", np.log(0.25)), ("linear", -0.75)])
def test_a_quarter_is_left(scale, left):
    assert response_of(0.25, scale) == pytest.approx(left, rel=1e-15)


def test_nothing_changes_at_1():
    assert [response_of(1.0, scale) for scale in SCALES] == [0.0] * len(SCALES)


@pytest.mark.parametrize("scale", [None, "ln"])
def test_it_goes_through_anndata_and_its_file(tmp_path, scale):
    data = screen(scale=scale)
    adata = data.to_anndata()
    adata.write_h5ad(tmp_path / "screen.h5ad")
    for found in (adata, load_h5ad(tmp_path / "screen.h5ad")):
        assert PerturbationData.from_anndata(found).scale == scale
    assert data.subset([0, 1]).scale == scale
    train, test = hc.split(adata, by="single-to-combo")
    assert [PerturbationData.from_anndata(part).scale for part in (train, test)] == [scale, scale]


@pytest.mark.parametrize(
    ("base", "scale"), [({"base": None}, "ln"), ({}, "ln"), ({"base": 2}, "log2"), ({"base": 10.0}, "log10"),
                        ({"base": 3}, None), ("yes", None)]
)  # fmt: skip
def test_scanpy_leaves_the_base_of_its_logarithms(base, scale):
    assert PerturbationData.from_anndata(cells(base)).scale == scale


def test_another_layer_is_not_what_scanpy_speaks_of():
    adata = cells({"base": 2})
    adata.layers["other"] = adata.X
    assert PerturbationData.from_anndata(adata, layer="other").scale is None


def test_averaged_counts_are_natural_logarithms():
    given = ["control", "control", "KLF1", "KLF1"]
    counts = anndata.AnnData(np.array([[1.0, 1.0], [4.0, 1.0], [1.0, 3.0], [2.0, 2.0]]))
    counts.obs["perturbation"] = given
    assert PerturbationData.from_anndata(average_cells(counts, by="perturbation")).scale == "ln"
    logs = anndata.AnnData(np.array([[0.1], [0.2], [0.7], [1.2]]))
    logs.obs["perturbation"] = given
    for base, scale in ((None, None), ({"base": 2}, "log2")):
        logs.uns = {} if base is None else {"log1p": base}
        averaged = average_cells(logs, by="perturbation", counts=False)
        assert PerturbationData.from_anndata(averaged).scale == scale


def test_a_network_takes_the_scale_of_its_data_unless_told():
    key = jr.key(0)
    assert hc.CellBox.from_data(screen(), key=key).scale == "log2"
    assert hc.CellBox.from_data(screen(scale="ln"), key=key).scale == "ln"
    assert hc.CellBox.from_data(screen(scale="ln"), key=key, scale="log10").scale == "log10"


def test_it_stays_with_the_network(tmp_path):
    model = hc.CellBox.from_data(screen(scale="ln"), key=jr.key(0))
    hc.save(model, tmp_path / "model.hc")
    dosed = model.with_doses(hc.DoseLayer(["MEKi"], targets={"MEKi": "ERK"}))
    hybrid = model + hc.NeuralResidual(width=2, key=jr.key(1))
    assert [scale_of(one) for one in (hc.load(tmp_path / "model.hc"), dosed, hybrid)] == ["ln"] * 3
    assert "ln of ratios" in model._repr_html_()


def test_screens_are_on_the_scale_of_their_network_unless_told():
    model = hc.CellBox.from_data(screen(scale="ln"), key=jr.key(0))
    ask = {"readout": "growth", "doses": 2, "input_range": -1.0, "progress": False}
    assert hc.screen_combinations(model, **ask).scale.scale == "ln"
    assert hc.screen_combinations(model, scale="linear", **ask).scale.scale == "linear"
    small = hc.fit(model, screen(scale="ln"), key=jr.key(1), steps=2, progress=False)
    assert hc.screen_combinations(small, **ask).scale.scale == "ln"


def test_data_on_another_scale_are_refused():
    model = hc.CellBox.from_data(screen(), key=jr.key(0))
    for fit in (hc.fit, lambda *args, **options: hc.fit_ensemble(*args, n=2, **options)):
        with pytest.raises(InvalidValueError, match=r"values are 'ln'; the states of the network are 'log2'"):
            fit(model, screen(scale="ln"), key=jr.key(1))
    check_scale(model, None)
    check_scale(hc.read_sbml("model m; A = 1; A -> ; A; end"), "ln")


def test_screens_are_joined_on_one_scale():
    again = screen(scale="ln")
    assert concatenate(screen(), again).scale == concatenate(again, screen()).scale == "ln"
    with pytest.raises(DataError, match="One screen is 'ln', the other 'log2'"):
        concatenate(again, screen(scale="log2"))


def test_words_that_are_no_scale_are_refused():
    with pytest.raises(InvalidValueError, match="Did you mean 'log2'"):
        screen(scale="log 2")
    with pytest.raises(InvalidValueError, match="'ln'"):
        hc.CellBox(["A"], ["protein"], [[0.0]], scale="lnn")
    wrong = screen().to_anndata()
    wrong.uns["hybridcell"]["scale"] = "log3"
    with pytest.raises(InvalidValueError, match=r"uns\['hybridcell'\]\['scale'\]"):
        PerturbationData.from_anndata(wrong)
