"""Pathfinder: good for Gaussians, and says by weights where it is not."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from hybridcell.infer.posterior.pathfinder import run_paths

STARTS = np.array([[2.0, 1.0], [-2.0, 1.5]])


def test_a_gaussian():
    ended = []
    drawn, values, share = run_paths(
        lambda y: -0.5 * jnp.sum((y / jnp.array([1.0, 0.3])) ** 2), STARTS, n=1500, on_path=ended.append,
        key=jax.random.key(0),
    )  # fmt: skip
    np.testing.assert_allclose(drawn.std(axis=0), [1.0, 0.3], rtol=0.1)
    np.testing.assert_allclose(values, -0.5 * np.sum((drawn / [1.0, 0.3]) ** 2, axis=1), rtol=1e-9)
    assert share > 0.5
    assert len(ended) == 2


def test_what_no_gaussian_describes_has_small_weights():
    def banana(y):
        return -0.5 * y[0] ** 2 / 9 - 0.5 * ((y[1] - y[0] ** 2) / 0.05) ** 2

    _, _, share = run_paths(banana, STARTS, n=500, on_path=lambda k: None, key=jax.random.key(0))
    assert share < 0.2
