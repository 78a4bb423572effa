"""Normalizations against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError
from tests.neural.traced.networks import by_formula, drawn, one_layer

RNG = np.random.default_rng(5)


def _normal(x: Any, axes: tuple[int, ...], eps: float = 1e-5) -> Any:
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)


def _channels(a: Any, axes: int) -> Any:
    return a.reshape(-1, *(1,) * axes)


@pytest.mark.parametrize(
    ("n", "shape"), [(1, (4, 3)), (1, (4, 3, 5)), (2, (4, 3, 2, 2)), (3, (2, 3, 2, 2, 2))]
)
@pytest.mark.parametrize("affine", [True, False])
def test_batch(n: int, shape: tuple[int, ...], affine: bool) -> None:
    network, x = one_layer(f"BatchNorm{n}d", {"num_features": 3, "affine": affine}), RNG.normal(size=shape)
    arrays = drawn(network)
    assert set(arrays) == ({"l.weight", "l.bias"} if affine else set())
    wanted = _normal(x, (0, *range(2, x.ndim)))
    if affine:
        wanted = wanted * _channels(arrays["l.weight"], x.ndim - 2) + _channels(arrays["l.bias"], x.ndim - 2)
    np.testing.assert_allclose(network(arrays, x)[0], wanted, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(by_formula(network, arrays, x)[0], wanted, rtol=1e-11, atol=1e-12)


def test_running_statistics_count_where_they_are_given() -> None:
    network, x = one_layer("BatchNorm2d", {"num_features": 3, "eps": 0.1}), RNG.normal(size=(2, 3, 4, 4))
    assert network.statistic_shapes == {"l.running_mean": (3,), "l.running_var": (3,)}
    mean, var = RNG.normal(size=3), RNG.uniform(1, 2, size=3)
    arrays = drawn(network)
    wanted = (x - _channels(mean, 2)) / np.sqrt(_channels(var, 2) + 0.1)
    wanted = wanted * _channels(arrays["l.weight"], 2) + _channels(arrays["l.bias"], 2)
    [found] = network({**arrays, "l.running_mean": mean, "l.running_var": var}, x)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
    assert not one_layer("BatchNorm2d", {"num_features": 3, "track_running_stats": False}).statistic_shapes


@pytest.mark.parametrize(("n", "shape"), [(1, (2, 3, 5)), (1, (3, 5)), (2, (2, 3, 4, 5)), (3, (3, 2, 3, 4))])
@pytest.mark.parametrize("affine", [True, False])
def test_instance(n: int, shape: tuple[int, ...], affine: bool) -> None:
    network, x = one_layer(f"InstanceNorm{n}d", {"num_features": 3, "affine": affine}), RNG.normal(size=shape)
    arrays = drawn(network)
    wanted = _normal(x, tuple(range(x.ndim - n, x.ndim)))
    if affine:
        wanted = wanted * _channels(arrays["l.weight"], n) + _channels(arrays["l.bias"], n)
    np.testing.assert_allclose(network(arrays, x)[0], wanted, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("over", [5, [5], [4, 5]])
@pytest.mark.parametrize("bias", [True, False])
def test_layer(over: Any, bias: bool) -> None:
    network = one_layer("LayerNorm", {"normalized_shape": over, "eps": 1e-3, "bias": bias})
    x, arrays = RNG.normal(size=(3, 4, 5)), drawn(network)
    axes = (2,) if over != [4, 5] else (1, 2)
    wanted = _normal(x, axes, 1e-3) * arrays["l.weight"] + arrays.get("l.bias", 0)
    np.testing.assert_allclose(network(arrays, x)[0], wanted, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(by_formula(network, arrays, x)[0], wanted, rtol=1e-11, atol=1e-12)
    assert not one_layer("LayerNorm", {"normalized_shape": over, "elementwise_affine": False}).array_shapes


def test_group() -> None:
    network, x = one_layer("GroupNorm", {"num_groups": 2, "num_channels": 6}), RNG.normal(size=(2, 6, 3, 4))
    arrays = drawn(network)
    wanted = _normal(x.reshape(2, 2, 3, 3, 4), (2, 3, 4)).reshape(x.shape)
    wanted = wanted * _channels(arrays["l.weight"], 2) + _channels(arrays["l.bias"], 2)
    np.testing.assert_allclose(network(arrays, x)[0], wanted, rtol=1e-11, atol=1e-12)


def test_root_mean_square() -> None:
    network, x = one_layer("RMSNorm", {"normalized_shape": 4, "eps": 1e-3}), RNG.normal(size=(3, 4))
    arrays = drawn(network)
    wanted = x / np.sqrt((x**2).mean(1, keepdims=True) + 1e-3) * arrays["l.weight"]
    np.testing.assert_allclose(network(arrays, x)[0], wanted, rtol=1e-12)


@pytest.mark.parametrize(
    ("type", "args", "shape", "match"),
    [
        ("BatchNorm1d", {"num_features": 3}, (3,), "wanted 2 or 3 axes"),
        ("BatchNorm2d", {"num_features": 3}, (1, 4, 2, 2), "wanted 3 channels"),
        ("InstanceNorm2d", {"num_features": 3}, (3, 2), "wanted 3 axes"),
        ("LayerNorm", {"normalized_shape": [4]}, (2, 5), r"last axes to be \(4,\)"),
    ],
)
def test_wrong_inputs_are_named(type: str, args: dict[str, Any], shape: tuple[int, ...], match: str) -> None:
    network = one_layer(type, args)
    with pytest.raises(InvalidValueError, match=f"Layer 'l'.*{match}"):
        network(drawn(network), np.zeros(shape))


def test_groups_must_divide_channels() -> None:
    with pytest.raises(InvalidValueError, match="multiple of num_groups"):
        one_layer("GroupNorm", {"num_groups": 4, "num_channels": 6})
