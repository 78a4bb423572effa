"""Scores against SciPy, with missing values and degenerate input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from hybridcell._core.errors import InvalidValueError
from hybridcell.evaluate import metrics


def _pair(seed: int = 0, shape: tuple[int, int] = (9, 6), missing: float = 0.2):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=shape)
    p = 0.6 * y + rng.normal(size=shape)
    y[rng.random(shape) < missing] = np.nan
    return y, p


@pytest.mark.parametrize("seed", range(3))
def test_pearson_and_spearman_are_scipys_over_measured_entries(seed):
    y, p = _pair(seed)
    seen = ~np.isnan(y)
    assert metrics.pearson(y, p) == pytest.approx(stats.pearsonr(y[seen], p[seen])[0], abs=1e-12)
    assert metrics.spearman(y, p) == pytest.approx(stats.spearmanr(y[seen], p[seen])[0], abs=1e-12)


def test_spearman_gives_ties_their_mean_rank():
    y, p = np.array([1.0, 1.0, 2.0, 3.0, 3.0]), np.array([2.0, 1.0, 1.0, 5.0, 4.0])
    assert metrics.spearman(y, p) == pytest.approx(stats.spearmanr(y, p)[0], abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    arrays(float, (4, 3), elements=st.floats(-5, 5).map(lambda v: round(v, 3))),
    st.floats(0.1, 10),
    st.floats(-3, 3),
)
def test_pearson_does_not_change_with_scale_and_shift(p, scale, shift):
    y, _ = _pair(shape=(4, 3), missing=0.0)
    before, after = metrics.pearson(y, p), metrics.pearson(y, scale * p + shift)
    assert after == pytest.approx(before, abs=1e-9, nan_ok=True)


def test_errors_are_over_measured_entries_only():
    y, p = _pair()
    seen = ~np.isnan(y)
    assert metrics.mse(y, p) == pytest.approx(np.mean((y[seen] - p[seen]) ** 2))
    assert metrics.rmse(y, p) ** 2 == pytest.approx(metrics.mse(y, p))
    assert np.isnan(metrics.mse(np.full((2, 2), np.nan), p[:2, :2]))


def test_centered_removes_what_the_training_mean_alone_explains():
    y, p = _pair(missing=0.0)
    mean = np.linspace(-20, 20, y.shape[1])
    assert metrics.pearson(y + mean, p + mean) > 0.99
    assert metrics.pearson_centered(y + mean, p + mean, mean) == pytest.approx(
        metrics.pearson(y, p), abs=1e-9
    )
    assert np.isnan(metrics.pearson_centered(y + mean, np.tile(mean * (1 + 1e-15), (len(y), 1)), mean))


def test_per_readout_and_its_median_leave_out_readouts_without_a_correlation():
    y, p = _pair(missing=0.0)
    y[:, 0] = 1.0
    y[1:, 1] = np.nan
    r = metrics.pearson_per_readout(y, p)
    assert np.isnan(r[:2]).all()
    assert r[2] == pytest.approx(stats.pearsonr(y[:, 2], p[:, 2])[0])
    assert metrics.pearson_readout_median(y, p) == pytest.approx(np.median(r[2:]))
    assert np.isnan(metrics.pearson_readout_median(y[:, :2], p[:, :2]))


def test_phenotypes_only():
    y, p = _pair(missing=0.0)
    kinds = ["protein", "phenotype", "drug", "phenotype", "gene", "protein"]
    assert metrics.pearson_phenotype(y, p, kinds) == pytest.approx(
        metrics.pearson(y[:, [1, 3]], p[:, [1, 3]])
    )
    assert np.isnan(metrics.pearson_phenotype(y, p, ["protein"] * 6))


@pytest.mark.parametrize("score", [metrics.pearson, metrics.spearman, metrics.mse, metrics.rmse])
def test_a_failed_prediction_is_not_passed_over(score):
    y, p = _pair()
    p[np.isnan(y)] = np.nan
    assert np.isfinite(score(y, p)), "a NaN prediction of something not measured does not matter"
    p[tuple(np.argwhere(~np.isnan(y))[0])] = np.nan
    assert np.isnan(score(y, p))


@pytest.mark.parametrize("constant", [0.0, 0.1, 1e8])
def test_a_constant_has_no_correlation(constant):
    y, _ = _pair()
    assert np.isnan(metrics.pearson(y, np.full(y.shape, constant)))


def test_unequal_shapes_are_refused():
    with pytest.raises(InvalidValueError, match=r"\(2, 3\).*\(3, 2\)"):
        metrics.pearson(np.zeros((2, 3)), np.zeros((3, 2)))
    with pytest.raises(InvalidValueError, match="training_mean has shape"):
        metrics.pearson_centered(np.zeros((2, 3)), np.zeros((2, 3)), np.zeros(2))
    with pytest.raises(InvalidValueError, match="2 kinds"):
        metrics.pearson_phenotype(np.zeros((2, 3)), np.zeros((2, 3)), ["protein"] * 2)
    with pytest.raises(InvalidValueError, match="conditions x readouts"):
        metrics.pearson_per_readout(np.zeros(3), np.zeros(3))


def test_one_text_is_no_list_of_kinds():
    with pytest.raises(InvalidValueError, match="kinds is 'phenotype'; wanted a list of names"):
        metrics.pearson_phenotype(np.ones((2, 9)), np.ones((2, 9)), "phenotype")
