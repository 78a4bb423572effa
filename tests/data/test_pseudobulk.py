"""Means of cells by condition, whatever their form and wherever they lie."""

from __future__ import annotations

from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

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


def test_one_cell_has_no_error() -> None:
    adata = cells(3)
    adata.obs["gene"] = ["a", "b", "b"]
    found = average_cells(adata, by="gene")
    assert np.isnan(found.layers["sd"][0]).all()
    assert np.isfinite(found.layers["sd"][1]).all()


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
