"""Chains: the same key gives the same draws, and covariances are learned from all chains."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hybridcell.infer.posterior.nuts import _covariance, _windows, run_chains

SD = np.array([1.0, 30.0])


def density(y):
    return -0.5 * jnp.sum((y / SD) ** 2)


def run(key, n=45):
    blocks = []
    found = run_chains(
        density, np.zeros((3, 2)), n=n, warmup=200, acceptance=0.8, on_block=blocks.append, key=key
    )
    return found, blocks


def test_draws_of_a_badly_scaled_gaussian():
    found, blocks = run(jax.random.key(0), 600)
    assert found.positions.shape == (3, 600, 2)
    np.testing.assert_allclose(found.positions.reshape(-1, 2).std(axis=0), SD, rtol=0.15)
    np.testing.assert_allclose(found.log_density, jax.vmap(jax.vmap(density))(found.positions), rtol=1e-9)
    # what was learned makes trajectories short
    assert found.steps.mean() < 8
    assert not found.diverging.any()
    assert not found.cut.any()
    assert sum(blocks) == 3 * (200 + 600)


def test_the_key_decides():
    one, again, other = (run(jax.random.key(k))[0] for k in (0, 0, 1))
    assert one.positions.shape == (3, 45, 2)
    np.testing.assert_array_equal(one.positions, again.positions)
    assert not np.array_equal(one.positions, other.positions)
    assert not np.array_equal(one.positions[0], one.positions[1])


@pytest.mark.parametrize("warmup", [100, 200, 600, 2000])
def test_windows_grow_and_leave_the_last_part_to_the_step_size(warmup):
    ends = np.array(_windows(warmup))
    assert (np.diff(ends) > 0).all()
    assert ends[0] >= 0.05 * warmup
    assert 0.7 * warmup <= ends[-1] < warmup


def test_few_draws_move_the_covariance_little():
    rng = np.random.default_rng(0)
    few = _covariance(rng.standard_normal((2, 3, 2)) * SD, np.eye(2))
    many = _covariance(rng.standard_normal((4, 2000, 2)) * SD, np.eye(2))
    assert np.linalg.eigvalsh(few).min() > 0
    np.testing.assert_allclose(np.diagonal(many), SD**2, rtol=0.1)
