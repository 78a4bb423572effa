"""Closed-form left-out residuals and coefficients against refits."""

import numpy as np

from hybridcell.fit.prior_network.regression import FREE, PENALTIES, regress


def refit(x, signals, y, share, penalty, free):
    """Solve the primal problem: an intercept that is hardly penalized, and scaled inputs."""
    features = np.c_[np.full(len(x), np.sqrt(free)), np.sqrt(1 - share) * x, np.sqrt(share) * signals]
    return features, np.linalg.solve(
        features.T @ features + penalty * np.eye(features.shape[1]), features.T @ y
    )


def test_left_out_residuals_and_coefficients_are_those_of_refits():
    rng = np.random.default_rng(0)
    x = (rng.random((14, 5)) < 0.4).astype(float)
    signals = x @ rng.normal(size=(5, 3))
    y = np.c_[x[:, 0] + 0.1 * rng.normal(size=14), signals[:, 1] + 0.1 * rng.normal(size=14)]
    share = 0.3
    found = regress(x, signals, y, share=share)
    assert set(found.penalty) <= set(PENALTIES)
    for k in range(2):
        penalty = found.penalty[k]
        kernel = (1 - share) * x @ x.T + share * signals @ signals.T
        free = FREE * np.diag(kernel).mean()
        features, weights = refit(x, signals, y[:, k], share, penalty, free)
        fitted = found.intercept[k] + x @ found.direct[:, k] + signals @ found.routed[:, k]
        np.testing.assert_allclose(fitted, features @ weights, rtol=1e-6, atol=1e-8)
        for i in range(14):
            rest = np.arange(14) != i
            left = refit(x[rest], signals[rest], y[rest, k], share, penalty, free)[1]
            np.testing.assert_allclose(
                found.left_out[i, k], y[i, k] - features[i] @ left, rtol=1e-5, atol=1e-7
            )


def test_noise_is_shrunken_and_effects_are_not():
    rng = np.random.default_rng(1)
    x = np.repeat(np.eye(12), 8, axis=0)
    signals = x @ np.repeat(rng.normal(size=(4, 2)), 3, axis=0)
    own, routed, noise = x @ rng.normal(size=12), signals[:, 0], rng.normal(size=96)
    found = regress(x, signals, np.c_[own, routed, noise], share=0.5)
    assert found.penalty[2] > 10 * max(found.penalty[:2])
    assert abs(found.direct[:, 2]).max() < 0.1 * abs(found.direct[:, 0]).max()


def test_without_signals_nothing_is_routed():
    rng = np.random.default_rng(2)
    found = regress(np.eye(6), np.zeros((6, 2)), rng.normal(size=(6, 3)), share=0.5)
    assert not found.routed.any()
    assert np.isfinite(found.left_out).all()
