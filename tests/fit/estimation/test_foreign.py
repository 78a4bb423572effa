"""The methods of other packages: L-BFGS-B, fides, CMA-ES."""

from __future__ import annotations

import sys

import jax
import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell.fit.estimation import estimate
from tests.fit.estimation.objectives import Counting, cornered, failing, rosenbrock

EXTRAS = {"l-bfgs-b": "scipy", "fides": "fides", "cma-es": "cma"}


@pytest.mark.parametrize("method", EXTRAS)
def test_bounds_are_kept_and_minima_on_them_found(method):
    pytest.importorskip(EXTRAS[method])
    o = Counting(cornered())
    found = estimate(o, n_starts=4, method=method, key=jax.random.key(0))
    np.testing.assert_allclose(found.thetas, [[1.0, 0.5]] * 4, atol=1e-3)
    points = np.concatenate(o.thetas)
    points = points[~np.isnan(points).all(axis=1)]  # batches are filled up with these
    assert ((points >= o.lower) & (points <= o.upper)).all()


@pytest.mark.parametrize("method", EXTRAS)
def test_regions_that_fail_are_survived(method):
    pytest.importorskip(EXTRAS[method])
    found = estimate(failing(), n_starts=6, method=method, key=jax.random.key(3))
    np.testing.assert_allclose(found.best.theta, 1.0, atol=1e-3)
    failed = estimate(failing(), starts=[[-1.0, -1.0]], method=method, key=jax.random.key(3))
    assert failed.n_failed == 1 or method == "cma-es"


@pytest.mark.parametrize("method", EXTRAS)
def test_without_bounds(method):
    pytest.importorskip(EXTRAS[method])
    o = rosenbrock(2, -np.inf, np.inf)
    found = estimate(o, n_starts=3, method=method, key=jax.random.key(3))
    np.testing.assert_allclose(found.best.theta, 1.0, atol=1e-3)


@pytest.mark.parametrize("method", ["fides", "cma-es"])
def test_a_package_that_is_absent_is_named(method, monkeypatch):
    monkeypatch.setitem(sys.modules, EXTRAS[method], None)
    with pytest.raises(InvalidValueError, match=f"pip install {EXTRAS[method]}"):
        estimate(rosenbrock(), n_starts=1, method=method, key=jax.random.key(0))
