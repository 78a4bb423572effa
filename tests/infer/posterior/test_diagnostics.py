"""R-hat and effective numbers, against what is known of the draws."""

from __future__ import annotations

import numpy as np

from hybridcell.infer.posterior.diagnostics import ess, rhat

RNG = np.random.default_rng(0)


def test_independent_draws():
    draws = RNG.standard_normal((4, 1000, 2))
    np.testing.assert_allclose(rhat(draws), 1.0, atol=0.01)
    np.testing.assert_allclose(ess(draws), 4000, rtol=0.3)


def test_neighbors_that_are_alike_count_less():
    draws = np.zeros((4, 2000, 1))
    for k in range(1, 2000):
        draws[:, k] = 0.9 * draws[:, k - 1] + np.sqrt(1 - 0.81) * RNG.standard_normal((4, 1))
    # (1 - 0.9) / (1 + 0.9) of them
    np.testing.assert_allclose(ess(draws), 8000 / 19, rtol=0.3)


def test_one_chain_that_drifts():
    assert rhat(np.linspace(0, 1, 500)[None, :, None])[0] > 1.5


def test_chains_that_stand_still_apart_from_each_other_have_not_mixed():
    stuck = np.repeat(np.arange(4.0)[:, None, None], 200, axis=1)
    assert not rhat(stuck)[0] <= 1.01
    assert not ess(stuck)[0] >= 100
    assert rhat(np.ones((4, 200, 1)))[0] == 1.0
    assert ess(np.ones((4, 200, 1)))[0] == 800


def test_ranks_know_no_unit_and_parameters_keep_their_order():
    draws = RNG.standard_normal((3, 300, 3))
    draws[0, :, 1] += 2.0
    found = rhat(draws)
    assert np.argmax(found) == 1
    np.testing.assert_allclose(rhat(np.exp(draws[:, :, ::-1])), found[::-1], rtol=0.05)
    np.testing.assert_allclose(rhat(1e6 * draws - 3), found, rtol=1e-3)
    np.testing.assert_allclose(ess(-draws[::-1]), ess(draws), rtol=1e-9)
