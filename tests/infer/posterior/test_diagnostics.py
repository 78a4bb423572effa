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
