"""Intervals on a real screen, where its files are."""

from __future__ import annotations

import os
from pathlib import Path

import jax.random as jr
import pytest

import hybridcell as hc

FOLDER = Path(os.environ.get("HYBRIDCELL_DATA", "/nowhere")) / "cellbox"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the melanoma screen is not in $HYBRIDCELL_DATA")


@pytest.mark.parametrize(
    ("how", "low", "high", "width"),
    [
        ({"by": "random", "seed": 3}, 0.87, 0.94, 0.46),
        pytest.param({"by": "single-to-combo"}, 0.85, 0.96, 0.75, marks=pytest.mark.suite),
    ],
    ids=["random", "single-to-combo"],
)
def test_intervals_cover_what_was_held_out(how, low, high, width):
    train, test = hc.split(hc.datasets.melanoma(), **how)
    model = hc.CellBox.from_data(train, drug_to_phenotype=True, key=jr.key(0))
    ensemble = hc.fit_ensemble(model, train, n=1, progress=False, key=jr.key(0))
    table = hc.evaluate(ensemble, test, baselines=["ridge"]).loc["measured"]
    assert low <= table.loc["model", "coverage_90"] <= high
    assert table.loc["model", "width_90"] <= width
    assert table.loc["model", "crps"] < table.loc["ridge", "crps"]
