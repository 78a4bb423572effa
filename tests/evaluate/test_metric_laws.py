"""Laws of scores: what may be permuted, scaled and left out, and what bounds them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from hybridcell.evaluate import compare_paired, metrics

SHAPE = (5, 3)
numbers = st.integers(-1000, 1000).map(lambda k: k / 8)  # exact in binary, so that laws hold to the last bit
tables = arrays(float, SHAPE, elements=numbers)
gaps = arrays(bool, SHAPE)
SCORES = (metrics.pearson, metrics.spearman, metrics.mse, metrics.rmse)
CORRELATIONS = (metrics.pearson, metrics.spearman)


def _with_gaps(values, where):
    return np.where(where, np.nan, values)


@settings(max_examples=40)
@given(tables, tables, gaps, st.permutations(range(5)), st.permutations(range(3)))
def test_the_order_of_conditions_and_readouts_does_not_matter(y, p, gap, rows, columns):
    y = _with_gaps(y, gap)
    turned = np.ix_(rows, columns)
    for score in SCORES:
        assert score(y[turned], p[turned]) == pytest.approx(score(y, p), abs=1e-12, nan_ok=True)
    per = metrics.pearson_per_readout(y, p)
    np.testing.assert_allclose(metrics.pearson_per_readout(y[turned], p[turned]), per[columns], atol=1e-12)
    mean = np.array([1.0, -2.0, 3.0])
    centered = metrics.pearson_centered(y, p, mean)
    assert metrics.pearson_centered(y[turned], p[turned], mean[columns]) == pytest.approx(
        centered, abs=1e-12, nan_ok=True
    )


@settings(max_examples=40)
@given(tables, tables)
def test_measured_and_predicted_may_change_places(y, p):
    for score in SCORES:
        assert score(p, y) == pytest.approx(score(y, p), abs=1e-12, nan_ok=True)


@settings(max_examples=40)
@given(tables, tables, gaps)
def test_scores_stay_in_their_bounds(y, p, gap):
    y = _with_gaps(y, gap)
    for score in CORRELATIONS:
        r = score(y, p)
        assert np.isnan(r) or -1.0 <= r <= 1.0
        turned = score(y, -p)
        assert turned == pytest.approx(-r, abs=1e-12, nan_ok=True)
    error = metrics.mse(y, p)
    assert np.isnan(error) == bool(gap.all())
    assert not error < 0
    assert metrics.mse(y, np.where(gap, 7.0, y)) == (
        0.0 if not gap.all() else pytest.approx(np.nan, nan_ok=True)
    )


@settings(max_examples=40)
@given(tables, tables, gaps)
def test_what_was_not_measured_is_left_out_altogether(y, p, gap):
    seen = ~gap
    for score in SCORES:
        assert score(_with_gaps(y, gap), p) == pytest.approx(score(y[seen], p[seen]), nan_ok=True)
    assert metrics.coverage(_with_gaps(y, gap), p - 1, p + 1) == pytest.approx(
        metrics.coverage(y[seen], p[seen] - 1, p[seen] + 1), nan_ok=True
    )


@settings(max_examples=40)
@given(arrays(float, 6, elements=numbers), arrays(float, 6, elements=numbers))
def test_ranks_see_no_monotone_change(y, p):
    found = metrics.spearman(y, p)
    for change in (np.cbrt, np.arctan, lambda x: x**3 + x):
        assert metrics.spearman(change(y), p) == pytest.approx(found, abs=1e-9, nan_ok=True)
    if np.ptp(y) and np.ptp(p):
        assert found == pytest.approx(stats.spearmanr(y, p)[0], abs=1e-9)


@settings(max_examples=40)
@given(tables, st.floats(0.25, 4.0))
def test_errors_have_the_unit_of_the_values(y, factor):
    p = y[::-1] + 1.0
    assert metrics.rmse(factor * y, factor * p) == pytest.approx(factor * metrics.rmse(y, p))
    assert metrics.crps_gaussian(factor * y, factor * p, factor) == pytest.approx(
        factor * metrics.crps_gaussian(y, p, 1.0)
    )
    assert metrics.mean_width(factor * y, factor * (y + 2)) == pytest.approx(2 * factor)


@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e150])
def test_numbers_of_any_size_are_correlated(scale):
    y = np.array([1.0, 2.0, 4.0, 3.0])
    assert metrics.pearson(y * scale, y[::-1] / scale) == pytest.approx(stats.pearsonr(y, y[::-1])[0])


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
def test_nothing_has_no_score(score, shape):
    assert np.isnan(score(np.zeros(shape), np.zeros(shape)))


@pytest.mark.parametrize("bad", [np.inf, -np.inf])
@pytest.mark.parametrize("score", CORRELATIONS)
def test_an_infinite_prediction_is_no_good_one(score, bad):
    assert np.isnan(metrics.pearson([1.0, 2.0, 3.0], [1.0, 2.0, bad]))
    assert metrics.mse([1.0, 2.0], [1.0, bad]) == np.inf
    # infinity has a rank: the last or the first
    assert metrics.spearman([1.0, 2.0, 3.0], [1.0, 2.0, bad]) == pytest.approx(1.0 if bad > 0 else -0.5)


@settings(max_examples=40)
@given(tables, st.floats(0.0, 3.0), st.floats(0.0, 3.0))
def test_wider_intervals_cover_no_less(y, reach, more):
    center = np.roll(y, 1, axis=0)
    narrow = metrics.coverage(y, center - reach, center + reach)
    assert narrow <= metrics.coverage(y, center - reach - more, center + reach + more)
    assert metrics.coverage(y, y, y) == 1.0
    assert metrics.coverage(y, center + reach + 1, center - reach - 1) == 0.0


@settings(max_examples=40)
@given(arrays(float, 4, elements=numbers), st.floats(0.1, 5.0))
def test_the_score_of_a_distribution_is_less_than_the_error_of_its_middle(y, sd):
    """CRPS is at most the mean absolute error of draws; of a sharper right guess it is less."""
    assert metrics.crps_gaussian(y, y, sd) == pytest.approx(sd * (np.sqrt(2) - 1) / np.sqrt(np.pi))
    assert metrics.crps_gaussian(y, y, sd) < metrics.crps_gaussian(y, y, 2 * sd)
    assert metrics.crps_gaussian(y, y + 1000.0, sd) == pytest.approx(1000.0 - sd / np.sqrt(np.pi))


@settings(max_examples=40)
@given(arrays(float, 3, elements=numbers), numbers, st.floats(0.05, 0.95))
def test_one_quantile_scores_the_pinball_loss(y, q, level):
    wanted = np.mean(np.where(y >= q, level * (y - q), (1 - level) * (q - y)))
    assert metrics.crps_quantiles(y, np.full((1, 3), q), [level]) == pytest.approx(2 * wanted)


@settings(max_examples=40)
@given(arrays(float, 7, elements=numbers))
def test_ranks_under_a_distribution_rise_with_the_value(y):
    y = np.sort(y)
    quantiles = np.array([-50.0, 0.0, 50.0])[:, None] * np.ones(7)
    for ranks in (metrics.pit(y, quantiles, [0.25, 0.5, 0.75]), metrics.pit_gaussian(y, 0.0, 10.0)):
        assert (np.diff(ranks) >= 0).all()
        assert ((ranks >= 0) & (ranks <= 1)).all()
    np.testing.assert_allclose(metrics.pit_gaussian(y, 0.0, 10.0), stats.norm.cdf(y / 10.0), atol=1e-12)


pairs = st.integers(2, 8).flatmap(
    lambda n: st.tuples(arrays(float, n, elements=numbers), arrays(float, n, elements=numbers))
)


@settings(max_examples=40)
@given(pairs, st.data())
def test_splits_may_come_in_any_order_and_scores_in_any_unit(scores, data):
    a, b = scores
    turned = data.draw(st.permutations(range(len(a))))
    one, other = compare_paired(a, b), compare_paired(a[turned] / 4, b[turned] / 4)
    assert (one.n, one.wins, one.losses) == (other.n, other.wins, other.losses)
    assert one.wins + one.losses <= one.n
    assert other.mean_difference == pytest.approx(one.mean_difference / 4, abs=1e-9)
    assert other.standard_error == pytest.approx(one.standard_error / 4, abs=1e-9)
    assert other.p_wilcoxon == pytest.approx(one.p_wilcoxon, abs=1e-9)
    assert 0.0 <= one.p_t <= 1.0
    assert other.p_t == pytest.approx(one.p_t, abs=1e-6)
