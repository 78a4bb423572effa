"""Dropping entries: nothing without a key, means and whole channels with one."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError
from tests.neural.traced.networks import by_formula, one_call, one_layer

TYPES = ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout")
DROPPED = -1.7580993408473766


def _passes(network: Any, x: Any, n: int = 4000) -> np.ndarray:
    keys = jax.random.split(jax.random.key(0), n)
    return np.asarray(jax.jit(jax.vmap(lambda key: network({}, x, key=key)[0]))(keys))


@pytest.mark.parametrize("type", TYPES)
def test_without_a_key_nothing_happens(type: str) -> None:
    network, x = one_layer(type, {"p": 0.5}), np.arange(1.0, 17).reshape(1, 2, 2, 2, 2)
    np.testing.assert_array_equal(network({}, x)[0], x)
    np.testing.assert_array_equal(by_formula(network, {}, x)[0], x)
    np.testing.assert_array_equal(one_layer(type, {"p": 0.0})({}, x, key=jax.random.key(0))[0], x)


def test_entries_are_dropped_and_the_mean_stays() -> None:
    x = np.array([1.0, -2.0, 3.0])
    found = _passes(one_layer("Dropout", {"p": 0.25}), x)
    assert np.all(np.isclose(found, 0) | np.isclose(found, x / 0.75))
    np.testing.assert_allclose(found.mean(0), x, rtol=0.06)
    np.testing.assert_array_equal(one_layer("Dropout", {"p": 1.0})({}, x, key=jax.random.key(0))[0], 0 * x)


def test_alpha_dropout_keeps_mean_and_variance() -> None:
    x, p = np.random.default_rng(0).normal(size=2000), 0.3
    found = _passes(one_layer("AlphaDropout", {"p": p}), x, 200)
    assert abs(found.mean()) < 0.05
    assert abs(found.var() - 1) < 0.08
    a = 1 / np.sqrt((1 - p) * (1 + p * DROPPED**2))
    kept, gone = a * (x - DROPPED * p), a * (DROPPED - DROPPED * p)
    assert np.all(np.isclose(found, kept) | np.isclose(found, gone))


@pytest.mark.parametrize(
    ("type", "shape", "kept"),
    [("Dropout1d", (3, 4), 1), ("Dropout1d", (2, 3, 4), 2), ("Dropout2d", (2, 3, 4, 4), 2),
     ("Dropout3d", (3, 2, 2, 2), 1), ("Dropout3d", (2, 3, 2, 2, 2), 2),
     ("FeatureAlphaDropout", (2, 3, 4), 2)],
)  # fmt: skip
def test_channels_go_as_a_whole(type: str, shape: tuple[int, ...], kept: int) -> None:
    found = _passes(one_layer(type), np.ones(shape), 50)
    flat = found.reshape(50, *shape[:kept], -1)
    assert np.all(flat == flat[..., :1])
    assert len(np.unique(np.round(flat, 9))) == 2
    assert np.any(flat[:, 0] != flat[:, 1])


def test_two_layers_drop_differently() -> None:
    network = one_call("dropout", ["x0", 0.5])
    assert np.any(np.asarray(network({}, np.ones(40), key=jax.random.key(0))[0]) == 0)
    still = one_call("dropout", ["x0"], {"p": 0.5, "training": False})
    np.testing.assert_array_equal(still({}, np.ones(40), key=jax.random.key(0))[0], np.ones(40))


def test_a_wrong_share_is_named() -> None:
    with pytest.raises(InvalidValueError, match=r"layer 'l' \(Dropout\): p is 1.5"):
        one_layer("Dropout", {"p": 1.5})
