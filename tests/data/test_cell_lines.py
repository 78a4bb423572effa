"""Cell lines that nobody asked for are not averaged without a word."""

from __future__ import annotations

import warnings

import anndata
import numpy as np
import pandas as pd
import pytest

from hybridcell.data import PerturbationData, average_cells
from hybridcell.data._cell_lines import lines_column

LABELS = ["control", "control", "A", "A"]
LINES = ["A375", "SKMEL133", "A375", "SKMEL133"]


def annotated(labels=LABELS, **columns):
    obs = pd.DataFrame({"perturbation": labels, **columns}, index=[f"r{i}" for i in range(len(labels))])
    return anndata.AnnData(np.linspace(0.1, 0.9, len(labels))[:, None], obs=obs)


@pytest.mark.parametrize("name", ["cell_line", "Cell Line", "cellline", "cell_type", "celltype"])
def test_a_condition_of_several_lines_is_warned_of_and_written_down(name):
    with pytest.warns(
        UserWarning, match=rf"obs\['{name}'\] has 2 values \('A375', 'SKMEL133'\).*context='{name}'"
    ):
        data = PerturbationData.from_anndata(annotated(**{name: LINES}))
    assert f"context='{name}'" in data.provenance["understood"]["cell lines"]
    read = PerturbationData.from_anndata(annotated(**{name: LINES}), context=name)
    assert read.context == tuple(LINES)
    assert "cell lines" not in read.provenance["understood"]


@pytest.mark.parametrize(
    "columns",
    [
        {"cell_line": ["A375"] * 4},
        {"cell_line": ["A375", None, "A375", ""]},
        {"cell_line": LINES, "time": [0.0, 1.0, 0.0, 1.0]},
        {"cell_line": LINES, "context": LINES},
        {"cells": LINES},
    ],
)
def test_nothing_is_said_where_no_mean_is_of_several_lines(columns):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = PerturbationData.from_anndata(annotated(**columns))
    assert "cell lines" not in data.provenance["understood"]


def test_a_line_for_each_perturbation_mixes_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        PerturbationData.from_anndata(annotated(["control", "A", "B"], cell_line=["x", "y", "z"]))


def test_numeric_doses_are_looked_at_as_labels_are():
    adata = annotated(cell_line=LINES)
    adata.obsm["doses"] = pd.DataFrame({"A": [0.0, -0.0, 1.0, 1.0]}, index=adata.obs_names)
    with pytest.warns(UserWarning, match="cell lines"):
        PerturbationData.from_anndata(adata)
    adata.obsm["doses"]["SKMEL133"] = [0.0, 1.0, 0.0, 1.0]
    del adata.obs["perturbation"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        PerturbationData.from_anndata(adata)


def test_means_of_cells_of_several_lines_are_warned_of():
    adata = annotated(cell_line=LINES)
    with pytest.warns(UserWarning, match=r"by=\('perturbation', 'cell_line'\)"):
        average_cells(adata, by="perturbation", counts=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = average_cells(adata, by=("perturbation", "cell_line"), counts=False)
    assert found.n_obs == 4


def test_a_column_that_is_read_is_not_one_that_nobody_asked_for():
    obs = pd.DataFrame({"cell_type": ["a", "b"], "cell_line": ["c", "d"]})
    assert lines_column(obs) == "cell_type"
    assert lines_column(obs, without=["cell_type"]) == "cell_line"
    assert lines_column(obs, without=["cell_type", "cell_line"]) is None
