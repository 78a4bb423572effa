"""Doses and times that nobody asked for do not become replicates without a word."""

from __future__ import annotations

import warnings

import anndata
import numpy as np
import pandas as pd
import pytest

from hybridcell.data import PerturbationData

LABELS = ["control", "A", "A", "B"]


def annotated(**columns):
    obs = pd.DataFrame({"perturbation": LABELS, **columns}, index=[f"r{i}" for i in range(len(LABELS))])
    return anndata.AnnData(np.linspace(0.1, 0.9, len(LABELS))[:, None], obs=obs)


@pytest.mark.parametrize(
    "name",
    ["Dose", "concentration", "Conc (uM)", "dose_nM", "concentration_µM", "Dose [µg/ml]", "dosage value"],
)
def test_doses_under_another_name_are_warned_of_and_read_when_named(name):
    adata = annotated(**{name: [0.0, 0.1, 1.0, 1.0]})
    with pytest.warns(UserWarning, match=r"every perturbation has dose 1. Say dose="):
        PerturbationData.from_anndata(adata)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read = PerturbationData.from_anndata(adata, dose=name)
    assert read.doses.tolist() == [[0, 0], [0.1, 0], [1, 0], [0, 1]]


@pytest.mark.parametrize("name", ["Time", "time_h", "timepoint", "Time (min)", "hours"])
def test_times_under_another_name_are_warned_of_and_read_when_named(name):
    adata = annotated(**{name: [0, 24, 48, 24]})
    with pytest.warns(UserWarning, match="all rows are steady states. Say time="):
        PerturbationData.from_anndata(adata)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert PerturbationData.from_anndata(adata, time=name).time.tolist() == [0, 24, 48, 24]


@pytest.mark.parametrize(
    "columns",
    [
        {"concentration": [0.0, 1.0, 1.0, 5.0]},  # one dose for each perturbation
        {"concentration": [None, 1.0, None, 5.0]},
        {"dose": [0, 1, 2, 1], "dose_unit": ["uM", "nM", "uM", "uM"], "Concentration": [0, 1, 2, 5]},
        {"time": [0, 1, 2, 1], "timepoint": ["a", "b", "c", "d"]},
        {"Time": [24, 24, 24, 24]},
        {"timestamp": [1, 2, 3, 4], "time_of_day": list("abcd"), "condensate": [1, 2, 3, 4]},
        {"Time": [0, 1, 2, 1], "context": ["x", "x", "y", "x"]},
    ],
)
def test_nothing_is_said_where_no_rows_are_taken_together(columns):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        PerturbationData.from_anndata(annotated(**columns))


def test_controls_may_have_any_dose():
    adata = annotated(concentration=[0.0, 1.0, 1.0, 5.0])
    adata.obs["perturbation"] = ["control", "A", "A", "control"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        PerturbationData.from_anndata(adata)
