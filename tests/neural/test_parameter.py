"""The neural parameter before it is put anywhere."""

from __future__ import annotations

import jax.random as jr
import pytest
from numpy.testing import assert_allclose

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell._core.expressions import number, symbol
from tests.neural.formulas import drawn, run

KEY = jr.key(0)
GIVEN = {"a": (symbol("a"), number(1.0)), "b": (symbol("b"), number(1.0))}


def test_on_one_hot_numbers_a_linear_one_is_a_number_per_line():
    expansion = hc.NeuralParameter("k", ["a", "b"], width=0, key=KEY).expand("p", GIVEN, 1)
    numbers = drawn(expansion, 0)
    assert [*numbers] == ["p_w1_1_1", "p_w1_1_2"]
    for line, id in (("a", "p_w1_1_1"), ("b", "p_w1_1_2")):
        found = run(expansion, {"a": line == "a", "b": line == "b"}, numbers)
        assert_allclose(found, [numbers[id]])


def test_it_has_no_bias_of_its_own():
    expansion = hc.NeuralParameter("k", ["a", "b"], width=2, key=KEY).expand("p", GIVEN, 1)
    assert not any(n.id.startswith("p_b2") for n in expansion.numbers)


def test_fresh_weights_come_with_another_key():
    piece = hc.NeuralParameter("k", ["a", "b"], positive=True, increasing=["a"], key=KEY)
    fresh = piece.reseeded(jr.key(1))
    assert (fresh.parameter, fresh.covariates, fresh.positive) == ("k", ("a", "b"), True)
    assert fresh.layers.increasing == ("a",)
    assert fresh.layers.seed != piece.layers.seed
    assert piece.reseeded(KEY) == piece
    assert piece.kind == "parameter"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"covariates": []}, "covariates is empty; a parameter of nothing is a constant"),
        ({"covariates": "line"}, r"covariates is a single string; .*\['line'\]"),
        ({"covariates": ["a", "a"]}, "covariates has 'a' twice"),
        ({"increasing": ["c"]}, "increasing names 'c', which is not an input"),
        ({"decreasing": ["c"]}, "decreasing names 'c'"),
        ({"width": -1}, "width is -1"),
        ({"depth": 0}, "depth 0"),
        ({"bound": 0.0}, "bound is 0.0"),
        ({"activation": "tan"}, "Did you mean 'tanh'"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(InvalidValueError, match=message):
        hc.NeuralParameter(**{"parameter": "k", "covariates": ["a", "b"], "key": KEY, **options})


def test_it_shows_what_it_is():
    assert repr(hc.NeuralParameter("v1.k", ["a", "b"], key=KEY)) == "NeuralParameter('v1.k', 2 covariates)"
