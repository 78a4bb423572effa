from __future__ import annotations

import numpy as np
import pytest

from hybridcell.fit.gene_network.noise import Noise, estimate_noise

LEVELS = np.linspace(0.0, 1.0, 30)


def noisy(rng, shape):
    clean = np.broadcast_to(LEVELS, (*shape, 30))
    return clean + np.sqrt(0.02**2 + (0.1 * clean) ** 2) * rng.normal(size=clean.shape)


@pytest.mark.parametrize(("rows", "courses"), [(60, 0), (0, 3), (60, 3)])
def test_floor_and_share_are_found(rows, courses):
    rng = np.random.default_rng(0)
    noise = estimate_noise(noisy(rng, (rows,)), noisy(rng, (courses, 21)))
    assert noise.floor == pytest.approx(0.02, rel=0.25)
    assert noise.share == pytest.approx(0.1, rel=0.25)


def test_genes_that_respond_do_not_count():
    rng = np.random.default_rng(0)
    resting = noisy(rng, (61,))
    resting[:12, :] += 0.5
    assert estimate_noise(resting, np.zeros((0, 0, 30))).sd(0.5) < 0.08


def test_without_repeats_a_tenth_is_assumed():
    noise = estimate_noise(np.array([[2.0, 1.0]]), np.zeros((0, 0, 2)))
    assert (noise.floor, noise.share) == (pytest.approx(0.02), 0.1)


def test_data_without_noise_keep_a_floor():
    noise = estimate_noise(np.ones((5, 3)), np.zeros((0, 0, 3)))
    assert noise.floor > 0


def test_sd():
    assert Noise(floor=0.3, share=0.4).sd(1.0) == pytest.approx(0.5)
