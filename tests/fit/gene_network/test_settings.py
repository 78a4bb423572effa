from __future__ import annotations

import numpy as np
import pytest

from hybridcell.fit.gene_network import RecoverySettings
from hybridcell.fit.gene_network.settings import lanes


def test_the_grid_is_covered(data):
    settings = RecoverySettings()
    n = settings.n_members
    lane = lanes(data, settings, n, (0.3, 0.6), np.random.default_rng(0))
    pairs = {(round(float(s), 6), round(float(d), 6)) for s, d in zip(lane.sparsity, lane.log_decay)}
    assert len(pairs) == len(settings.sparsity) * len(settings.rate_factors)
    assert np.exp(lane.log_decay).min() == pytest.approx(0.3)
    assert np.exp(lane.log_turnover).min() == pytest.approx(0.6)


def test_sparsity_grows_with_the_genes(data):
    settings = RecoverySettings(sparsity=(0.2,))
    lane = lanes(data, settings, 1, (1.0, 1.0), np.random.default_rng(0))
    assert float(lane.sparsity[0]) == pytest.approx(0.2 * data.n)


def test_members_weigh_conditions_differently(data):
    lane = lanes(data, RecoverySettings(), 200, (1.0, 1.0), np.random.default_rng(0))
    weights = np.asarray(lane.steady_weight)
    assert weights.shape == (200, 11)
    assert weights.mean() == pytest.approx(1.0, abs=0.05)
    assert weights.var() == pytest.approx(RecoverySettings().resampling, rel=0.2)


def test_without_resampling_all_count_once(data):
    lane = lanes(data, RecoverySettings(resampling=0.0), 2, (1.0, 1.0), np.random.default_rng(0))
    assert (np.asarray(lane.course_weight) == 1).all()


def test_large_networks_take_shorter_steps():
    settings = RecoverySettings()
    assert settings.pace(100) < settings.pace(10)


def test_steps_are_no_longer_than_for_ten_genes_and_no_shorter_than_for_a_thousand():
    pace = RecoverySettings().pace
    assert pace(2) == pace(10) == 0.1
    assert pace(40) == pytest.approx(0.05)
    assert pace(999) > pace(1001) == pace(10**6) == 0.01


def test_more_members_go_through_the_grid_again_with_other_weights(data):
    settings = RecoverySettings(sparsity=(0.2, 0.4), rate_factors=(1.0, 3.0))
    lane = lanes(data, settings, 8, (1.0, 0.5), np.random.default_rng(0))
    np.testing.assert_array_equal(lane.sparsity[:4], lane.sparsity[4:])
    np.testing.assert_array_equal(lane.log_decay[:4], lane.log_decay[4:])
    np.testing.assert_allclose(np.exp(lane.log_decay[:4]), [1, 1, 3, 3])
    np.testing.assert_allclose(lane.log_decay - lane.log_turnover, np.log(2.0))
    assert not (np.asarray(lane.steady_weight[:4]) == np.asarray(lane.steady_weight[4:])).any()
