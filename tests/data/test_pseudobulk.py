"""Means of cells by condition, whatever their form and wherever they lie."""

from __future__ import annotations

from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import hybridcell as hc
from hybridcell._core.errors import DataError, InvalidValueError, UnknownNameError
from hybridcell.data import average_cells, pseudobulk


def cells(n: int = 300, genes: int = 7, seed: int = 0) -> anndata.AnnData:
    rng = np.random.default_rng(seed)
    obs = pd.DataFrame(
        {"gene": rng.choice(["ctrl", "A", "B"], n), "line": rng.choice(["K562", "RPE1"], n)},
        index=[f"c{k}" for k in range(n)],
    )
    var = pd.DataFrame(index=[f"g{k}" for k in range(genes)])
    return anndata.AnnData(rng.poisson(3.0, (n, genes)).astype(np.float32), obs=obs, var=var)


def by_hand(adata: anndata.AnnData) -> pd.DataFrame:
    x = np.asarray(adata.X, dtype=float)
    logs = np.log1p(1e4 * x / x.sum(axis=1, keepdims=True))
    frame = pd.DataFrame(logs, columns=adata.var_names)
    return frame.groupby([adata.obs["gene"].to_numpy(), adata.obs["line"].to_numpy()])


@pytest.mark.parametrize("form", ["dense", "sparse", "backed", "path"])
def test_means_and_errors_are_those_of_all_cells_at_once(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pseudobulk, "_BLOCK", 7 * 41)  # blocks of 41 cells
    adata = cells()
    wanted = by_hand(adata)
    given: object = adata
    if form != "dense":
        adata = adata.copy()
        adata.X = sparse.csr_matrix(adata.X)
        given = adata
    if form in ("backed", "path"):
        given = tmp_path / "cells.h5ad"
        adata.write_h5ad(given)
        if form == "backed":
            given = anndata.read_h5ad(given, backed="r")
    found = average_cells(given, by=("gene", "line"), progress=False)  # type: ignore[arg-type]
    assert found.n_obs == 6
    for k, (gene, line) in enumerate(zip(found.obs["gene"], found.obs["line"])):
        group = wanted.get_group((gene, line))
        np.testing.assert_allclose(found.X[k], group.mean(), rtol=1e-12)
        np.testing.assert_allclose(found.layers["sd"][k], group.sem(), rtol=1e-10)
        assert found.obs["n_cells"].iloc[k] == len(group)
    if form == "backed":
        given.file.close()  # type: ignore[attr-defined]


def test_the_control_of_the_same_line_is_taken_away() -> None:
    adata = cells()
    plain = average_cells(adata, by=["gene", "line"])
    found = average_cells(adata, by=["gene", "line"], control="ctrl")
    frame = plain.to_df()
    for name in found.obs_names:
        _, line = name.split("+")
        np.testing.assert_allclose(
            found.to_df().loc[name], frame.loc[name] - frame.loc[f"ctrl+{line}"], atol=1e-12
        )
    errors = pd.DataFrame(plain.layers["sd"], index=plain.obs_names)
    np.testing.assert_allclose(
        found["A+K562"].layers["sd"][0], np.hypot(errors.loc["A+K562"], errors.loc["ctrl+K562"])
    )
    np.testing.assert_allclose(found["ctrl+RPE1"].layers["sd"][0], errors.loc["ctrl+RPE1"])


@pytest.mark.parametrize("nothing", ["0", "0.0", "ctrl"])
def test_doses_are_compared_with_the_control_of_their_line(nothing: str) -> None:
    adata = anndata.AnnData(np.arange(6.0)[:, None] ** 2)
    adata.obs["drug"] = ["ctrl", "A", "A", "ctrl", "A", "A"]
    adata.obs["dose"] = [nothing, "10", "100", nothing, "10", "100"]
    adata.obs["line"] = ["K562"] * 3 + ["RPE1"] * 3
    found = average_cells(adata, by=["drug", "dose", "line"], counts=False, control="ctrl")
    assert found.X.ravel().tolist() == [0.0, 1.0, 4.0, 0.0, 16.0 - 9.0, 25.0 - 9.0]
    adata.obs["line"] = ["K562"] * 5 + ["RPE1"]
    with pytest.raises(DataError, match=r"'A' with line='RPE1' has no control"):
        average_cells(adata, by=["drug", "dose", "line"], counts=False, control="ctrl")


def test_the_order_of_cells_changes_only_the_order_of_rows() -> None:
    adata = cells()
    mixed = adata[np.random.default_rng(1).permutation(adata.n_obs)].copy()
    one, two = (average_cells(a, by=["gene", "line"]).to_df() for a in (adata, mixed))
    np.testing.assert_allclose(two.loc[one.index], one, rtol=1e-12)


def test_logarithms_are_averaged_as_they_are_and_genes_chosen() -> None:
    adata = cells()
    adata.X = adata.X + 0.25
    found = average_cells(adata, by="gene", readouts=["g5", "g0"])
    wanted = adata.to_df()[["g5", "g0"]].groupby(adata.obs["gene"].to_numpy()).mean()
    np.testing.assert_allclose(found.to_df().loc[wanted.index], wanted, rtol=1e-6)


