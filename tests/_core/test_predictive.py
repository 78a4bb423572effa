import numpy as np
import pytest
from scipy import stats

from hybridcell._core import predictive
from hybridcell._core.errors import InvalidValueError
from hybridcell._core.predictive import Predictive


def points(values, n_conditions=1):
    """Return a distribution with mass at plus and minus each value around 0."""
    values = np.asarray(values, dtype=float)
    zero = np.zeros((n_conditions, 1))
    return Predictive(
        mean=zero, aleatoric=zero, epistemic=zero, n=np.array([len(values)]),
        center=np.zeros((1, n_conditions, 1)), fold=np.zeros(len(values), dtype=int),
        size=values[:, None],
        weight=np.ones((len(values), 1)),
    )  # fmt: skip


def normal(mean, sd, n=10**6):
    mean = np.asarray(mean, dtype=float).reshape(-1, 1)
    one = np.ones_like(mean)
    return Predictive(mean=mean, aleatoric=one, epistemic=one, n=np.array([n]), scale=sd * one)


def test_points_score_as_the_distance_between_distributions():
    found = points([1.0, 2.0])
    y = np.array([[0.5]])
    x = np.array([-2.0, -1.0, 1.0, 2.0])
    expected = np.abs(x - 0.5).mean() - np.abs(x[:, None] - x).mean() / 2
    assert found.crps(y)[0, 0] == pytest.approx(expected, rel=1e-12)


def test_weights_score_as_repeated_points():
    one, two = points([1.0, 2.0]), points([1.0, 2.0, 2.0, 2.0])
    heavy = Predictive(**{**one.__dict__, "weight": np.array([[0.5], [1.5]])})
    y = np.array([[0.7]])
    np.testing.assert_allclose(heavy.crps(y), two.crps(y), rtol=1e-12)


def test_many_points_of_a_normal_score_like_it():
    q = stats.norm.ppf((np.arange(500) + 0.5) / 1000 + 0.5)
    for y in (-0.3, 0.0, 2.2):
        expected = y * (2 * stats.norm.cdf(y) - 1) + 2 * stats.norm.pdf(y) - 1 / np.sqrt(np.pi)
        assert points(q).crps(np.array([[y]]))[0, 0] == pytest.approx(expected, abs=1e-3)
        assert normal([0.0], 1.0).crps(np.array([[y]]))[0, 0] == pytest.approx(expected, abs=3e-3)


def test_ranks_of_draws_from_the_distribution_are_uniform():
    rng = np.random.default_rng(0)
    size = np.abs(rng.normal(size=200))
    y = rng.normal(size=(2000, 1))
    for found in (points(size, 2000), normal(np.zeros(2000), 1.0)):
        ranks = found.pit(y)[:, 0]
        assert stats.kstest(ranks, "uniform").statistic < 0.09
        assert 0 < ranks.min() < ranks.max() < 1


def test_a_normal_interval_is_that_of_student():
    found = normal([1.0, -2.0], 0.5, n=6).interval(0.9)
    reach = 0.5 * stats.t.ppf(0.95, 5)
    np.testing.assert_allclose(found[:, :, 0], [[1 - reach, -2 - reach], [1 + reach, -2 + reach]])


@pytest.mark.parametrize("n", [0, 1])
def test_one_error_gives_no_spread(n):
    assert np.isinf(normal([1.0], 0.5, n=n).interval(0.5)).all()


def test_tiles_give_the_same_as_all_at_once(monkeypatch):
    found, y = points(np.arange(1.0, 12.0), 7), np.linspace(-3, 3, 7)[:, None]
    whole = found.interval(0.8), found.crps(y), found.pit(y)
    monkeypatch.setattr(predictive, "_TILE", 25)
    for one, two in zip(whole, (found.interval(0.8), found.crps(y), found.pit(y))):
        np.testing.assert_allclose(one, two, rtol=1e-12)


def test_nothing_measured_has_no_score():
    found, y = points([1.0, 2.0], 2), np.array([[np.nan], [0.0]])
    assert np.isnan(found.crps(y)[0, 0])
    assert np.isnan(found.pit(y)[0, 0])
    assert np.isfinite(found.crps(y)[1, 0])


@pytest.mark.parametrize("level", [0.0, 1.0, 90, np.nan])
def test_a_level_is_a_share(level):
    with pytest.raises(InvalidValueError, match=r"such as 0\.9"):
        points([1.0]).interval(level)
