from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


@settings(max_examples=20)
@given(st.floats(1e-4, 1e4), st.integers(0, 1000))
def test_law_the_floor_has_the_unit_of_the_levels_and_the_share_none(unit, seed):
    rng = np.random.default_rng(seed)
    resting, courses = noisy(rng, (15,)), noisy(rng, (2, 9))
    one = estimate_noise(resting, courses)
    other = estimate_noise(unit * resting, unit * courses)
    assert other.floor == pytest.approx(unit * one.floor, rel=1e-4)
    assert other.share == pytest.approx(one.share, rel=1e-4, abs=1e-6)
    shuffled = estimate_noise(resting[::-1, ::-1], courses[::-1, :, ::-1])
    assert shuffled.floor == pytest.approx(one.floor, rel=1e-6)


@pytest.mark.parametrize(("floor", "share"), [(0.02, 0.1), (0.0, 0.3), (0.5, 0.0)])
def test_spreads_without_chance_are_found_exactly(floor, share):
    sd = np.sqrt(floor**2 + (share * LEVELS) ** 2)
    # the median of |x| over these rows is sd / 1.4826
    resting = LEVELS + np.outer([-2, -1, -1, 0, 1, 1, 2], sd / 1.4826)
    noise = estimate_noise(resting, np.zeros((0, 0, 30)))
    np.testing.assert_allclose(noise.sd(LEVELS[1:]), sd[1:], rtol=1e-3, atol=1e-3 * resting.max())
    assert noise.share == pytest.approx(share, abs=1e-3)


def test_genes_that_were_never_measured_do_not_count():
    rng = np.random.default_rng(0)
    resting, courses = noisy(rng, (30,)), noisy(rng, (2, 9))
    some = resting.copy(), courses.copy()
    some[0][:, 3:5] = some[1][:, :, 3:5] = np.nan
    kept = np.delete(np.arange(30), [3, 4])
    found, wanted = estimate_noise(*some), estimate_noise(resting[:, kept], courses[:, :, kept])
    assert (found.floor, found.share) == pytest.approx((wanted.floor, wanted.share), rel=1e-9)