def test_counts_may_lie_in_a_layer() -> None:
    adata = cells()
    wanted = average_cells(adata, by="gene", control="ctrl")
    moved = adata.copy()
    moved.layers["counts"], moved.X = moved.X, np.log1p(moved.X)
    moved.uns["log1p"] = {"base": 2}
    found = average_cells(moved, by="gene", layer="counts", control="ctrl")
    np.testing.assert_array_equal(found.X, wanted.X)
    np.testing.assert_array_equal(found.layers["sd"], wanted.layers["sd"])
    # what scanpy says of X it does not say of another layer
    plain = average_cells(moved, by="gene", layer="counts", counts=False)
    assert not {"log1p", "hybridcell"} & set(plain.uns)
    with pytest.raises(UnknownNameError, match=r"'count'.*'counts'"):
        average_cells(moved, by="gene", layer="count")
    del moved.X
    with pytest.raises(DataError, match="layer="):
        average_cells(moved, by="gene")


def test_what_says_nothing_of_its_error_has_that_within_the_other_conditions() -> None:
    logs = anndata.AnnData(np.array([[1.0, 5.0, 0.0], [1.0, 2.0, 0.0], [4.0, 2.0, 0.0], [3.0, 0.0, 0.0]]))
    logs.obs["gene"] = ["a", "b", "b", "b"]
    found = average_cells(logs, by="gene", counts=False)
    within = logs.X[1:].var(axis=0, ddof=1)  # a is one cell, and no two cells differ in the last gene
    within[2] = within[:2].mean()
    np.testing.assert_allclose(found.layers["sd"], [np.sqrt(within), np.sqrt(within / 3)])
    logs.obs["gene"] = ["a", "a", "b", "b"]
    found = average_cells(logs, by="gene", counts=False)
    alone = logs.X[:2].var(axis=0, ddof=1)[0]
    assert alone == 0.0  # both show the same of the first gene
    pooled = (logs.X[:2].var(axis=0, ddof=1) + logs.X[2:].var(axis=0, ddof=1)) / 2
    np.testing.assert_allclose(found.layers["sd"][0, 0], np.sqrt(pooled[0] / 2))


@pytest.mark.parametrize("counts", [[[1.0, 1.0], [2.0, 2.0]], [[3.0, 0.0], [3.0, 0.0]]])
def test_without_two_cells_that_differ_there_is_no_error(counts: list[list[float]]) -> None:
    same = anndata.AnnData(np.array(counts))
    same.obs["gene"] = ["a", "a"]
    assert "sd" not in average_cells(same, by="gene").layers
    same.obs["gene"] = ["a", "b"]
    assert "sd" not in average_cells(same, by="gene", control="a").layers


def test_counts_with_genes_that_few_cells_show_become_a_screen() -> None:
    rng = np.random.default_rng(0)
    rare = anndata.AnnData(rng.poisson(rng.gamma(0.1, 1.0, 50), (300, 50)).astype(float))
    rare.obs["perturbation"] = rng.choice(["control", "A", "B", "A+B"], 300)
    averaged = average_cells(rare, by="perturbation", control="control")
    screen = hc.PerturbationData.from_anndata(averaged)
    assert (averaged.X == 0).any(axis=0).any()
    assert screen.sd is not None
    assert screen.sd.min() > 0.0


def test_bad_input_is_told() -> None:
    adata = cells(20)
    with pytest.raises(UnknownNameError, match=r"column of obs 'gnee'.*Did you mean 'gene'"):
        average_cells(adata, by="gnee")
    with pytest.raises(InvalidValueError, match="by is empty"):
        average_cells(adata, by=[])
    with pytest.raises(UnknownNameError, match="gene 'g99'"):
        average_cells(adata, by="gene", readouts=["g99"])
    with pytest.raises(InvalidValueError, match="readouts is 'g1'; wanted a list of names"):
        average_cells(adata, by="gene", readouts="g1")
    with pytest.raises(UnknownNameError, match="control in 'gene' 'control'"):
        average_cells(adata, by="gene", control="control")
    lonely = adata.copy()
    lonely.obs["line"] = np.where(lonely.obs["gene"] == "ctrl", "K562", "RPE1")
    with pytest.raises(DataError, match="line='RPE1' has no control with the same"):
        average_cells(lonely, by=["gene", "line"], control="ctrl")
    negative = adata.copy()
    negative.X = -negative.X
    with pytest.raises(DataError, match="counts=False"):
        average_cells(negative, by="gene")
    negative.X[3, 2] = np.nan
    with pytest.raises(DataError, match="not finite"):
        average_cells(negative, by="gene")
    nameless = adata.copy()
    nameless.obs["gene"] = nameless.obs["gene"].where(nameless.obs_names != "c7")
    with pytest.raises(DataError, match="Cell 'c7' has no 'gene'"):
        average_cells(nameless, by="gene")


def test_the_scale_that_cells_state_is_that_of_their_averages():
    cells = anndata.AnnData(np.array([[0.5, 1.0], [0.25, 3.0], [2.0, 2.0]]))
    cells.obs["gene"] = ["none", "none", "KLF1"]
    cells.uns["hybridcell"] = {"scale": "log2"}
    found = average_cells(cells, by="gene", counts=False, control="none")
    assert found.uns["hybridcell"] == {"scale": "log2"}
    cells.uns["hybridcell"] = {"readouts": ["a"]}
    cells.uns["log1p"] = {"base": 2}
    found = average_cells(cells, by="gene", counts=False)
    assert "hybridcell" not in found.uns
    assert found.uns["log1p"] == {"base": 2}
