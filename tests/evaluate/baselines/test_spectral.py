"""The closed-form held-out errors equal those of refitting."""

from __future__ import annotations

import numpy as np
import pytest

from hybridcell.evaluate.baselines import _spectral as sp

PENALTIES = np.array([1e-3, 0.1, 2.0])


def _problem(seed=0, n=14, p=4, r=3, missing=0.0):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(n, p)), rng.normal(size=(n, r))
    y[rng.random((n, r)) < missing] = np.nan
    return x, y


def _ridge(x, y, penalty):
    return np.linalg.solve(x.T @ x + penalty * np.eye(x.shape[1]), x.T @ y)


def _refitted_error(x, y, penalty, groups):
    total = 0.0
    for group in groups:
        for j in range(y.shape[1]):
            seen = ~np.isnan(y[:, j])
            out = np.isin(np.arange(len(x)), group) & seen
            kept = seen & ~out
            if out.any() and kept.any():
                total += ((y[out, j] - x[out] @ _ridge(x[kept], y[kept, j], penalty)) ** 2).sum()
    return total


@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("form", ["linear", "kernel"])
def test_held_out_error_is_that_of_refitting(missing, grouped, form):
    x, y = _problem(missing=missing)
    groups = [np.array([0, 1, 2]), np.array([2, 5]), np.array([13])] if grouped else None
    decompose = sp.linear(x) if form == "linear" else sp.kernel(x @ x.T)
    found = sp.held_out_error(decompose, y, PENALTIES, groups)
    expected = [_refitted_error(x, y, c, groups or [[i] for i in range(len(x))]) for c in PENALTIES]
    np.testing.assert_allclose(found, expected, rtol=1e-7)


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_dual_weights_give_the_ridge_solution_of_each_readout(missing):
    x, y = _problem(seed=1, missing=missing)
    found = x.T @ sp.dual_weights(sp.linear(x), y, 0.3)
    for j in range(y.shape[1]):
        seen = ~np.isnan(y[:, j])
        np.testing.assert_allclose(found[:, j], _ridge(x[seen], y[seen, j], 0.3), atol=1e-10)


def test_more_inputs_than_rows():
    x, y = _problem(n=4, p=9)
    np.testing.assert_allclose(x.T @ sp.dual_weights(sp.linear(x), y, 0.1), _ridge(x, y, 0.1), atol=1e-10)


def test_patterns_cover_every_measured_value_once():
    _, y = _problem(n=6, r=8, missing=0.4)
    y[:, 0] = np.nan
    covered = np.zeros(y.shape, dtype=int)
    for rows, columns in sp.patterns(y):
        covered[np.ix_(rows, columns)] += 1
    np.testing.assert_array_equal(covered, ~np.isnan(y))


def test_of_equal_errors_the_largest_penalty():
    assert sp.best_penalty(np.array([2.0, 1.0, 1.0, 3.0]), np.array([0.1, 1.0, 10.0, 100.0])) == 10.0
