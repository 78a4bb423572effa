from __future__ import annotations

import numpy as np

from hybridcell.therapy.synergy.particles import tempered_draws


def normal(z):
    return -0.5 * np.sum(z**2, axis=1)


def test_a_normal_posterior_is_that_of_the_formula():
    rng = np.random.default_rng(0)
    seen, error = np.array([2.0, -1.0]), 0.1

    def likelihood(z):
        return -0.5 * np.sum(((z - seen) / error) ** 2, axis=1)

    draws = tempered_draws(rng.normal(size=(4000, 2)), normal, likelihood, rng)
    shrunk = 1 / (1 + error**2)
    np.testing.assert_allclose(draws.mean(axis=0), shrunk * seen, atol=0.01)
    np.testing.assert_allclose(draws.std(axis=0), error * np.sqrt(shrunk), rtol=0.1)


def test_two_modes_keep_their_shares():
    rng = np.random.default_rng(1)

    def likelihood(z):
        return -0.5 * ((np.abs(z[:, 0]) - 1.5) / 0.05) ** 2 + np.log(np.where(z[:, 0] > 0, 3.0, 1.0))

    draws = tempered_draws(rng.normal(size=(4000, 1)), normal, likelihood, rng)
    np.testing.assert_allclose((draws > 0).mean(), 0.75, atol=0.05)
    np.testing.assert_allclose(np.abs(draws).mean(), 1.5, atol=0.02)


def test_a_likelihood_that_says_nothing_changes_nothing():
    rng = np.random.default_rng(2)
    draws = tempered_draws(rng.normal(size=(4000, 1)), normal, lambda z: np.zeros(len(z)), rng)
    np.testing.assert_allclose([draws.mean(), draws.std()], [0, 1], atol=0.06)
