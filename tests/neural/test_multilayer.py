"""A perceptron as formulas: compared with one in plain NumPy."""

from __future__ import annotations

import itertools

import jax.random as jr
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from hybridcell._core.errors import InvalidValueError
from hybridcell._core.expressions import number, symbol
from hybridcell.neural.multilayer import TRANSFORMS, Multilayer, activation, among, distinct, seed_of
from hybridcell.neural.perceptron import ACTIVATIONS, activate
from tests.neural.formulas import drawn, run, value_of
from tests.tolerances import ANALYTIC

IDS = ("a", "b", "c")
SCALES = {"a": 1.0, "b": 2.5, "c": 0.1}
GIVEN = {id: (symbol(id), symbol(f"s_{id}")) for id in IDS}


def layers(**options):
    usual = {"width": 4, "depth": 1, "activation": "tanh", "transform": "log", "seed": (0, 1)}
    return Multilayer(**{**usual, **options})


def at(values):
    return {**dict(zip(IDS, values)), **{f"s_{id}": SCALES[id] for id in IDS}}


def points(seed, n=6):
    return np.random.default_rng(seed).lognormal(0, 1, (3, n))


def entered(transform, x):
    scale = np.array([SCALES[id] for id in IDS])[:, None]
    above = np.maximum(x, 0)
    return {
        "log": np.log(above / scale + 0.01),
        "linear": x / scale,
        "saturating": above / (above + scale),
    }[transform]


def in_numpy(made, numbers, x, n):
    """Return the outputs, from weights found by their documented names."""
    z = entered(made.transform, x)
    signs = np.array([(id in made.increasing) - 1.0 * (id in made.decreasing) for id in IDS])
    signs = np.where(signs == 0, 1, signs)
    h = z
    sizes = [3, *([made.width] * made.depth if made.width else []), n]
    for layer, (n_in, n_out) in enumerate(itertools.pairwise(sizes), start=1):
        last = layer == len(sizes) - 1
        w = [[numbers[f"p_w{layer}_{j + 1}_{i + 1}"] for i in range(n_in)] for j in range(n_out)]
        w = np.array(w) * (signs if layer == 1 else 1)
        out = w @ h
        if last and made.width:
            skip = [[numbers[f"p_l_{j + 1}_{i + 1}"] for i in range(3)] for j in range(n_out)]
            out = out + (np.array(skip) * signs) @ z
        if not last or made.output_bias:
            out = out + np.array([numbers[f"p_b{layer}_{j + 1}"] for j in range(n_out)])[:, None]
        h = out if last else activate(made.activation, out)
    return h if made.bound is None else made.bound * np.tanh(h / made.bound)


@given(
    width=st.integers(0, 4),
    depth=st.integers(1, 3),
    name=st.sampled_from(ACTIVATIONS),
    transform=st.sampled_from(TRANSFORMS),
    signs=st.sampled_from([((), ()), (("a",), ()), (("b",), ("a", "c"))]),
    bound=st.sampled_from([None, 0.7, 5.0]),
    bias=st.booleans(),
    n=st.integers(1, 3),
    seed=st.integers(0, 1000),
)
@settings(max_examples=60, deadline=None)
def test_it_is_the_perceptron_of_plain_numpy(width, depth, name, transform, signs, bound, bias, n, seed):
    made = layers(
        width=width, depth=depth, activation=name, transform=transform, increasing=signs[0],
        decreasing=signs[1], bound=bound, output_bias=bias,
    )  # fmt: skip
    expansion = made.expand("p", GIVEN, n)
    numbers, x = drawn(expansion, seed), points(seed)
    found = run(expansion, at(x), numbers)
    assert found.shape == (n, 6)
    assert_allclose(found, in_numpy(made, numbers, x, n), **ANALYTIC)


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("width", [0, 3])
def test_without_a_sign_it_starts_as_zero(transform, width):
    expansion = layers(width=width, depth=2, transform=transform).expand("p", GIVEN, 2)
    assert not run(expansion, at(points(0))).any()


def test_with_a_sign_it_starts_faint():
    expansion = layers(width=8, increasing=("a",)).expand("p", GIVEN, 1)
    assert 0 < np.abs(run(expansion, at(points(0)))).max() < 0.2


@given(
    seed=st.integers(0, 10**6),
    name=st.sampled_from(ACTIVATIONS),
    transform=st.sampled_from(TRANSFORMS),
    width=st.integers(0, 4),
    depth=st.integers(1, 3),
    bound=st.sampled_from([None, 3.0]),
    step=st.floats(1e-3, 10),
    scale=st.sampled_from([0.3, 1.0, 5.0]),
)
@settings(max_examples=80, deadline=None)
def test_signs_hold_for_all_weights_and_inputs(seed, name, transform, width, depth, bound, step, scale):
    made = layers(
        width=width, depth=depth, activation=name, transform=transform, increasing=("a",),
        decreasing=("c",), bound=bound,
    )  # fmt: skip
    expansion = made.expand("p", GIVEN, 2)
    numbers, x = drawn(expansion, seed, scale), points(seed)
    before = run(expansion, at(x), numbers)
    slack = 1e-12 * (1 + np.abs(before))
    assert (run(expansion, at(x + np.array([[step], [0], [0]])), numbers) >= before - slack).all()
    assert (run(expansion, at(x + np.array([[0], [0], [step]])), numbers) <= before + slack).all()


