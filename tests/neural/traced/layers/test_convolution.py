"""Convolutions against sums over all places, written out, and against SciPy."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import correlate

from hybridcell._core.errors import InvalidValueError
from tests.neural.traced.networks import SHAPES, by_formula, drawn, one_layer


def _convolved(x: Any, w: Any, stride: int, dilation: int, groups: int) -> np.ndarray:
    sizes = [(n - dilation * (k - 1) - 1) // stride + 1 for n, k in zip(x.shape[2:], w.shape[2:])]
    found = np.zeros((x.shape[0], w.shape[0], *sizes))
    for n, o, *place in product(*map(range, found.shape)):
        group = o // (w.shape[0] // groups)
        for c, *tap in product(*map(range, w.shape[1:])):
            source = tuple(stride * i + dilation * j for i, j in zip(place, tap))
            found[(n, o, *place)] += x[(n, group * w.shape[1] + c, *source)] * w[(o, c, *tap)]
    return found


def _transposed(
    x: Any, w: Any, stride: int, padding: int, extra: int, dilation: int, groups: int
) -> np.ndarray:
    """Every entry of the input adds its multiple of the kernel."""
    full = [(n - 1) * stride + dilation * (k - 1) + 1 + extra for n, k in zip(x.shape[2:], w.shape[2:])]
    per_out = w.shape[1]
    found = np.zeros((x.shape[0], per_out * groups, *full))
    for n, c, *place in product(*map(range, x.shape)):
        group = c // (x.shape[1] // groups)
        for o, *tap in product(*map(range, w.shape[1:])):
            target = tuple(stride * i + dilation * j for i, j in zip(place, tap))
            found[(n, group * per_out + o, *target)] += x[(n, c, *place)] * w[(c, o, *tap)]
    inner = tuple(slice(padding, n - padding) for n in full)
    return found[(slice(None), slice(None), *inner)]


@settings(max_examples=SHAPES, deadline=None)
@given(
    axes=st.sampled_from([1, 2]),
    kernel=st.integers(1, 3),
    stride=st.integers(1, 3),
    dilation=st.integers(1, 2),
    padding=st.integers(0, 2),
    groups=st.sampled_from([1, 2]),
    mode=st.sampled_from(["zeros", "reflect", "replicate", "circular"]),
)
def test_convolution(
    axes: int, kernel: int, stride: int, dilation: int, padding: int, groups: int, mode: str
) -> None:
    args = {
        "in_channels": 2, "out_channels": 4, "kernel_size": kernel, "stride": stride, "padding": padding,
        "dilation": dilation, "groups": groups, "padding_mode": mode,
    }  # fmt: skip
    network = one_layer(f"Conv{axes}d", args)
    arrays, x = drawn(network), np.random.default_rng(1).normal(size=(2, 2, *(6, 7)[:axes]))
    numpy_mode: Any = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}[
        mode
    ]
    padded = np.pad(x, [(0, 0), (0, 0), *[(padding, padding)] * axes], mode=numpy_mode)
    wanted = _convolved(padded, arrays["l.weight"], stride, dilation, groups)
    wanted = wanted + arrays["l.bias"].reshape(-1, *(1,) * axes)
    np.testing.assert_allclose(network(arrays, x)[0], wanted, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(network(arrays, x[0])[0], wanted[0], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(by_formula(network, arrays, x[0])[0], wanted[0], rtol=1e-12, atol=1e-12)


@settings(max_examples=SHAPES, deadline=None)
@given(
    axes=st.sampled_from([1, 2]),
    kernel=st.integers(1, 3),
    stride=st.integers(1, 3),
    dilation=st.integers(1, 2),
    padding=st.integers(0, 2),
    extra=st.integers(0, 1),
    groups=st.sampled_from([1, 2]),
)
def test_transposed(
    axes: int, kernel: int, stride: int, dilation: int, padding: int, extra: int, groups: int
) -> None:
    extra = min(extra, max(stride, dilation) - 1)
    args = {
        "in_channels": 4, "out_channels": 2, "kernel_size": kernel, "stride": stride, "padding": padding,
        "output_padding": extra, "dilation": dilation, "groups": groups,
    }  # fmt: skip
    network = one_layer(f"ConvTranspose{axes}d", args)
    arrays, x = drawn(network), np.random.default_rng(1).normal(size=(2, 4, *(5, 6)[:axes]))
    wanted = _transposed(x, arrays["l.weight"], stride, padding, extra, dilation, groups)
    wanted = wanted + arrays["l.bias"].reshape(-1, *(1,) * axes)
    np.testing.assert_allclose(network(arrays, x)[0], wanted, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(by_formula(network, arrays, x[0])[0], wanted[0], rtol=1e-12, atol=1e-12)


def test_three_axes_against_scipy() -> None:
    network = one_layer(
        "Conv3d", {"in_channels": 2, "out_channels": 3, "kernel_size": [2, 3, 1], "bias": False}
    )
    arrays, x = drawn(network), np.random.default_rng(1).normal(size=(2, 4, 5, 3))
    wanted = [
        sum(correlate(x[c], arrays["l.weight"][o, c], mode="valid") for c in range(2)) for o in range(3)
    ]
    np.testing.assert_allclose(network(arrays, x)[0], np.stack(wanted), rtol=1e-12)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_transposed_is_the_adjoint(axes: int) -> None:
    common = {"kernel_size": 3, "stride": 2, "padding": 1, "bias": False}
    forward = one_layer(f"Conv{axes}d", {"in_channels": 2, "out_channels": 3, **common})
    back = one_layer(f"ConvTranspose{axes}d", {"in_channels": 3, "out_channels": 2, **common})
    rng = np.random.default_rng(0)
    arrays, x, y = drawn(forward), rng.normal(size=(2, *(5,) * axes)), rng.normal(size=(3, *(3,) * axes))
    left = np.sum(np.asarray(forward(arrays, x)[0]) * y)
    assert left == pytest.approx(float(np.sum(np.asarray(back(arrays, y)[0]) * x)), rel=1e-12)


@pytest.mark.parametrize(("kernel", "dilation"), [(3, 1), (4, 1), (2, 3)])
def test_padding_by_word(kernel: int, dilation: int) -> None:
    args = {"in_channels": 1, "out_channels": 1, "kernel_size": kernel, "dilation": dilation}
    x = np.random.default_rng(1).normal(size=(1, 9))
    same = one_layer("Conv1d", {**args, "padding": "same"})
    arrays = drawn(same)
    reach = dilation * (kernel - 1)
    padded = np.pad(x, [(0, 0), (reach // 2, reach - reach // 2)])
    wanted = one_layer("Conv1d", args)(arrays, padded)[0]
    assert same(arrays, x)[0].shape == x.shape
    np.testing.assert_allclose(same(arrays, x)[0], wanted, rtol=1e-12)
    valid = one_layer("Conv1d", {**args, "padding": "valid"})
    np.testing.assert_allclose(valid(arrays, x)[0], one_layer("Conv1d", args)(arrays, x)[0])


@pytest.mark.parametrize(
    ("type", "change", "match"),
    [
        ("Conv1d", {"kernel_size": 0}, "kernel_size is 0"),
        ("Conv2d", {"kernel_size": [1, 2, 3]}, "wanted a whole number, or 2"),
        ("Conv1d", {"groups": 3}, "multiple of groups"),
        ("Conv1d", {"padding": "full"}, "wanted one of 'valid', 'same'"),
        ("Conv1d", {"padding": "same", "stride": 2}, "stride not 1"),
        ("Conv1d", {"padding_mode": "mirror"}, "padding_mode"),
        ("Conv1d", {"in_channel": 2}, "Did you mean 'in_channels'"),
        ("ConvTranspose1d", {"output_padding": 1}, "less than stride or dilation"),
        ("ConvTranspose1d", {"padding_mode": "reflect"}, "padding_mode"),
    ],
)
def test_wrong_arguments_are_named(type: str, change: dict[str, Any], match: str) -> None:
    with pytest.raises(InvalidValueError, match=rf"(?s)layer 'l' \({type}\).*{match}"):
        one_layer(type, {"in_channels": 2, "out_channels": 2, "kernel_size": 3} | change)


def test_wrong_inputs_are_named() -> None:
    network = one_layer("Conv1d", {"in_channels": 2, "out_channels": 2, "kernel_size": 3})
    arrays = drawn(network)
    with pytest.raises(InvalidValueError, match=r"Layer 'l'.*wanted 2 channels"):
        network(arrays, np.zeros((3, 5)))
    with pytest.raises(InvalidValueError, match="smaller than the kernel"):
        network(arrays, np.zeros((2, 2)))
    with pytest.raises(InvalidValueError, match="wanted 2 axes, or 3 with a batch"):
        network(arrays, np.zeros(5))
    mirrored = one_layer(
        "Conv1d",
        {"in_channels": 1, "out_channels": 1, "kernel_size": 3, "padding": 4, "padding_mode": "reflect"},
    )
    with pytest.raises(InvalidValueError, match="wanted at most 3"):
        mirrored(drawn(mirrored), np.zeros((1, 4)))
