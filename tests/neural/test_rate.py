"""The neural rate before it is put anywhere."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest
from numpy.testing import assert_allclose

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell._core.expressions import number, symbol
from tests.neural.formulas import drawn, run

KEY = jr.key(0)
GIVEN = {"A": (symbol("A"), number(2.0)), "B": (symbol("B"), number(1.0))}


def test_it_is_one_output_of_its_layers():
    expansion = hc.NeuralRate(["A", "B"], width=3, key=KEY).expand("nn_v", GIVEN, 1)
    assert expansion.outputs == ("nn_v",)
    # k around the substrates takes the place of the last bias; around a law nothing else moves its size
    last = {n.id for n in expansion.numbers if n.id.startswith("nn_v_b2")}
    law = hc.NeuralRate(["A", "B"], width=3, around="law", key=KEY).expand("nn_v", GIVEN, 1)
    assert (last, {n.id for n in law.numbers} - {n.id for n in expansion.numbers}) == (set(), {"nn_v_b2_1"})


def test_of_width_zero_the_factor_is_a_power_law():
    expansion = hc.NeuralRate(["A", "B"], width=0, key=KEY).expand("nn_v", GIVEN, 1)
    numbers, a = drawn(expansion, 0), np.array([0.5, 2.0, 8.0])
    found = np.exp(run(expansion, {"A": a, "B": 3.0}, numbers)[0])
    wanted = (a / 2 + 0.01) ** numbers["nn_v_w1_1_1"] * 3.01 ** numbers["nn_v_w1_1_2"]
    assert_allclose(found, wanted, rtol=1e-12)


def test_fresh_weights_come_with_another_key():
    rate = hc.NeuralRate(
        ["A"], width=2, reversible=True, equilibrium=3.0, increasing=["A"], bound=2.0, key=KEY
    )
    fresh = rate.reseeded(jr.key(1))
    assert (fresh.inputs, fresh.reversible, fresh.equilibrium) == (("A",), True, 3.0)
    assert (fresh.layers.increasing, fresh.layers.bound) == (("A",), 2.0)
    assert fresh.layers.seed != rate.layers.seed
    assert rate.reseeded(KEY) == rate
    assert rate.kind == "rate"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"around": "laws"}, "around is 'laws'.*Did you mean 'law'"),
        ({"equilibrium": -1.0, "reversible": True}, "equilibrium is -1.0; wanted a positive number"),
        ({"equilibrium": 2.0}, "equilibrium is that of a reversible rate; add reversible=True"),
        ({"reversible": True, "around": "law"}, 'reversible=True goes with around="substrates"'),
        ({"reversible": True, "saturation": 1.0}, "and without saturation"),
        ({"saturation": 0.0}, "saturation is 0.0; wanted a positive number"),
        ({"saturation": np.inf}, "saturation is inf"),
        ({"inputs": "A"}, r"inputs is a single string; .*\['A'\]"),
        ({"inputs": ["A", "A"]}, "inputs has 'A' twice"),
        ({"inputs": ["A"], "increasing": ["B"]}, "increasing names 'B', which is not an input; inputs"),
        ({"inputs": ["A"], "decreasing": "A"}, "decreasing is a single string"),
        ({"inputs": ["A"], "increasing": ["A"], "decreasing": ["A"]}, "as increasing and as decreasing"),
        ({"width": -2}, "width is -2"),
        ({"depth": 0}, "depth 0"),
        ({"bound": -1.0}, "bound is -1.0"),
        ({"activation": "relu"}, "activation is 'relu'"),
        ({"transform": "sqrt"}, "transform is 'sqrt'"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(InvalidValueError, match=message):
        hc.NeuralRate(**{"key": KEY, **options})


def test_a_key_is_a_key():
    with pytest.raises(InvalidValueError, match="wanted a key of JAX"):
        hc.NeuralRate(key=0)


def test_it_shows_what_it_is():
    assert (
        repr(hc.NeuralRate(["A", "B"], width=4, key=KEY))
        == "NeuralRate([A, B], 4 hidden, tanh, around substrates)"
    )
    assert (
        repr(hc.NeuralRate(width=0, around="law", key=KEY))
        == "NeuralRate([?], no hidden, linear, around law)"
    )
    assert repr(hc.NeuralRate(["A"], depth=2, reversible=True, key=KEY)).endswith(
        "16 x 16 hidden, tanh, reversible)"
    )
    card = hc.NeuralRate(saturation=3.0, key=KEY)._repr_html_()
    assert "species of the old law" in card
    assert "saturation" in card
    assert "bound" not in card
