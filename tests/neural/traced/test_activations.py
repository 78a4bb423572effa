"""Activations against formulas written down here, as formulas, and their slopes."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import erf, expit, log_softmax, softmax

from hybridcell._core.errors import InvalidValueError
from tests.neural.traced.networks import by_formula, drawn, one_call, one_layer

X = np.concatenate([np.linspace(-30, 30, 41), [-6.01, -3.0, -1.0, -0.5, -0.3, 1e-3, 0.2, 0.5, 3.0, 6.0]])


def _softplus(x: Any) -> Any:
    return np.logaddexp(0.0, x)


_SCALE, _ALPHA = 1.0507009873554805, 1.6732632423543772
ENTRYWISE: list[tuple[str, dict[str, Any], Any]] = [
    ("relu", {"inplace": False}, lambda x: np.maximum(x, 0)),
    ("relu6", {}, lambda x: np.clip(x, 0, 6)),
    ("elu", {"alpha": 1.5}, lambda x: np.where(x > 0, x, 1.5 * np.expm1(np.minimum(x, 0)))),
    ("selu", {}, lambda x: _SCALE * np.where(x > 0, x, _ALPHA * np.expm1(np.minimum(x, 0)))),
    ("celu", {"alpha": 2.0}, lambda x: np.maximum(x, 0) + np.minimum(0, 2 * np.expm1(np.minimum(x, 0) / 2))),
    ("gelu", {}, lambda x: x * 0.5 * (1 + erf(x / np.sqrt(2)))),
    ("gelu", {"approximate": "tanh"},
     lambda x: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))),
    ("silu", {}, lambda x: x * expit(x)),
    ("swish", {}, lambda x: x * expit(x)),
    ("mish", {}, lambda x: x * np.tanh(_softplus(x))),
    ("sigmoid", {}, expit),
    ("tanh", {}, np.tanh),
    ("hardtanh", {"min_val": -0.5, "max_val": 2.0}, lambda x: np.clip(x, -0.5, 2)),
    ("hardsigmoid", {}, lambda x: np.clip(x / 6 + 0.5, 0, 1)),
    ("hardswish", {}, lambda x: x * np.clip(x + 3, 0, 6) / 6),
    ("hardshrink", {"lambd": 0.4}, lambda x: np.where(np.abs(x) > 0.4, x, 0)),
    ("softshrink", {"lambd": 0.4}, lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.4, 0)),
    ("tanhshrink", {}, lambda x: x - np.tanh(x)),
    ("leaky_relu", {"negative_slope": 0.2}, lambda x: np.where(x > 0, x, 0.2 * x)),
    ("rrelu", {}, lambda x: np.where(x > 0, x, x * (1 / 8 + 1 / 3) / 2)),
    ("logsigmoid", {}, lambda x: -_softplus(-x)),
    ("softplus", {"beta": 2.0}, lambda x: np.where(2 * x > 20, x, _softplus(2 * x) / 2)),
    ("softsign", {}, lambda x: x / (1 + np.abs(x))),
    ("threshold", {"threshold": 0.1, "value": -2.0}, lambda x: np.where(x > 0.1, x, -2)),
]  # fmt: skip
MODULES = {
    "relu": "ReLU", "relu6": "ReLU6", "elu": "ELU", "selu": "SELU", "celu": "CELU", "gelu": "GELU",
    "silu": "SiLU", "mish": "Mish", "sigmoid": "Sigmoid", "tanh": "Tanh", "hardtanh": "Hardtanh",
    "hardsigmoid": "Hardsigmoid", "hardswish": "Hardswish", "hardshrink": "Hardshrink",
    "softshrink": "Softshrink", "tanhshrink": "Tanhshrink", "leaky_relu": "LeakyReLU", "rrelu": "RReLU",
    "logsigmoid": "LogSigmoid", "softplus": "Softplus", "softsign": "Softsign", "threshold": "Threshold",
}  # fmt: skip


@pytest.mark.parametrize(("name", "kwargs", "wanted"), ENTRYWISE)
def test_entrywise(name: str, kwargs: dict[str, Any], wanted: Any) -> None:
    network = one_call(name, kwargs=kwargs)
    [found] = network({}, X)
    np.testing.assert_allclose(found, wanted(X), rtol=1e-14, atol=2e-14)
    [written] = by_formula(network, {}, X)
    np.testing.assert_allclose(written, found, rtol=1e-14, atol=1e-14)
    [as_method] = one_call(name, kwargs=kwargs, op="call_method")({}, X)
    np.testing.assert_array_equal(as_method, found)
    if name in MODULES:
        [as_layer] = one_layer(MODULES[name], kwargs)({}, X)
        np.testing.assert_array_equal(as_layer, found)


@pytest.mark.parametrize(("name", "kwargs", "wanted"), ENTRYWISE)
def test_slopes(name: str, kwargs: dict[str, Any], wanted: Any) -> None:
    network = one_call(name, kwargs=kwargs)
    x = np.array([-25.0, -7.2, -2.3, -0.45, -0.12, 0.17, 0.77, 3.4, 9.0, 25.0])
    found = jax.vmap(jax.grad(lambda v: network({}, v)[0]))(x)
    step = 1e-6
    slopes = (wanted(x + step) - wanted(x - step)) / (2 * step)
    np.testing.assert_allclose(found, slopes, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    ("name", "slope"),
    [("relu", 0.0), ("relu6", 0.0), ("elu", 1.0), ("celu", 1.0), ("silu", 0.5), ("softplus", 0.5),
     ("logsigmoid", 0.5), ("gelu", 0.5), ("tanh", 1.0), ("mish", 0.6), ("softsign", 1.0),
     ("leaky_relu", 0.01)],
)  # fmt: skip
def test_slope_at_zero_is_that_of_pytorch(name: str, slope: float) -> None:
    found = jax.grad(lambda v: one_call(name)({}, v)[0])(0.0)
    assert float(found) == pytest.approx(slope, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-50, 50), min_size=2, max_size=6))
def test_softmax(values: list[float]) -> None:
    x = np.array(values)
    for name, wanted in (("softmax", softmax(x)), ("softmin", softmax(-x)), ("log_softmax", log_softmax(x))):
        network = one_call(name, kwargs={"dim": 0, "_stacklevel": 3, "dtype": None})
        np.testing.assert_allclose(network({}, x)[0], wanted, rtol=1e-13, atol=1e-13)
        np.testing.assert_allclose(by_formula(network, {}, x)[0], wanted, rtol=1e-13, atol=1e-13)


def test_softmax_over_an_axis() -> None:
    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    for dim in (0, 1, -1):
        np.testing.assert_allclose(one_call("softmax", kwargs={"dim": dim})({}, x)[0], softmax(x, axis=dim))
    np.testing.assert_allclose(one_layer("Softmax")({}, x)[0], softmax(x, axis=0))
    np.testing.assert_allclose(one_layer("LogSoftmax", {"dim": 1})({}, x)[0], log_softmax(x, axis=1))


def test_glu() -> None:
    x = np.random.default_rng(0).normal(size=(4, 6))
    for network in (one_call("glu"), one_layer("GLU", {"dim": -1})):
        np.testing.assert_allclose(network({}, x)[0], x[:, :3] * expit(x[:, 3:]), rtol=1e-14)
    with pytest.raises(InvalidValueError, match="even number"):
        one_call("glu")({}, x[:, :5])


@pytest.mark.parametrize(("n", "shape"), [(1, (3, 4)), (4, (3, 4)), (4, (4,)), (2, (3, 2, 5))])
def test_prelu(n: int, shape: tuple[int, ...]) -> None:
    network, x = one_layer("PReLU", {"num_parameters": n}), np.random.default_rng(0).normal(size=shape)
    arrays = drawn(network)
    slope = arrays["l.weight"].reshape(-1, *(1,) * (len(shape) - 2)) if len(shape) > 1 else arrays["l.weight"]
    np.testing.assert_allclose(network(arrays, x)[0], np.where(x > 0, x, slope * x))
    np.testing.assert_allclose(by_formula(network, arrays, x)[0], np.where(x > 0, x, slope * x))


def test_unknown_arguments_are_named() -> None:
    with pytest.raises(InvalidValueError, match=r"'negative_slop'.*Did you mean 'negative_slope'"):
        one_layer("LeakyReLU", {"negative_slop": 0.1})
    with pytest.raises(InvalidValueError, match=r"'alfa'.*Did you mean 'alpha'"):
        one_call("elu", kwargs={"alfa": 1.0})({}, X)
    with pytest.raises(InvalidValueError, match="wanted one of 'none', 'tanh'"):
        one_call("gelu", kwargs={"approximate": "tan"})({}, X)
