"""The baselines are strong on the melanoma screen: no weaker than what is known to be reached there."""

from __future__ import annotations

import os

import numpy as np
import pytest

from hybridcell.data import as_perturbation_data, datasets, split, splits
from hybridcell.evaluate import baselines, metrics

pytestmark = pytest.mark.skipif(
    not os.environ.get("HYBRIDCELL_DATA"), reason="HYBRIDCELL_DATA does not say where the melanoma screen is"
)


@pytest.fixture(scope="module")
def screen():
    return as_perturbation_data(datasets.melanoma())


def _mean_r(parts, names):
    """Mean pooled r over splits: name -> (all readouts, measured readouts)."""
    scores = {name: [] for name in names}
    for train, test in parts:
        measured = np.array([kind != "drug" for kind in test.kinds])
        for name, p in baselines.fit_predict(names, train, test).items():
            y = test.values
            scores[name].append((metrics.pearson(y, p), metrics.pearson(y[:, measured], p[:, measured])))
    return {name: np.mean(r, axis=0) for name, r in scores.items()}


def test_random_partitions(screen):
    # Known: .945 over all 99 columns, .62 for the training mean. Another 30 partitions move it by about .003.
    r = _mean_r(splits(screen, by="random", n=30), ["ridge", "training_mean", "additive"])
    assert r["ridge"][0] == pytest.approx(0.947, abs=0.006)
    assert r["ridge"][1] == pytest.approx(0.946, abs=0.006)
    assert r["training_mean"][0] == pytest.approx(0.62, abs=0.03)
    assert r["additive"][1] > 0.8


def test_single_to_combination(screen):
    r = _mean_r(
        [split(screen, by="single-to-combo")], ["ridge", "saturating_ridge", "kernel_ridge", "additive"]
    )
    assert r["saturating_ridge"][0] == pytest.approx(0.940, abs=0.002)
    assert min(r["ridge"][1], r["kernel_ridge"][1]) > 0.936
    assert r["additive"][1] == pytest.approx(0.907, abs=0.01)


@pytest.mark.suite
def test_a_drug_left_out_with_its_singles_kept(screen):
    r = _mean_r(splits(screen, by="drug", keep_singles=True), ["ridge", "kernel_ridge"])
    assert r["ridge"][0] == pytest.approx(0.947, abs=0.003)
    assert r["kernel_ridge"][1] > r["ridge"][1]


def test_a_drug_never_seen(screen):
    # Known for the 87 measured readouts: ridge .770, kernel ridge .803, shrunken mean of the others .807.
    parts = splits(screen, by="drug", keep_singles=False)
    r = _mean_r(parts, ["ridge", "kernel_ridge", "shrunken_mean", "nearest_neighbors"])
    assert r["ridge"][1] == pytest.approx(0.770, abs=0.005)
    assert r["shrunken_mean"][1] > 0.805
    assert r["kernel_ridge"][1] > 0.805
    assert r["nearest_neighbors"][1] > 0.78
