"""The neural readout before it is put anywhere."""

from __future__ import annotations

import jax.random as jr
import pytest

import hybridcell as hc
from hybridcell._core.errors import InvalidValueError
from hybridcell._core.expressions import number, symbol
from tests.neural.formulas import run

KEY = jr.key(0)
GIVEN = {"A": (symbol("A"), number(1.0)), "B": (symbol("B"), number(1.0))}


def test_it_has_a_bias_and_starts_at_zero():
    expansion = hc.NeuralReadout("signal", ["A", "B"], key=KEY).expand("p", GIVEN, 1)
    assert any(n.id == "p_b2_1" for n in expansion.numbers)
    assert not run(expansion, {"A": 3.0, "B": 0.5}).any()


def test_fresh_weights_come_with_another_key():
    piece = hc.NeuralReadout("signal", ["A", "B"], output="fraction", decreasing=["B"], key=KEY)
    fresh = piece.reseeded(jr.key(1))
    assert (fresh.name, fresh.inputs, fresh.output) == ("signal", ("A", "B"), "fraction")
    assert fresh.layers.decreasing == ("B",)
    assert fresh.layers.seed != piece.layers.seed
    assert piece.reseeded(KEY) == piece
    assert piece.kind == "readout"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"inputs": []}, "inputs is empty; a readout of nothing shows nothing"),
        ({"inputs": "A"}, r"inputs is a single string; .*\['A'\]"),
        ({"inputs": ["A", "A"]}, "inputs has 'A' twice"),
        ({"output": "log"}, "output is 'log'"),
        ({"output": "positiv"}, "Did you mean 'positive'"),
        ({"increasing": ["C"]}, "increasing names 'C', which is not an input"),
        ({"width": 1.5}, "width is 1.5"),
        ({"depth": 0}, "depth 0"),
        ({"bound": -1}, "bound is -1"),
        ({"transform": "square"}, "transform is 'square'"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(InvalidValueError, match=message):
        hc.NeuralReadout(**{"name": "signal", "inputs": ["A", "B"], "key": KEY, **options})


def test_it_shows_what_it_is():
    assert repr(hc.NeuralReadout("signal", ["A", "B"], key=KEY)) == "NeuralReadout('signal', [A, B], linear)"
