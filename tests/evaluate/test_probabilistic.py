import numpy as np
import pytest
from scipy import integrate, stats

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError


def test_coverage_counts_measured_entries():
    y = np.array([[0.0, np.nan], [2.0, -1.0]])
    assert hc.metrics.coverage(y, np.full((2, 2), -1.0), np.full((2, 2), 1.0)) == pytest.approx(2 / 3)
    assert hc.metrics.coverage(y, np.full((2, 2), -np.inf), np.full((2, 2), np.inf)) == 1.0
    assert hc.metrics.coverage(y, np.full((2, 2), np.nan), np.full((2, 2), np.inf)) == 0.0
    assert np.isnan(hc.metrics.coverage([np.nan], [0.0], [1.0]))


def test_width_is_a_mean_and_infinite_where_one_is():
    assert hc.metrics.mean_width([0.0, 1.0], [1.0, 4.0]) == 2.0
    assert hc.metrics.mean_width([0.0, -np.inf], [1.0, np.inf]) == np.inf


@pytest.mark.parametrize(("y", "mean", "sd"), [(0.0, 0.0, 1.0), (1.3, 0.2, 0.7), (-4.0, 1.0, 2.0)])
def test_crps_of_a_normal_is_the_integral(y, mean, sd):
    step = lambda x: (stats.norm.cdf(x, mean, sd) - (x >= y)) ** 2  # noqa: E731
    below, _ = integrate.quad(step, mean - 12 * sd, y)
    above, _ = integrate.quad(step, y, mean + 12 * sd)
    assert hc.metrics.crps_gaussian([y], mean, sd) == pytest.approx(below + above, abs=1e-7)


def test_crps_of_a_point_is_the_absolute_error():
    assert hc.metrics.crps_gaussian([1.0, 3.0, np.nan], [0.0, 0.0, 0.0], 0.0) == 2.0
    assert np.isnan(hc.metrics.crps_gaussian([np.nan], 0.0, 1.0))


def test_crps_of_quantiles_approaches_that_of_the_distribution():
    p = (np.arange(400) + 0.5) / 400
    y = np.array([0.3, -1.2, np.nan])
    q = np.repeat(stats.norm.ppf(p)[:, None], 3, axis=1)
    assert hc.metrics.crps_quantiles(y, q, p) == pytest.approx(
        hc.metrics.crps_gaussian(y, 0.0, 1.0), abs=2e-3
    )


def test_the_true_distribution_scores_best():
    y = np.random.default_rng(0).normal(size=4000)
    scores = [hc.metrics.crps_gaussian(y, m, s) for m, s in ((0.0, 1.0), (0.5, 1.0), (0.0, 2.0), (0.0, 0.5))]
    assert scores[0] == min(scores)


def test_ranks_of_a_right_prediction_are_uniform():
    rng = np.random.default_rng(1)
    mean = rng.normal(size=3000)
    y = mean + 0.5 * rng.normal(size=3000)
    p = np.linspace(0.005, 0.995, 199)
    quantiles = mean + 0.5 * stats.norm.ppf(p)[:, None]
    for ranks in (hc.metrics.pit_gaussian(y, mean, 0.5), hc.metrics.pit(y, quantiles, p)):
        assert stats.kstest(ranks, "uniform").pvalue > 0.01
    narrow = hc.metrics.pit_gaussian(y, mean, 0.25)
    assert ((narrow < 0.1) | (narrow > 0.9)).mean() > 0.4


def test_wrong_input_is_refused():
    with pytest.raises(InvalidValueError, match="lower has shape"):
        hc.metrics.coverage([0.0], [0.0, 1.0], [1.0])
    with pytest.raises(InvalidValueError, match="sd holds -1"):
        hc.metrics.crps_gaussian([0.0], 0.0, -1.0)
    with pytest.raises(InvalidValueError, match="wanted positive"):
        hc.metrics.pit_gaussian([0.0], 0.0, 0.0)
    with pytest.raises(InvalidValueError, match="increasing numbers"):
        hc.metrics.pit([0.0], [[0.0], [1.0]], [0.7, 0.2])
    with pytest.raises(InvalidValueError, match="quantiles have shape"):
        hc.metrics.crps_quantiles([0.0], [[0.0], [1.0]], [0.5])
    with pytest.raises(InvalidValueError, match="does not fit"):
        hc.metrics.crps_gaussian([0.0, 1.0], [0.0, 1.0, 2.0], 1.0)
