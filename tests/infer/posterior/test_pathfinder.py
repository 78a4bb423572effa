"""Pathfinder: good for Gaussians, and says by weights where it is not."""

from __future__ import annotations

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell.infer.posterior import pathfinder
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


@pytest.fixture
def uniform(monkeypatch):
    """Let all paths end in the uniform distribution from 0 to 1."""

    def drawn(key, state, n):
        return jax.random.uniform(key, (n, 1)), jnp.zeros(n)

    found = SimpleNamespace(approximate=lambda *_, **__: (None, None), sample=drawn)
    monkeypatch.setattr(pathfinder, "needed", lambda _: SimpleNamespace(vi=SimpleNamespace(pathfinder=found)))


def run(log_density):
    return run_paths(log_density, np.zeros((2, 1)), n=200, on_path=lambda _: None, key=jax.random.key(0))


@pytest.mark.parametrize("end", [0.5, 0.1])
def test_what_has_no_density_is_not_drawn(uniform, end):
    drawn, values, share = run(lambda y: jnp.where(y[0] < end, 0.0, -jnp.inf))
    assert drawn.shape == (200, 1)
    assert drawn.max() < end
    assert not values.any()
    # of candidates that are alike weights leave those that have a density
    assert share == pytest.approx(end, rel=0.2)


def test_candidates_are_drawn_by_their_weights_and_none_twice(uniform):
    # uniform candidates of the density exp(2 y): the mean of a quarter of them lies above their own
    drawn, values, _ = run(lambda y: 2.0 * y[0])
    assert len(np.unique(drawn)) == 200
    np.testing.assert_allclose(values, 2.0 * drawn[:, 0])
    wanted = 1 / (1 - np.exp(-2)) - 0.5
    assert 0.55 < drawn.mean() < wanted + 0.05


def test_where_nothing_has_a_density_no_share_is_left(uniform):
    drawn, values, share = run(lambda y: -jnp.inf * (1 + y[0]))
    assert (drawn.shape, share) == ((200, 1), 0.0)
    assert np.isneginf(values).all()
