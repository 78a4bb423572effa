"""States of combinations are roots of the field, for every kind of network."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

import hybridcell as hc
from hybridcell._core.model import make_field
from hybridcell.simulate.steady.fixed_point import iterate, residual_norm
from hybridcell.therapy.screen.combined_states import combined_states


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"input": "outside", "clamp": True},
        {"input": "scaled", "psi": 0.7, "envelope": "polynomial"},
        {"degree": 2, "clamp": True, "envelope": "hill", "power": 1.5},
    ],
)
def test_three_drugs_settle_where_the_field_is_zero(options):
    rng = np.random.default_rng(1)
    n = 10
    weights = rng.normal(size=(n, n)) * (rng.random((n, n)) < 0.5) * (1 - np.eye(n)) * 0.12
    weights[7:] = 0.0
    alpha = rng.uniform(0.8, 1.5, n)
    kinds = ["protein"] * 7 + ["drug"] * 3
    model = hc.CellBox([f"n{i}" for i in range(n)], kinds, weights, alpha=alpha, **options)
    field = make_field(model)
    u = np.zeros((7, n))
    u[np.arange(1, 7), [7, 7, 8, 8, 9, 9]] = [-0.5, -1.5, 0.5, 1.5, -0.3, -1.0]
    alone = np.asarray(iterate(field, jnp.asarray(u), jnp.asarray(u * 0.0), n_iterations=500))
    parts = np.resize([[1, 3, 5], [2, 4, 6], [2, 0, 6], [2, 4, 0]], (2, 32, 3)).astype(np.int32)
    value, residual = combined_states(field, jnp.asarray(u), jnp.asarray(alone), parts, 2, jnp.asarray(1e-10))
    given = u[parts].sum(axis=2).reshape(-1, n)
    expected = iterate(field, jnp.asarray(given), jnp.asarray(given * 0.0), n_iterations=500)
    assert float(residual_norm(field, expected, jnp.asarray(given)).max()) < 1e-12
    np.testing.assert_allclose(np.asarray(value).ravel(), expected[:, 2], atol=1e-9)
    assert float(residual.max()) <= 1e-10