@given(seed=st.integers(0, 1000), scale=st.floats(0.1, 1e5), bound=st.floats(1e-3, 100))
@settings(max_examples=40, deadline=None)
def test_no_output_exceeds_its_bound(seed, scale, bound):
    expansion = layers(bound=bound, transform="linear").expand("p", GIVEN, 2)
    found = run(expansion, at(1e3 * points(seed)), drawn(expansion, seed, scale))
    assert np.isfinite(found).all()
    assert np.abs(found).max() <= bound * (1 + 1e-12)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_do_not_overflow(name):
    z = np.array([-1000.0, -40.0, -1.0, 0.0, 1e-9, 1.0, 40.0, 1000.0])
    found = value_of(activation(name, symbol("z")), {"z": z})
    assert np.isfinite(found).all()
    assert_allclose(found, activate(name, z), rtol=1e-12, atol=1e-15)
    assert (np.diff(found) >= 0).all()


@pytest.mark.parametrize("transform", ["log", "saturating"])
def test_what_is_used_up_or_slightly_below_is_finite(transform):
    expansion = layers(transform=transform).expand("p", GIVEN, 1)
    numbers = drawn(expansion, 0)
    zero, below = (run(expansion, at(np.full((3, 1), v)), numbers) for v in (0.0, -1e-9))
    assert np.isfinite(zero).all()
    assert_allclose(below, zero, **ANALYTIC)


def test_a_scale_of_one_needs_no_division():
    expansion = layers(width=0, transform="linear", output_bias=False).expand(
        "p", {"a": (symbol("a"), number(1.0))}, 1
    )
    assert_allclose(run(expansion, {"a": 3.0}, {"p_w1_1_1": 2.0}), 6.0)
    assert [n.id for n in expansion.numbers] == ["p_w1_1_1"]


def test_names_say_layer_and_place():
    expansion = layers(width=2, depth=2).expand("nn_v", GIVEN, 2)
    assert expansion.outputs == ("nn_v_1", "nn_v_2")
    assert [id for id, _ in expansion.units][:4] == ["nn_v_h1_1", "nn_v_h1_2", "nn_v_h2_1", "nn_v_h2_2"]
    assert layers().expand("nn_v", GIVEN, 1).outputs == ("nn_v",)
    ids = [n.id for n in expansion.numbers] + [id for id, _ in expansion.units]
    assert len({*ids}) == len(ids)


def test_the_seed_decides_the_weights():
    def numbers(seed):
        return [n.value for n in layers(seed=seed).expand("p", GIVEN, 1).numbers]

    assert numbers((0, 1)) == numbers((0, 1)) != numbers((0, 2))
    assert seed_of(jr.key(3)) == seed_of(jr.key(3)) != seed_of(jr.key(4))


def test_weights_with_a_sign_are_positive_by_their_transform():
    expansion = layers(increasing=("a",), decreasing=("c",)).expand("p", GIVEN, 1)
    logs = {n.id for n in expansion.numbers if n.freedom.transform == "log"}
    # the first layer's weights of a and c, all behind it, the linear part of a and c
    hidden = range(1, 5)
    wanted = {f"p_w1_{j}_{i}" for j in hidden for i in (1, 3)} | {f"p_w2_1_{j}" for j in hidden}
    assert logs == wanted | {"p_l_1_1", "p_l_1_3"}
    assert all(n.value > 0 for n in expansion.numbers if n.id in logs)
    assert all(n.freedom.prior is not None for n in expansion.numbers)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": -1}, "width is -1 and depth 1; wanted whole numbers"),
        ({"width": 2.5}, "width is 2.5"),
        ({"depth": 0}, "depth 0; wanted whole numbers"),
        ({"activation": "tan"}, "activation is 'tan'.*Did you mean 'tanh'"),
        ({"transform": "lin"}, "transform is 'lin'"),
        ({"bound": 0.0}, "bound is 0.0; wanted a positive number"),
        ({"bound": np.inf}, "bound is inf"),
        ({"bound": np.nan}, "bound is nan"),
        ({"increasing": ("a", "b"), "decreasing": ("b",)}, "'b' is named as increasing and as decreasing"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(InvalidValueError, match=message):
        layers(**options)


def test_lists_of_names_are_checked():
    assert distinct("inputs", ["a", "b"]) == ("a", "b")
    with pytest.raises(InvalidValueError, match=r"inputs is a single string; .*\['a'\]"):
        distinct("inputs", "a")
    with pytest.raises(InvalidValueError, match="inputs has 'a' twice"):
        distinct("inputs", ["a", "b", "a"])
    with pytest.raises(InvalidValueError, match="increasing names 'd', which is not an input"):
        among("increasing", ["d"], ["a", "b"])
    assert among("increasing", ["d"], None) == ("d",)


@pytest.mark.parametrize("key", [3, None, "seed"])
def test_what_is_no_key_is_refused(key):
    with pytest.raises(InvalidValueError, match=r"wanted a key of JAX, such as jax.random.key\(0\)"):
        seed_of(key)
