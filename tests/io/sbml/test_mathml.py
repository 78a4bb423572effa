from __future__ import annotations

import libsbml
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridcell._core.errors import InvalidValueError
from hybridcell.io.sbml.mathml import apply, call, math, number, piecewise, symbol, total


@settings(max_examples=200, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_keep_their_bits(value):
    node = libsbml.readMathMLFromString(math(number(value)))
    assert (
        np.float64(node.getValue()).tobytes() == np.float64(value).tobytes() or value == node.getValue() == 0
    )


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_formulas_do_not_hold(value):
    with pytest.raises(InvalidValueError, match="finite"):
        number(value)


def test_formulas_mean_what_they_say():
    x, one = symbol("x"), number(1)
    cases = {
        "x + 1": total([x, one]),
        "x": total([x]),
        "0": total([]),
        "f(x, 1)": call("f", x, one),
        "tanh(x)": apply("tanh", x),
        "piecewise(1, lt(x, 1), x)": piecewise([(one, apply("lt", x, one))], x),
    }
    for wanted, formula in cases.items():
        assert libsbml.formulaToL3String(libsbml.readMathMLFromString(math(formula))) in (
            wanted,
            wanted.replace("lt(x, 1)", "x < 1"),
        )
