"""Functions and methods of tensors against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybridcell._core.errors import InvalidValueError
from hybridcell.neural.traced import TracedNetwork
from tests.neural.traced.networks import by_formula, drawn, one_call, one_layer

X = np.random.default_rng(0).uniform(0.2, 0.9, size=(2, 3, 4))
Y = np.random.default_rng(1).uniform(0.2, 0.9, size=(2, 3, 4))
CASES: list[tuple[str, list[Any], dict[str, Any], Any]] = [
    ("flatten", [], {}, X.ravel()),
    ("flatten", [1], {}, X.reshape(2, 12)),
    ("flatten", [], {"start_dim": 0, "end_dim": 1}, X.reshape(6, 4)),
    ("view", [-1, 6], {}, X.reshape(-1, 6)),
    ("reshape", [[4, 6]], {}, X.reshape(4, 6)),
    ("unsqueeze", [1], {}, X[:, None]),
    ("permute", [2, 0, 1], {}, X.transpose(2, 0, 1)),
    ("transpose", [0, 2], {}, X.swapaxes(0, 2)),
    ("unflatten", [2, [2, 2]], {}, X.reshape(2, 3, 2, 2)),
    ("repeat", [2, 1, 1], {}, np.tile(X, (2, 1, 1))),
    ("select", [1, -1], {}, X[:, -1]),
    ("narrow", [2, 1, 2], {}, X[:, :, 1:3]),
    ("getitem", [0], {}, X[0]),
    ("getitem", [["slice(None, None, None)", "slice(1, None, None)", -1]], {}, X[:, 1:, -1]),
    ("sum", [], {}, X.sum()),
    ("sum", [1], {"keepdim": True}, X.sum(1, keepdims=True)),
    ("mean", [], {"dim": [0, 2]}, X.mean((0, 2))),
    ("mean", [], {"axis": -1}, X.mean(-1)),
    ("prod", [2], {}, X.prod(2)),
    ("amax", [1], {}, X.max(1)),
    ("max", [], {}, X.max()),
    ("amin", [-1], {}, X.min(-1)),
    ("var", [1], {}, X.var(1, ddof=1)),
    ("std", [], {"dim": 0, "correction": 0}, X.std(0)),
    ("pow", [2], {}, X**2),
    ("pow", [-1.5], {}, X**-1.5),
    ("add", [2.0], {"alpha": 3}, X + 6),
    ("sub", [2.0], {}, X - 2),
    ("mul", [3], {}, X * 3),
    ("truediv", [4.0], {}, X / 4),
    ("clamp", [], {"min": 0.4, "max": 0.6}, X.clip(0.4, 0.6)),
    ("exp", [], {}, np.exp(X)), ("log", [], {}, np.log(X)), ("sqrt", [], {}, np.sqrt(X)),
    ("sin", [], {}, np.sin(X)), ("cos", [], {}, np.cos(X)), ("abs", [], {}, X), ("neg", [], {}, -X),
    ("atan", [], {}, np.arctan(X)), ("square", [], {}, X**2), ("reciprocal", [], {}, 1 / X),
    ("rsqrt", [], {}, X**-0.5), ("log1p", [], {}, np.log1p(X)),
    ("contiguous", [], {}, X),
    ("reshape", [], {"shape": [4, -1]}, X.reshape(4, 6)),
    ("view", [], {"size": [4, 6]}, X.reshape(4, 6)),
    ("permute", [], {"dims": [2, 0, 1]}, X.transpose(2, 0, 1)),
    ("unflatten", [], {"dim": 2, "sizes": [2, 2]}, X.reshape(2, 3, 2, 2)),
    ("expand", [], {"size": [5, -1, -1, 4]}, np.broadcast_to(X, (5, 2, 3, 4))),
    ("repeat", [], {"repeats": [2, 1, 1]}, np.tile(X, (2, 1, 1))),
    ("swapaxes", [], {"axis0": 0, "axis1": 2}, X.swapaxes(0, 2)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args", "kwargs", "wanted"), CASES)
@pytest.mark.parametrize("op", ["call_function", "call_method"])
def test_one_argument(name: str, args: list[Any], kwargs: dict[str, Any], wanted: Any, op: str) -> None:
    network = one_call(name, ["x0", *args], kwargs, op=op)
    np.testing.assert_allclose(network({}, X)[0], wanted, rtol=1e-13)
    np.testing.assert_allclose(by_formula(network, {}, X)[0], wanted, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize(
    ("name", "args", "wanted"),
    [
        ("cat", [["x0", "x1"]], np.concatenate([X, Y])),
        ("stack", [["x0", "x1"], -1], np.stack([X, Y], -1)),
        ("add", ["x0", "x1"], X + Y),
        ("mul", ["x0", "x1"], X * Y),
        ("div", ["x0", "x1"], X / Y),
        ("pow", ["x0", "x1"], X**Y),
        ("maximum", ["x0", "x1"], np.maximum(X, Y)),
        ("minimum", ["x0", "x1"], np.minimum(X, Y)),
        ("sub", [1.0, "x1"], 1 - Y),
    ],
)
def test_two_arguments(name: str, args: list[Any], wanted: Any) -> None:
    network = one_call(name, args, n_inputs=2)
    np.testing.assert_allclose(network({}, X, Y)[0], wanted, rtol=1e-13)
    np.testing.assert_allclose(by_formula(network, {}, X, Y)[0], wanted, rtol=1e-13)


@pytest.mark.parametrize(
    ("left", "right"), [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((5, 2, 3), (5, 3, 4))]
)
def test_matmul(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=left), rng.normal(size=right)
    network = one_call("matmul", ["x0", "x1"], n_inputs=2)
    np.testing.assert_allclose(network({}, x, y)[0], x @ y, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(by_formula(network, {}, x, y)[0], x @ y, rtol=1e-12, atol=1e-13)


def test_squeeze_and_parts() -> None:
    x = np.arange(6.0).reshape(1, 6, 1)
    assert one_call("squeeze")({}, x)[0].shape == (6,)
    assert one_call("squeeze", ["x0", 0])({}, x)[0].shape == (6, 1)
    assert one_call("squeeze", ["x0", 1])({}, x)[0].shape == (1, 6, 1)
    assert [p.shape for p in one_call("chunk", ["x0", 4, 1])({}, x)] == [(1, 2, 1)] * 3
    assert [p.shape for p in one_call("split", ["x0", [1, 5], 1])({}, x)] == [(1, 1, 1), (1, 5, 1)]
    assert len(one_call("unbind", ["x0", 1])({}, x)) == 6
    assert one_call("expand", ["x0", 3, -1, -1])({}, x)[0].shape == (3, 6, 1)


def test_linear_layers() -> None:
    rng = np.random.default_rng(0)
    network = one_layer("Bilinear", {"in1_features": 2, "in2_features": 3, "out_features": 4}, n_inputs=2)
    arrays, x, y = drawn(network), rng.normal(size=(5, 2)), rng.normal(size=(5, 3))
    wanted = np.einsum("ni,oij,nj->no", x, arrays["l.weight"], y) + arrays["l.bias"]
    np.testing.assert_allclose(network(arrays, x, y)[0], wanted, rtol=1e-12)
    np.testing.assert_allclose(network(arrays, x[0], y[0])[0], wanted[0], rtol=1e-12)
    np.testing.assert_allclose(by_formula(network, arrays, x, y)[0], wanted, rtol=1e-12)
    table = one_layer("Embedding", {"num_embeddings": 4, "embedding_dim": 2})
    arrays = drawn(table)
    np.testing.assert_array_equal(table(arrays, np.array([3, 0]))[0], arrays["l.weight"][[3, 0]])
    with pytest.raises(InvalidValueError, match=r"Layer 'l'.*cannot be chosen by formulas"):
        by_formula(table, arrays, np.array([3, 0]))


def test_shapes_as_numbers() -> None:
    steps = [
        {"name": "x", "op": "placeholder", "target": "x"},
        {"name": "shape", "op": "call_function", "target": "getattr", "args": ["x", "shape"]},
        {"name": "n", "op": "call_function", "target": "getitem", "args": ["shape", 0]},
        {"name": "size", "op": "call_method", "target": "size", "args": ["x", -1]},
        {"name": "view", "op": "call_method", "target": "view", "args": ["x", "n", -1]},
        {"name": "output", "op": "output", "target": "output", "args": [["view", "x"]]},
    ]
    network = TracedNetwork(
        {"nn_model_id": "net", "inputs": [{"input_id": "x"}], "layers": [], "forward": steps}
    )
    flat, same = network({}, X)
    assert flat.shape == (2, 12)
    np.testing.assert_array_equal(same, X)


def test_mistakes_name_the_step() -> None:
    with pytest.raises(InvalidValueError, match=r"Step 'f' of network 'net'.*axis 5 does not exist"):
        one_call("flatten", ["x0", 5])({}, X)
    with pytest.raises(InvalidValueError, match=r"Step 'f'.*use amax"):
        one_call("max", ["x0", 1])({}, X)
    with pytest.raises(InvalidValueError, match=r"Step 'f'.*lacks its argument 'dim'"):
        one_call("unsqueeze", ["x0"])({}, X)
    with pytest.raises(InvalidValueError, match=r"Step 'f'.*cannot be computed with numbers"):
        one_call("matmul", ["x0", "x1"], n_inputs=2)({}, X, Y)


@pytest.mark.parametrize(
    ("name", "args", "match"),
    [
        ("select", ["x0", 1, 3], "no entry 3 on axis 1, which has 3 entries"),
        ("select", ["x0", 1, -4], "no entry -4 on axis 1"),
        ("narrow", ["x0", 2, 2, 3], "range of 3 entries from 2 on leaves axis 2, which has 4 entries"),
        ("narrow", ["x0", 2, -5, 2], "range of 2 entries from -5"),
        ("getitem", ["x0", 2], "no entry 2 on axis 0, which has 2 entries"),
        ("getitem", ["x0", ["slice(None, None, None)", None, 3]], "no entry 3 on axis 1"),
        ("getitem", ["x0", [0, 0, 0, 0]], "axis 3 does not exist"),
        ("split", ["x0", [1, 1], 1], r"parts \[1, 1\] do not add up to the 3 entries of axis 1"),
        ("split", ["x0", [1, 9], 1], r"parts \[1, 9\] do not add up"),
        ("repeat", ["x0", 2, 2], "repeat has 2 numbers; wanted one for each of the 3 axes"),
        ("t", ["x0"], "has 3 axes: use transpose"),
        ("softmax", ["x0", 3], "axis 3 does not exist"),
        ("log_softmax", ["x0", -4], "axis -4 does not exist"),
        ("glu", ["x0", 5], "axis 5 does not exist"),
        ("expand", ["x0", 2, 3, 8], "cannot be computed with"),
        ("cat", [[]], "cannot be computed with"),
        ("view", ["x0", 5, -1], "cannot be computed with"),
        ("getattr", ["x0", "device"], "'device' cannot be read; wanted shape, ndim, T or mT"),
    ],
)
def test_what_pytorch_refuses_is_refused_in_numbers_and_formulas(
    name: str, args: list[Any], match: str
) -> None:
    network = one_call(name, args)
    for compute in (lambda: network({}, X), lambda: network.symbolic({}, X)):
        with pytest.raises(InvalidValueError, match=f"Step 'f' of network 'net'.*{match}"):
            compute()


@pytest.mark.parametrize(
    ("name", "args", "wanted"),
    [
        ("select", [1, -3], X[:, -3]),
        ("narrow", [1, -2, 2], X[:, 1:]),
        ("narrow", [2, 4, 0], X[:, :, 4:]),
        ("getitem", [[None, -1, "slice(None, None, 2)"]], X[None, -1, ::2]),
        ("repeat", [2, 1, 1, 3], np.tile(X, (2, 1, 1, 3))),
        ("chunk", [5, 1], X[:, :1]),
        ("where", ["m", "x0", 0.0], np.where(X > 0.5, X, 0.0)),
    ],
)
def test_places_at_the_edge_are_those_of_numpy(name: str, args: list[Any], wanted: Any) -> None:
    steps: list[dict[str, Any]] = [
        {"name": "x0", "op": "placeholder", "target": "x0"},
        {"name": "m", "op": "call_method", "target": "gt", "args": ["x0", 0.5]},
        {"name": "f", "op": "call_function", "target": name, "args": args if "m" in args else ["x0", *args]},
        {"name": "output", "op": "output", "target": "output", "args": ["f"]},
    ]
    network = TracedNetwork({"nn_model_id": "net", "forward": steps})
    np.testing.assert_array_equal(network({}, X)[0], wanted)
    np.testing.assert_array_equal(by_formula(network, {}, X)[0], wanted)


@pytest.mark.parametrize(
    ("name", "kwargs", "wanted"),
    [
        ("reshape", {"input": "x0", "shape": [4, 6]}, X.reshape(4, 6)),
        ("permute", {"dims": [2, 0, 1], "input": "x0"}, X.transpose(2, 0, 1)),
        ("split", {"tensor": "x0", "split_size_or_sections": [1, 2], "dim": 1}, X[:, :1]),
    ],
)
def test_functions_take_all_arguments_by_name(name: str, kwargs: dict[str, Any], wanted: Any) -> None:
    network = one_call(name, [], kwargs)
    np.testing.assert_array_equal(network({}, X)[0], wanted)
    np.testing.assert_array_equal(by_formula(network, {}, X)[0], wanted)


@pytest.mark.parametrize(
    ("name", "args", "kwargs", "match"),
    [
        ("reshape", ["x0", 4, 6], {"shape": [4, 6]}, "has its argument 'shape' twice"),
        ("reshape", [], {"shape": [4, 6]}, "lacks its argument 'x'"),
        ("view", ["x0"], {"sizes": [4, 6]}, "has no argument 'sizes'. Did you mean 'size'"),
    ],
)
def test_sizes_by_name_are_given_once(name: str, args: list[Any], kwargs: dict[str, Any], match: str) -> None:
    with pytest.raises(InvalidValueError, match=match):
        one_call(name, args, kwargs)({}, X)
