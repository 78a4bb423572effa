"""Pooling against windows that are cut out one by one."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import InvalidValueError
from tests.neural.traced.networks import SHAPES, by_formula, one_call, one_layer


def _count(n: int, kernel: int, stride: int, padding: int, dilation: int, ceil: bool) -> int:
    room = n + 2 * padding - dilation * (kernel - 1) - 1
    found = (room + (stride - 1 if ceil else 0)) // stride + 1
    return found - 1 if ceil and (found - 1) * stride >= n + padding else found


def _max(x: Any, kernel: int, stride: int, padding: int, dilation: int, ceil: bool) -> np.ndarray:
    sizes = [_count(n, kernel, stride, padding, dilation, ceil) for n in x.shape[1:]]
    found = np.empty((x.shape[0], *sizes))
    for c, *place in product(*map(range, found.shape)):
        seen = []
        for tap in product(range(kernel), repeat=len(sizes)):
            at = [i * stride - padding + j * dilation for i, j in zip(place, tap)]
            if all(0 <= a < n for a, n in zip(at, x.shape[1:])):
                seen.append(x[(c, *at)])
        found[(c, *place)] = max(seen)
    return found


def _mean(
    x: Any, kernel: int, stride: int, padding: int, ceil: bool, include: bool, divisor: Any
) -> np.ndarray:
    sizes = [_count(n, kernel, stride, padding, 1, ceil) for n in x.shape[1:]]
    found = np.empty((x.shape[0], *sizes))
    for c, *place in product(*map(range, found.shape)):
        starts = [i * stride - padding for i in place]
        ends = [min(s + kernel, n + padding) for s, n in zip(starts, x.shape[1:])]
        real = tuple(slice(max(s, 0), min(e, n)) for s, e, n in zip(starts, ends, x.shape[1:]))
        cut = x[(c, *real)]
        count = int(np.prod([e - s for s, e in zip(starts, ends)])) if include else cut.size
        found[(c, *place)] = cut.sum() / (divisor or count)
    return found


@settings(max_examples=SHAPES, deadline=None)
@given(
    axes=st.sampled_from([1, 2]),
    n=st.integers(4, 8),
    kernel=st.integers(1, 4),
    stride=st.integers(1, 4),
    padding=st.integers(0, 2),
    dilation=st.integers(1, 2),
    ceil=st.booleans(),
)
def test_max(axes: int, n: int, kernel: int, stride: int, padding: int, dilation: int, ceil: bool) -> None:
    assume(2 * padding <= kernel and n + 2 * padding >= dilation * (kernel - 1) + 1)
    # PyTorch has the same windows, but refuses those that see padding only
    assume(dilation == 1 or padding == 0)
    args = {
        "kernel_size": kernel,
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "ceil_mode": ceil,
    }
    network, x = (
        one_layer(f"MaxPool{axes}d", args),
        np.random.default_rng(n).normal(size=(2, *(n, n + 1)[:axes])),
    )
    wanted = _max(x, kernel, stride, padding, dilation, ceil)
    np.testing.assert_array_equal(network({}, x)[0], wanted)
    np.testing.assert_array_equal(network({}, x[None])[0], wanted[None])
    np.testing.assert_array_equal(by_formula(network, {}, x)[0], wanted)


@settings(max_examples=SHAPES, deadline=None)
@given(
    axes=st.sampled_from([1, 2]),
    n=st.integers(4, 8),
    kernel=st.integers(1, 4),
    stride=st.integers(1, 4),
    padding=st.integers(0, 2),
    ceil=st.booleans(),
    include=st.booleans(),
    divisor=st.sampled_from([None, 3]),
)
def test_mean(
    axes: int, n: int, kernel: int, stride: int, padding: int, ceil: bool, include: bool, divisor: int | None
) -> None:
    assume(2 * padding <= kernel)
    args = {"kernel_size": kernel, "stride": stride, "padding": padding, "ceil_mode": ceil}
    args |= {"count_include_pad": include, "divisor_override": divisor}
    network, x = (
        one_layer(f"AvgPool{axes}d", args),
        np.random.default_rng(n).normal(size=(2, *(n, n + 1)[:axes])),
    )
    wanted = _mean(x, kernel, stride, padding, ceil, include, divisor)
    np.testing.assert_allclose(network({}, x)[0], wanted, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(by_formula(network, {}, x)[0], wanted, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("power", [1, 2, 3.5])
def test_norm(axes: int, power: float) -> None:
    x = np.random.default_rng(0).uniform(0.1, 2, size=(2, *(6, 4, 4)[:axes]))
    network = one_layer(f"LPPool{axes}d", {"norm_type": power, "kernel_size": 2, "stride": None})
    wanted = (_mean(x**power, 2, 2, 0, False, True, 1)) ** (1 / power)
    np.testing.assert_allclose(network({}, x)[0], wanted, rtol=1e-13)


def test_norm_of_negative_sums_is_zero() -> None:
    network = one_layer("LPPool1d", {"norm_type": 3.0, "kernel_size": 2})
    np.testing.assert_array_equal(network({}, np.array([[-1.0, -2.0, 1.0, 0.0]]))[0], [[0.0, 1.0]])


@settings(max_examples=SHAPES, deadline=None)
@given(n=st.integers(1, 9), size=st.integers(1, 7), op=st.sampled_from(["Max", "Avg"]))
def test_adaptive(n: int, size: int, op: str) -> None:
    x = np.random.default_rng(n).normal(size=(2, n))
    take = np.max if op == "Max" else np.mean
    wanted = [take(x[:, i * n // size : -(-(i + 1) * n // size)], axis=1) for i in range(size)]
    network = one_layer(f"Adaptive{op}Pool1d", {"output_size": size})
    np.testing.assert_allclose(network({}, x)[0], np.stack(wanted, 1), rtol=1e-14)
    np.testing.assert_allclose(by_formula(network, {}, x)[0], np.stack(wanted, 1), rtol=1e-14)


def test_adaptive_boxes() -> None:
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5, 6))
    [found] = one_layer("AdaptiveAvgPool3d", {"output_size": [2, None, 3]})({}, x)
    assert found.shape == (2, 3, 2, 5, 3)
    np.testing.assert_allclose(found, x.reshape(2, 3, 2, 2, 5, 3, 2).mean((3, 6)), rtol=1e-13)
    [found] = one_layer("AdaptiveMaxPool2d", {"output_size": 1})({}, x[0])
    np.testing.assert_array_equal(found, x[0].max((2, 3), keepdims=True))


def test_as_functions() -> None:
    x = np.random.default_rng(0).normal(size=(2, 6, 6))
    [found] = one_call("max_pool2d", ["x0", 3], {"stride": 2, "ceil_mode": True, "return_indices": False})(
        {}, x
    )
    np.testing.assert_array_equal(found, _max(x, 3, 2, 0, 1, True))
    [found] = one_call("adaptive_avg_pool2d", ["x0", [1, 1]])({}, x)
    np.testing.assert_allclose(found, x.mean((1, 2), keepdims=True))
    [found] = one_call("avg_pool1d", ["x0", 2, 1, 1])({}, x)
    np.testing.assert_allclose(found[0], _mean(x[0], 2, 1, 1, False, True, None), rtol=1e-13)


@pytest.mark.parametrize(
    ("type", "args", "match"),
    [
        ("MaxPool1d", {"kernel_size": 3, "padding": 2}, "half of the window"),
        ("MaxPool1d", {"kernel_size": 3, "return_indices": True}, "return_indices"),
        ("AvgPool1d", {"kernel_size": 3, "stride": 0}, "stride is 0"),
        ("AvgPool2d", {}, "lacks its argument 'kernel_size'"),
        ("LPPool1d", {"norm_type": 0, "kernel_size": 2}, "norm_type"),
        ("AdaptiveMaxPool2d", {"output_size": [1, 2, 3]}, "output_size"),
    ],
)
def test_wrong_arguments_are_named(type: str, args: dict[str, Any], match: str) -> None:
    with pytest.raises(InvalidValueError, match=rf"layer 'l' \({type}\).*{match}"):
        one_layer(type, args)


def test_a_window_larger_than_the_input() -> None:
    with pytest.raises(InvalidValueError, match=r"Layer 'l'.*smaller than the window"):
        one_layer("MaxPool1d", {"kernel_size": 5})({}, np.zeros((1, 4)))
