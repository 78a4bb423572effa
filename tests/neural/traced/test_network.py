"""Networks as a whole: calls, derivatives, formulas and mistakes in descriptions."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import InvalidValueError, UnknownNameError
from hybridcell._core.expressions import apply, symbol
from hybridcell.neural.traced import NetworkDescription, TracedNetwork, output_entry, trace_mlp
from hybridcell.neural.traced.layers import layer_types
from tests.neural.traced.networks import by_formula, drawn, one_call, one_layer
from tests.tolerances import GRADIENT


def _perceptron(width: int = 5, activation: str = "tanh") -> dict[str, Any]:
    return {
        "nn_model_id": "net1",
        "inputs": [{"input_id": "input0"}],
        "layers": [
            {"layer_id": "layer1", "layer_type": "Linear", "args": {"in_features": 2, "out_features": width}},
            {"layer_id": "layer2", "layer_type": "Linear", "args": {"in_features": width, "out_features": 1}},
        ],
        "forward": [
            {"name": "net_input", "op": "placeholder", "target": "net_input", "args": [], "kwargs": {}},
            {"name": "layer1", "op": "call_module", "target": "layer1", "args": ["net_input"]},
            {"name": "act", "op": "call_method", "target": activation, "args": ["layer1"]},
            {"name": "layer2", "op": "call_module", "target": "layer2", "args": ["act"]},
            {"name": "output", "op": "output", "target": "output", "args": ["layer2"]},
        ],
    }


def test_jit_gradient_and_batches() -> None:
    network = TracedNetwork(_perceptron())
    arrays, x = drawn(network), np.array([0.3, -0.7])
    [wanted] = network(arrays, x)
    assert wanted.dtype == jnp.float64
    np.testing.assert_allclose(
        eqx.filter_jit(lambda n, a, v: n(a, v))(network, arrays, x)[0], wanted, rtol=1e-14
    )
    np.testing.assert_allclose(network(arrays, np.stack([x, 2 * x]))[0][0], wanted, rtol=1e-14)
    gradient = jax.grad(lambda a: network(a, x)[0][0])(arrays)
    for name in arrays:
        step = np.zeros_like(arrays[name])
        step.flat[0] = 1e-6
        up = network({**arrays, name: arrays[name] + step}, x)[0][0]
        down = network({**arrays, name: arrays[name] - step}, x)[0][0]
        np.testing.assert_allclose(np.ravel(gradient[name])[0], (up - down) / 2e-6, **GRADIENT)
    single = {name: array.astype(np.float32) for name, array in arrays.items()}
    np.testing.assert_allclose(network(single, x)[0], wanted, rtol=1e-5)


@settings(max_examples=15, deadline=None)
@given(
    st.integers(1, 4),
    st.sampled_from(["tanh", "relu", "softplus", "gelu", "mish", "elu"]),
    st.lists(st.floats(-5, 5), min_size=2, max_size=2),
)
def test_formulas_are_the_network(width: int, activation: str, x: list[float]) -> None:
    network = TracedNetwork(_perceptron(width, activation))
    arrays = drawn(network, width)
    np.testing.assert_allclose(
        by_formula(network, arrays, np.array(x))[0], network(arrays, np.array(x))[0], rtol=1e-13, atol=1e-13
    )


def test_formulas_read_what_is_given() -> None:
    network = one_layer("Linear", {"in_features": 2, "out_features": 1, "bias": False})
    weights = np.array([[2.0, 1.0]])
    [found] = network.symbolic({"l.weight": weights}, np.array([symbol("a"), symbol("b")]))
    assert found.shape == (1,)
    wanted = apply("add", apply("mul", symbol("a"), apply("add", *map(_number, (1, 1)))), symbol("b"))
    assert found[0] is wanted
    assert output_entry((found,), (0, 0)) is wanted


def _number(value: float) -> Any:
    from hybridcell._core.expressions import number

    return number(value)


def test_places_of_outputs() -> None:
    outputs = (jnp.arange(3.0), jnp.array([[7.0]]))
    assert float(output_entry(outputs, (0, 2))) == 2
    assert output_entry(outputs, (1, 0)).shape == ()
    assert float(output_entry(outputs, (1,))) == 7
    for place, match in (((0,), "not one number"), ((0, 3), "no entry"), ((2, 0), "no output 2")):
        with pytest.raises(InvalidValueError, match=match):
            output_entry(outputs, place)


def test_arrays_are_checked() -> None:
    network = TracedNetwork(_perceptron())
    arrays = drawn(network)
    assert list(network.array_shapes) == ["layer1.weight", "layer1.bias", "layer2.weight", "layer2.bias"]
    with pytest.raises(InvalidValueError, match=r"lacks its array 'layer2.bias'"):
        network({k: v for k, v in arrays.items() if k != "layer2.bias"}, np.zeros(2))
    with pytest.raises(UnknownNameError, match=r"'layer2.bais'.*Did you mean 'layer2.bias'"):
        network({**arrays, "layer2.bais": np.zeros(1)}, np.zeros(2))
    with pytest.raises(InvalidValueError, match=r"'layer1.weight'.*wanted \(5, 2\)"):
        network({**arrays, "layer1.weight": np.zeros((2, 5))}, np.zeros(2))
    with pytest.raises(InvalidValueError, match="takes 1 inputs; 2 are given"):
        network(arrays, np.zeros(2), np.zeros(2))
    with pytest.raises(InvalidValueError, match=r"Layer 'layer1' of network 'net1'.*wanted 2 features"):
        network(arrays, np.zeros(3))


def test_descriptions_compare_by_what_they_say() -> None:
    first, second = TracedNetwork(_perceptron()), TracedNetwork(_perceptron())
    assert first == second
    assert hash(first.description) == hash(second.description)
    assert first != TracedNetwork(_perceptron(6))
    again = NetworkDescription.from_mapping(first.description.to_mapping())
    assert again == first.description


@pytest.mark.parametrize(
    ("place", "value", "match"),
    [
        (("layers", 0, "layer_type"), "Linera", "layer type 'Linera'. Did you mean 'Linear'"),
        (("layers", 0, "layer_typ"), "Linear", "'layer_typ'. Did you mean 'layer_type'"),
        (("layers", 0, "args"), {"in_features": 2}, r"layer 'layer1' \(Linear\) lacks.*'out_features'"),
        (("layers", 0, "args"), {"in_features": 2.5, "out_features": 1}, "in_features is 2.5"),
        (("layers", 1, "layer_id"), "layer1", "two layers 'layer1'"),
        (("layers",), 7, "layers is 7"),
        (("nn_model_id",), None, "lacks its entry 'nn_model_id'"),
        (("forward", 1, "target"), "layer", "step 'layer1'.*no layer 'layer'. Did you mean"),
        (("forward", 1, "op"), "call_modul", "Did you mean 'call_module'"),
        (("forward", 1, "op"), "get_attr", "wanted one of"),
        (("forward", 1, "args"), ["net_inputs"], "reads 'net_inputs'.*Did you mean 'net_input'"),
        (("forward", 2, "target"), "thanh", "no function 'thanh'. Did you mean 'tanh'"),
        (("forward", 2, "name"), "layer1", "two steps 'layer1'"),
        (("forward", 4, "op"), "call_module", "step 'output'"),
        (("forward", 1, "args"), "net_input", "wanted a list"),
        (("forward", 1, "kwargs"), [1], "wanted names with values"),
        (("inputs",), [{"input_id": "a"}, {"input_id": "b"}], "2 inputs and 1 steps"),
    ],
)
def test_mistakes_are_named(place: tuple[Any, ...], value: Any, match: str) -> None:
    content: Any = _perceptron()
    at = content
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = value
    with pytest.raises((InvalidValueError, UnknownNameError), match=f"(?s){match}"):
        TracedNetwork(content)


def test_the_last_step_is_the_output() -> None:
    content = _perceptron()
    content["forward"].append(content["forward"].pop(3) | {"name": "late"})
    with pytest.raises(InvalidValueError, match=r"reads 'layer2'|as its last step"):
        TracedNetwork(content)


def test_layers_that_are_never_called_need_no_arrays() -> None:
    content = _perceptron()
    extra = {"layer_id": "unused", "layer_type": "Linear", "args": {"in_features": 1, "out_features": 1}}
    content["layers"].append(extra)
    network = TracedNetwork(content)
    assert "unused.weight" not in network.array_shapes
    assert "unused.weight" in network.known_shapes
    network({**drawn(network), "unused.weight": np.zeros((1, 1))}, np.zeros(2))


def test_every_layer_of_the_standard_is_there() -> None:
    dims = ["Conv", "ConvTranspose", "MaxPool", "AvgPool", "LPPool", "AdaptiveMaxPool", "AdaptiveAvgPool"]
    dims += ["BatchNorm", "InstanceNorm", "Dropout"]
    wanted = {f"{name}{n}d" for name in dims for n in (1, 2, 3)}
    wanted |= {"Linear", "Bilinear", "Flatten", "Dropout", "AlphaDropout", "FeatureAlphaDropout", "LayerNorm"}
    assert wanted <= set(layer_types())
    for name in ("relu", "relu6", "hardtanh", "hardswish", "selu", "leaky_relu", "gelu", "tanhshrink",
                 "softsign", "softplus", "tanh", "sigmoid", "hardsigmoid", "mish", "elu", "celu", "softmax",
                 "log_softmax", "torch.nn.functional.relu"):  # fmt: skip
        one_call(name)


@pytest.mark.parametrize(
    "activation",
    [
        jax.nn.tanh,
        jax.nn.relu,
        jax.nn.gelu,
        jax.nn.softplus,
        jax.nn.silu,
        jax.nn.elu,
        jax.nn.selu,
        lambda x: x,
    ],
)
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_perceptrons_of_equinox(activation: Any, depth: int) -> None:
    mlp = eqx.nn.MLP(2, 3, 4, depth, activation, use_final_bias=depth != 1, key=jax.random.key(0))
    network, arrays = trace_mlp(mlp, id="n")
    x = np.array([0.4, -1.1])
    np.testing.assert_allclose(network(arrays, x)[0], mlp(x), rtol=1e-13, atol=1e-14)
    assert network.id == "n"
    assert {name: a.shape for name, a in arrays.items()} == network.array_shapes


def test_perceptrons_with_other_activations() -> None:
    def strange(x: Any) -> Any:
        return jnp.sin(3 * x)

    mlp = eqx.nn.MLP(2, 3, 4, 1, strange, jax.nn.sigmoid, key=jax.random.key(0))
    with pytest.raises(InvalidValueError, match=r"activation is .*none of those that a file can name"):
        trace_mlp(mlp)
    with pytest.raises(InvalidValueError, match="Did you mean 'tanh'"):
        trace_mlp(mlp, activation="tahn")
    network, _ = trace_mlp(mlp, activation="tanh")
    assert [s.target for s in network.description.forward if s.op == "call_function"] == ["tanh", "sigmoid"]
    scalar = eqx.nn.MLP("scalar", "scalar", 3, 1, jnp.tanh, key=jax.random.key(0))
    network, arrays = trace_mlp(scalar)
    np.testing.assert_allclose(network(arrays, np.array([0.4]))[0], [scalar(jnp.asarray(0.4))], rtol=1e-13)
